"""Digest over the compiled style sheet and everything it is made from.

`python scripts/css_digest.py` writes it beside the style sheet, `--check` compares and exits 1 when they do not belong
together, so that a machine without Node still notices a template whose classes were never compiled, and a sheet that
was changed by hand or merged line by line.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THEME = "shop/static_src/theme.css"
SHEET = "shop/static/shop/shop.css"
STORED = f"{SHEET}.digest"
FIXED = (THEME, "package-lock.json")


def searched_files(root: Path) -> Iterator[Path]:
    """The files in which Tailwind looks for classes, in a stable order: those of the theme's @source lines."""
    theme = root / THEME
    for pattern in re.findall(r'^@source "([^"]+)";$', theme.read_text(encoding="utf-8"), re.MULTILINE):
        folder = theme.parent
        while pattern.startswith("../"):
            folder, pattern = folder.parent, pattern.removeprefix("../")
        yield from sorted(folder.glob(pattern))


def digest_of(root: Path) -> str:
    """SHA-256 over names and contents; line ends are normalised so that every checkout agrees.

    Raises FileNotFoundError where the sheet was never compiled.
    """
    digest = hashlib.sha256()
    for path in (*(root / name for name in (*FIXED, SHEET)), *searched_files(root)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Say whether the stored digest is that of the sheet and of what it is made from."""
    stored = root / STORED
    if not ((root / SHEET).exists() and stored.exists()):
        return False
    return stored.read_text(encoding="ascii").strip() == digest_of(root)


def main(arguments: list[str]) -> int:
    """0 when written or current, 1 when stale, changed by hand or never compiled, 2 on an unknown argument."""
    if arguments not in ([], ["--check"]):
        print("css_digest.py takes no argument, or --check", file=sys.stderr)
        return 2
    if not arguments:
        current = digest_of(ROOT)
        (ROOT / STORED).write_text(current + "\n", encoding="ascii")
        print(f"{STORED}: {current[:12]}")
        return 0
    if is_current(ROOT):
        return 0
    print(
        f"{SHEET} is not what its inputs make (theme.css, what its @source lines name, package-lock.json): "
        "run `make css` and commit shop.css and shop.css.digest.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
