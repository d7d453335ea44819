"""Stamps that say a slow step was done with exactly these inputs."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from console import ROOT


def files_digest(paths: Iterable[Path], *, suffixes: tuple[str, ...] = ()) -> str:
    """Return the digest of the names and contents of these files and of all files in these folders."""
    digest = hashlib.sha256()
    for path in sorted(_all_files(paths)):
        if "__pycache__" in path.parts or (suffixes and path.suffix not in suffixes):
            continue
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _all_files(paths: Iterable[Path]) -> set[Path]:
    found: set[Path] = set()
    for path in paths:
        found.update(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else found.add(path)
    return {path for path in found if path.exists()}


def text_digest(*parts: str) -> str:
    """Return the digest of these texts, in order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def database_identity(database: Path) -> str:
    """Return a text that changes when the database is another one or is migrated otherwise; "" without one.

    It holds what was migrated and when, so a deleted, replaced or restored file never matches an old stamp.
    """
    return _query(database, "SELECT app, name, applied FROM django_migrations ORDER BY id")


def has_rows(database: Path, table: str) -> bool:
    """Return whether the table exists and holds a row."""
    return bool(_query(database, f'SELECT 1 FROM "{table}" LIMIT 1'))  # noqa: S608 - our own names


def _query(database: Path, sql: str) -> str:
    if not database.exists():
        return ""
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    except sqlite3.Error:
        return ""
    try:
        rows = connection.execute(sql).fetchall()
    except sqlite3.Error:
        return ""
    finally:
        connection.close()
    return json.dumps(rows) if rows else ""


class Stamps:
    """A folder of stamps. One is written only after its step ended well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def match(self, name: str, digest: str) -> bool:
        """Return whether the step was done with these inputs."""
        path = self.folder / name
        return path.exists() and path.read_text().strip() == digest

    def write(self, name: str, digest: str) -> None:
        """Remember that the step was done with these inputs; safe to call twice."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{name}.new"
        unfinished.write_text(digest + "\n")
        unfinished.replace(self.folder / name)
