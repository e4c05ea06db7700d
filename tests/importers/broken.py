"""Broken importers: the right one with one thing wrong, chosen by name.

broken.py NAME pull|ship … (as correct.py)
"""

import sys

import correct
import wrong_reading  # noqa: F401 - what is wrong registers itself
import wrong_requests  # noqa: F401
import wrong_telling  # noqa: F401
from wrong import WRONG

if __name__ == "__main__":
    WRONG[sys.argv[1]][2]()
    sys.exit(correct.main(sys.argv[2:]))
