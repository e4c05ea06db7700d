"""``python -m mockstore`` is the command ``mockstore``."""

from mockstore.cli.main import main

main(prog_name="mockstore")
