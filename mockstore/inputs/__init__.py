"""Reads values from outside: each kind of value has one function, which no input can make fail in another way."""
