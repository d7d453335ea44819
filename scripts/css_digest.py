"""Digest over everything the compiled style sheet is made from.

`python scripts/css_digest.py` writes it beside the style sheet, `--check` compares and exits 1 when the sheet is stale,
so that a machine without Node still notices a template whose classes were never compiled.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "shop" / "static" / "shop" / "shop.css"
STORED = SHEET.with_suffix(".css.digest")
FIXED = ("shop/static_src/theme.css", "shop/static/shop/shop.js", "package-lock.json")
TREES = ("templates/shop", "templates/components", "templates/account")


def input_files(root: Path) -> Iterator[Path]:
    """The files that decide the style sheet, in a stable order; missing folders count as empty."""
    yield from (root / name for name in FIXED)
    for tree in TREES:
        yield from sorted((root / tree).rglob("*.html"))
    yield from sorted(path for path in (root / "shop").rglob("templates/**/*.html"))


def digest_of_inputs(root: Path) -> str:
    """SHA-256 over names and contents; line ends are normalised so that every checkout agrees."""
    digest = hashlib.sha256()
    for path in input_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def main(arguments: list[str]) -> int:
    """0 when written or fresh, 1 when stale or never compiled, 2 on an unknown argument."""
    if arguments not in ([], ["--check"]):
        print("css_digest.py takes no argument, or --check", file=sys.stderr)
        return 2
    current = digest_of_inputs(ROOT)
    if not arguments:
        STORED.write_text(current + "\n", encoding="ascii")
        print(f"{STORED.relative_to(ROOT)}: {current[:12]}")
        return 0
    stored = STORED.read_text(encoding="ascii").strip() if STORED.exists() else ""
    if SHEET.exists() and stored == current:
        return 0
    print(
        "shop/static/shop/shop.css is older than its inputs (theme.css, templates, shop.js or package-lock.json): "
        "run `make css` and commit shop.css and shop.css.digest.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
