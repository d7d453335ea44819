"""Draws a few pictures in a process of its own: `python -m shop.listings.sharing FOLDER PICTURES < specs`.

What the drawing's libraries take is given back when the process ends, and the worker stays small.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from shop.listings.sharing.spec import ShareSpec

ROOT = Path(__file__).resolve().parents[3]
#: A picture takes a fifth of a second; a process that hangs must not hold the worker for good.
SECONDS_EACH = 20


def draw_batch(specs: Sequence[ShareSpec], pictures: Path) -> list[bytes | OSError]:
    """Return the JPEG files in the order of the specs, or why one cannot be drawn.

    `pictures` is the folder of their pictures. Raises subprocess.SubprocessError when the process does not do its work.
    """
    with tempfile.TemporaryDirectory(prefix="sharing-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "shop.listings.sharing", folder, str(pictures.resolve())],
            cwd=ROOT,
            input=json.dumps([asdict(spec) for spec in specs]).encode(),
            stdout=subprocess.PIPE,
            timeout=SECONDS_EACH * max(1, len(specs)),
            check=True,
        )
        problems: list[str] = json.loads(done.stdout)
        return [
            OSError(problem) if problem else (Path(folder) / f"{number}.jpg").read_bytes()
            for number, problem in enumerate(problems)
        ]


def read_specs(text: str) -> list[ShareSpec]:
    """Return the specs that another process wrote."""
    return [ShareSpec(**fields) for fields in json.loads(text)]
