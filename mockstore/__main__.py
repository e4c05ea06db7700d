"""``python -m mockstore`` is the command ``mockstore``."""

from mockstore.cli import main

main(prog_name="mockstore")
