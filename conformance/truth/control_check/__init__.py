"""Tests an adapter for the control protocol, before any shop is judged by it."""
