"""Which texts are marked for translation in a folder of code, and what the libraries say in their own catalogues."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

TEMPLATE_SUFFIXES = {".html", ".txt"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PACKAGES = Path(django.__file__).parent.parent
#: Django looks for "en" in the folder en_US as well and takes what it finds there first.
ENGLISH = ("en", "en_US")

Key = tuple[str, str | None]
MessageText = str | list[str | None] | tuple[str | None, ...] | list[str] | tuple[str, ...] | None


def source_files(folder: Path) -> Iterator[Path]:
    """Yield the code and the templates below a folder, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and "templates" in path.parts):
            yield path


def marked_in(files: Iterable[Path], root: Path) -> dict[Key, Message]:
    """Return every text that the files mark for translation, with their names below `root`; "" may be among them."""
    found: dict[Key, Message] = {}
    for path in files:
        name = str(path.relative_to(root))
        for _line, text, _comments, context in extract("python", _as_python(path), keywords=KEYWORDS):
            text_id = (text[0], text[1]) if isinstance(text, tuple) else text
            singular = text_id[0] if isinstance(text_id, tuple) else text_id
            message = found.setdefault((singular, context), Message(text_id, context=context))
            if isinstance(text_id, tuple) and not message.pluralizable:
                message.id, message.string = text_id, ("", "")
            if (name, 0) not in message.locations:
                message.locations.append((name, 0))
    return found


def _as_python(path: Path) -> BytesIO:
    """Return the file as Python source; Django turns a template into its calls of gettext."""
    if path.suffix == ".py":
        return BytesIO(path.read_bytes())
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    # What stands between the calls is blotted out text; its indentation means nothing to Python.
    return BytesIO("\n".join(line.lstrip() for line in source.splitlines()).encode())


def oscar_messages() -> dict[Key, Message]:
    """Return every text that the installed Oscar marks for translation, with its files."""
    found = marked_in(source_files(PACKAGES / "oscar"), PACKAGES)
    return {key: message for key, message in found.items() if key[0]}


def library_messages(library: str, languages: Iterable[str]) -> Iterator[Message]:
    """Yield what the catalogues of a library hold for these languages, untranslated texts too."""
    for language in languages:
        for path in sorted((PACKAGES / library).rglob(f"locale/{language}/LC_MESSAGES/django.po")):
            with path.open("rb") as source:
                yield from (message for message in read_po(source) if message.id)


def singular(message: Message) -> str:
    """Return the text itself, or its singular."""
    return str(message.id if isinstance(message.id, str) else message.id[0])


def forms(text: MessageText) -> list[str]:
    """Return the singular and plural forms, or the one form there is."""
    return [form or "" for form in text] if isinstance(text, list | tuple) else [text or ""]


def is_translated(message: Message) -> bool:
    """Return whether every form of the message has a text that nobody marked as doubtful."""
    return all(forms(message.string)) and not message.fuzzy
