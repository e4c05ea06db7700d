"""Shared by all parts: the types (requirement, verdict, finding, error, event), exit statuses, and Ctrl-C. No I/O."""
