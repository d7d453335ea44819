"""What the architecture tests read: the modules of the shop and the layer of each app."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("shop", "worker", "catalog_seed")


@cache
def layers() -> dict[str, int]:
    """Return the height of each app, 0 for the lowest, from the one list that import-linter reads too."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    heights: dict[str, int] = {}
    for height, row in enumerate(reversed(rows)):
        for name in row.split("|"):
            heights[name.strip().strip("()")] = height
    return heights


def may_know(app: str, other: str) -> bool:
    """Return whether `app` may refer to `other`: itself, or an app of a lower layer."""
    return app == other or layers()[other] < layers()[app]


def modules(*, migrations: bool = False) -> Iterator[Path]:
    """Return our modules; migrations are written by Django and left out unless asked for."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def short(path: Path) -> str:
    """Return the path as a person would name it."""
    return str(path.relative_to(ROOT))


def app_of(path: Path) -> str:
    """Return the app of a module under shop/, or "" for other packages."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "shop" and len(parts) > 2 else ""
