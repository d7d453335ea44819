"""What no page may contain, read from the files: the content policy allows no inline style or script."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates" / "shop").rglob("*.html"))
SPRITE = (ROOT / "shop" / "static" / "shop" / "icons.svg").read_text(encoding="utf-8")
MOTIFS = {path.stem for path in (ROOT / "shop" / "static" / "shop" / "img" / "motifs").glob("*.svg")}

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=|<style[\s>]", re.IGNORECASE),
    # Data of schema.org is no script: no browser runs it.
    "inline script": re.compile(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)', re.IGNORECASE),
    "event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "foreign address": re.compile(r"(?:src|action|data-areas|hx-get)=[\"']https?:", re.IGNORECASE),
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_page_keeps_to_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_every_template_declares_its_variables_first(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"(?:\{% extends [^%]+%\})?\s*\{% comment %\}.+?\{% endcomment %\}", text, re.DOTALL)


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
    named: set[str] = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'\{% icon "([^"]+)"', text)) | set(re.findall(r'\bicon="([^"]+)"', text))
    assert named - drawn == set()


def test_every_motif_that_a_page_names_is_drawn() -> None:
    named: set[str] = set()
    for path in TEMPLATES:
        named |= set(re.findall(r'\bmotif="([^"]+)"', path.read_text(encoding="utf-8")))
    assert named - MOTIFS == set()
