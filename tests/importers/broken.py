"""A broken importer, chosen by name: the correct one with one mistake.

broken.py NAME pull|ship … (as correct.py)
"""

import sys

import broken_imported_orders  # noqa: F401 - registers its importers
import broken_notifications  # noqa: F401
import broken_pages_and_windows  # noqa: F401
import broken_requests  # noqa: F401
import broken_trouble  # noqa: F401
import correct
from registry import BROKEN

if __name__ == "__main__":
    BROKEN[sys.argv[1]].break_it()
    sys.exit(correct.main(sys.argv[2:]))
