"""Draws a few pictures in a process of its own: `python -m shop.certificates.drawing FOLDER < specs`.

What the drawing's libraries take is given back when the process ends, and the worker stays small.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from shop.certificates.drawing.spec import ImageSpec, PlaceLine

ROOT = Path(__file__).resolve().parents[3]
#: A picture takes half a second; a process that hangs must not hold the worker for good.
SECONDS_EACH = 20


def draw_batch(specs: Sequence[ImageSpec]) -> list[bytes]:
    """Return the PNG files in the order of the specs. Raises subprocess.SubprocessError when it does not work."""
    with tempfile.TemporaryDirectory(prefix="certificates-") as folder:
        subprocess.run(
            [sys.executable, "-m", "shop.certificates.drawing", folder],
            cwd=ROOT,
            input=json.dumps([asdict(spec) for spec in specs]).encode(),
            timeout=SECONDS_EACH * max(1, len(specs)),
            check=True,
        )
        return [(Path(folder) / f"{number}.png").read_bytes() for number in range(len(specs))]


def read_specs(text: str) -> list[ImageSpec]:
    """Return the specs that another process wrote."""
    return [
        ImageSpec(**fields | {"places": tuple(PlaceLine(**place) for place in fields["places"])})
        for fields in json.loads(text)
    ]
