"""Draw the pictures whose specs come in: `python -m shop.listings.sharing FOLDER PICTURES < specs`."""

import sys
from pathlib import Path

from shop.listings.sharing.batch import draw_here

if __name__ == "__main__":
    print(draw_here(sys.stdin.read(), Path(sys.argv[1]), Path(sys.argv[2])))
