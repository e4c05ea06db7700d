"""The command ``mockstore``: its options, its listings, and what it prints.

:mod:`main` has the commands and their options. Each command imports the module that does the
work when it is called, so that ``--help`` stays fast.
"""
