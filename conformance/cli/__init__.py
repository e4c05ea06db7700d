"""The commands: each reads its options and calls the runner. Heavy modules are imported when a command runs."""
