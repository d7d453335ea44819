"""`make run`: from a fresh clone to a running shop. Standard library only, no root.

Sets up the environment, migrates, seeds, starts the web process and the worker, watches over both.
Everything slow is skipped when its inputs have not changed since it was last done on this data.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("The shop needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

from launcher import main

if __name__ == "__main__":
    sys.exit(main())
