"""Draw the certificates whose specs come in: `python -m shop.certificates.drawing FOLDER < specs`."""

import sys
from pathlib import Path

from shop.certificates.drawing.batch import read_specs
from shop.certificates.drawing.card import draw_certificate

if __name__ == "__main__":
    for number, spec in enumerate(read_specs(sys.stdin.read())):
        (Path(sys.argv[1]) / f"{number}.png").write_bytes(draw_certificate(spec))
