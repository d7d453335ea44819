"""Draws a few pictures in a process of its own: `python -m catalog_seed.illustrations.batch FOLDER < specs`.

What the drawing's libraries take, some 60 MB, is given back when the process ends, and the worker stays small.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .draw import draw_product
from .encode import DERIVATIVES, derivatives
from .spec import IllustrationError, IllustrationSpec

ROOT = Path(__file__).resolve().parents[2]
#: A picture takes a fifth of a second; a process that hangs must not hold the worker for good.
SECONDS_EACH = 20


def draw_batch(specs: Sequence[IllustrationSpec]) -> list[dict[str, bytes] | IllustrationError]:
    """Return the files of each picture, or why it cannot be drawn, in the order of the specs.

    Raises subprocess.SubprocessError when the process does not do its work.
    """
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, folder],
            cwd=ROOT,
            input=json.dumps([asdict(spec) for spec in specs]).encode(),
            stdout=subprocess.PIPE,
            timeout=SECONDS_EACH * max(1, len(specs)),
            check=True,
        )
        problems: list[str] = json.loads(done.stdout)
        return [
            IllustrationError(problem) if problem else _read(Path(folder), number)
            for number, problem in enumerate(problems)
        ]


def _read(folder: Path, number: int) -> dict[str, bytes]:
    return {name: (folder / f"{number}-{name}").read_bytes() for name in DERIVATIVES}


def _draw(folder: Path, number: int, spec: IllustrationSpec) -> str:
    """Write the files of one picture; return why it cannot be drawn, or ""."""
    try:
        files = derivatives(draw_product(spec))
    except IllustrationError as error:
        return str(error)
    for name, data in files.items():
        (folder / f"{number}-{name}").write_bytes(data)
    return ""


def main() -> None:
    """Read the specs, draw, print for each why it could not be drawn."""
    specs = [IllustrationSpec(**fields) for fields in json.load(sys.stdin)]
    folder = Path(sys.argv[1])
    print(json.dumps([_draw(folder, number, spec) for number, spec in enumerate(specs)]))


if __name__ == "__main__":
    main()
