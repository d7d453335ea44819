"""The compiled style sheet knows every class that a page can have, and its digest sees every way it could be wrong."""

import re
import shutil
from pathlib import Path

import pytest
from css_digest import FIXED, ROOT, SHEET, STORED, THEME, digest_of, is_current, searched_files

#: Classes that Python writes: into a tag, or as an attribute of a form's field.
WRITTEN = re.compile(r"""<\w+ [^>]*class="([^"{]+)"|\{"class": "([^".{]+)"\}""")


def test_classes_are_looked_for_in_every_template() -> None:
    templates = {*(ROOT / "templates").rglob("*.html"), *(ROOT / "shop").rglob("templates/**/*.html")}
    assert templates - set(searched_files(ROOT)) == set()


def test_a_class_that_python_writes_is_looked_for_or_stands_in_the_theme_itself() -> None:
    theme = (ROOT / THEME).read_text(encoding="utf-8")
    written = {
        path: {
            name
            for pair in WRITTEN.findall(path.read_text(encoding="utf-8"))
            for name in "".join(pair).split()
        }
        for path in (ROOT / "shop").rglob("*.py")
    }
    searched = set(searched_files(ROOT))
    names = {name for path, found in written.items() if path not in searched for name in found}
    assert {"tick", "nw"} <= names
    assert {name for name in names if not re.search(rf"\.{re.escape(name)}[ {{:.]", theme)} == set()
    tags = ROOT / "shop" / "storefront" / "templatetags" / "browse_tags.py"
    assert tags in searched
    assert "!px-3" in written[tags]


@pytest.mark.parametrize("name", ["w-56", "my-3"])
def test_the_page_that_sets_up_an_authenticator_has_its_classes(name: str) -> None:
    assert name in (ROOT / "templates" / "mfa" / "totp" / "activate_form.html").read_text("utf-8")
    assert f".{name}{{" in (ROOT / SHEET).read_text("utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sheet, its digest and what they are made from."""
    for path in (*(ROOT / name for name in (*FIXED, SHEET, STORED)), *searched_files(ROOT)):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (tmp_path / STORED).write_text(digest_of(tmp_path), encoding="ascii")
    return tmp_path


@pytest.mark.parametrize(
    "name", [SHEET, *FIXED, "templates/mfa/totp/activate_form.html", "templates/404.html"]
)
def test_a_change_by_hand_is_noticed(copy: Path, name: str) -> None:
    assert is_current(copy)
    with (copy / name).open("a", encoding="utf-8") as opened:
        opened.write("\n")
    assert not is_current(copy)


def test_a_new_template_is_noticed(copy: Path) -> None:
    (copy / "templates" / "mfa" / "new.html").write_text("", encoding="utf-8")
    assert not is_current(copy)


@pytest.mark.parametrize("name", [SHEET, STORED])
def test_a_sheet_that_was_never_compiled_is_not_current(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert not is_current(copy)


def test_the_line_ends_of_a_checkout_change_nothing(copy: Path) -> None:
    page = copy / "templates" / "404.html"
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    assert is_current(copy)
