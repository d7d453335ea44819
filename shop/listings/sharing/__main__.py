"""Draw the pictures whose specs come in: `python -m shop.listings.sharing FOLDER PICTURES < specs`.

Prints for each why it could not be drawn, "" when it was.
"""

import json
import sys
from pathlib import Path

from shop.listings.sharing.batch import read_specs
from shop.listings.sharing.card import draw_share
from shop.listings.sharing.spec import ShareSpec


def _draw(spec: ShareSpec, file: Path, pictures: Path) -> str:
    try:
        file.write_bytes(draw_share(spec, pictures))
    except OSError as error:
        return f"{error}" or type(error).__name__
    return ""


if __name__ == "__main__":
    folder, pictures = Path(sys.argv[1]), Path(sys.argv[2])
    specs = read_specs(sys.stdin.read())
    print(json.dumps([_draw(spec, folder / f"{number}.jpg", pictures) for number, spec in enumerate(specs)]))
