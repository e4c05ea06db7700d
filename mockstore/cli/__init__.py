"""What the command line does, a module a command; none is imported before it is asked for."""
