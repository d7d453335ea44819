"""Translations of our own texts, with Babel only (no gettext programs).

messages.py --update    sort and merge the catalogues, add new texts, report leftovers
messages.py --check     fail, naming every text without a Chinese translation
messages.py --compile   write the .mo files
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "shop" / "locale"
LANGUAGES = ("zh_Hans", "en")
SOURCES = ("shop", "worker", "catalog_seed", "templates")
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
# A text of a library may be in our catalogue to correct that library's translation (Partner → 帮扶供应商).
LIBRARIES = ("oscar", "django", "allauth", "django_tables2", "phonenumber_field")
NAMED = re.compile(r"%\(\w+\)[a-z]|%%|%[sd]|\{\w*\}")

Key = tuple[str, str | None]
MessageText = str | list[str | None] | tuple[str | None, ...] | list[str] | tuple[str, ...] | None


def own_messages() -> dict[Key, Message]:
    """Return every text that our code and templates mark for translation, with the files that use it."""
    found: dict[Key, Message] = {}
    for path in _source_files():
        name = str(path.relative_to(ROOT))
        for _line, text, _comments, context in extract("python", _as_python(path), keywords=KEYWORDS):
            text_id = (text[0], text[1]) if isinstance(text, tuple) else text
            singular = text_id[0] if isinstance(text_id, tuple) else text_id
            if not singular:
                raise SystemExit(f"{name}: an empty text is marked for translation")
            message = found.setdefault((singular, context), Message(text_id, context=context))
            if isinstance(text_id, tuple) and not message.pluralizable:
                message.id, message.string = text_id, ("", "")
            if (name, 0) not in message.locations:
                message.locations.append((name, 0))
    return found


def _source_files() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and "templates" in path.parts):
                yield path


def _as_python(path: Path) -> BytesIO:
    """Return the file as Python source; Django turns a template into its calls of gettext."""
    if path.suffix == ".py":
        return BytesIO(path.read_bytes())
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    # What stands between the calls is blotted out text; its indentation means nothing to Python.
    return BytesIO("\n".join(line.lstrip() for line in source.splitlines()).encode())


def library_texts() -> set[str]:
    """Return the texts that the libraries translate themselves."""
    texts: set[str] = set()
    for library in LIBRARIES:
        package = Path(django.__file__).parent.parent / library
        for path in package.rglob("locale/zh_Hans/LC_MESSAGES/django.po"):
            with path.open("rb") as source:
                texts.update(_singular(message) for message in read_po(source) if message.id)
    return texts


def _singular(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _entries(text: str) -> Iterator[str]:
    """Split a catalogue into entries, also where a union merge has run two together."""
    entry: list[str] = []
    complete = False
    for line in text.splitlines():
        if complete and (line.startswith(("#", "msgctxt ", "msgid ")) or not line.strip()):
            yield "\n".join(entry)
            entry, complete = [], False
        if line.strip() and not line.startswith("#~"):
            entry.append(line)
            complete = complete or line.startswith("msgstr")
    if entry:
        yield "\n".join(entry)


def read_catalogue(path: Path) -> tuple[dict[Key, Message], list[str]]:
    """Return the messages of a catalogue and its faults: entries that cannot be read or contradict each other.

    Of two entries for one text the translated one counts; of two translations the later one.
    """
    messages: dict[Key, Message] = {}
    faults: list[str] = []
    language = path.parent.parent.name
    for entry in _entries(path.read_text(encoding="utf-8") if path.exists() else ""):
        try:
            parsed = [
                found for found in read_po(StringIO(entry), locale=language, abort_invalid=True) if found.id
            ]
        except Exception as error:  # Babel raises several kinds; each means that this entry is broken.
            faults.append(f"{path.name}: this entry cannot be read ({error}):\n{entry}")
            continue
        for message in parsed:
            key = (_singular(message), message.context)
            earlier = messages.get(key)
            if earlier is None or is_translated(message) or not is_translated(earlier):
                messages[key] = message
            if (
                earlier
                and is_translated(earlier)
                and is_translated(message)
                and earlier.string != message.string
            ):
                faults.append(
                    f"{path.name}: two translations of {key[0]!r}: {earlier.string!r}, {message.string!r}"
                )
    return messages, faults


def is_translated(message: Message) -> bool:
    """Return whether every form of the message has a text that nobody marked as doubtful."""
    return all(_forms(message.string)) and not message.fuzzy


def _placeholders(text: str) -> set[str]:
    return set(NAMED.findall(text)) - {"%%"}


def _forms(text: MessageText) -> list[str]:
    """Return the singular and plural forms, or the one form there is."""
    return [form or "" for form in text] if isinstance(text, list | tuple) else [text or ""]


def _wrong_placeholders(message: Message) -> bool:
    """Return whether a translation has a placeholder that the text lacks, or its last form drops one."""
    ids, forms = _forms(message.id), _forms(message.string)
    known = {found for text in ids for found in _placeholders(text)}
    invented = any(_placeholders(form) - known for form in forms)
    return invented or bool(_placeholders(ids[-1]) - _placeholders(forms[-1]))


def update() -> int:
    """Rewrite both catalogues sorted and without doubles, with the new texts added; safe to call twice."""
    own, libraries = own_messages(), library_texts()
    for language in LANGUAGES:
        path = _path(language)
        messages, faults = read_catalogue(path)
        catalogue = Catalog(
            locale=language, project="yuanshan-market", charset="utf-8", header_comment=HEADER
        )
        catalogue.fuzzy = False
        for key in sorted({*messages, *own}, key=lambda item: (item[0], item[1] or "")):
            message = messages.get(key)
            if key in own:
                _add(catalogue, own[key], message)
            elif message and key[0] in libraries:
                _add(catalogue, message, message)
            elif message:
                print(f"{language}: dropped {key[0]!r}, used by no file")
        _write(path, catalogue)
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts")
        for fault in faults:
            print(fault)
    return 0


HEADER = "# Texts of the shop. `make messages` keeps this file in order."


def _add(catalogue: Catalog, message: Message, translated: Message | None) -> None:
    string = translated.string if translated and translated.pluralizable == message.pluralizable else None
    if message.pluralizable:
        forms = [form for form in (string or ()) if form]
        string = [
            forms[min(index, len(forms) - 1)] if forms else "" for index in range(catalogue.num_plurals)
        ]
    flags = {flag for flag in (translated.flags if translated else ()) if flag == "fuzzy"}
    comments = translated.user_comments if translated else []
    catalogue.add(message.id, string or "", context=message.context, flags=flags, user_comments=comments)


def _write(path: Path, catalogue: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalogue, width=110, no_location=True, sort_output=True, omit_header=True)
    head = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: {catalogue.locale_identifier}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head.encode() + out.getvalue())


def check() -> int:
    """Print every text without a usable Chinese translation; return 1 when there is one."""
    own = own_messages()
    messages, problems = read_catalogue(_path("zh_Hans"))
    for key, source in own.items():
        message = messages.get(key)
        where = ", ".join(name for name, _ in source.locations)
        if message is None or not is_translated(message):
            problems.append(f"not translated: {key[0]!r} ({where})")
        elif message.pluralizable != source.pluralizable:
            problems.append(f"singular and plural do not match: {key[0]!r} ({where})")
        elif _wrong_placeholders(message):
            problems.append(f"placeholders differ: {key[0]!r} → {message.string!r}")
    _, english = read_catalogue(_path("en"))
    problems += english
    for problem in problems:
        print(problem)
    print(f"{len(own)} texts, {len(problems)} problems")
    return 1 if problems else 0


def compile_catalogues() -> int:
    """Write the .mo file beside every catalogue; safe to call twice."""
    for language in LANGUAGES:
        path = _path(language)
        messages, faults = read_catalogue(path)
        for fault in faults:
            print(fault)
        catalogue = Catalog(locale=language, charset="utf-8")
        catalogue.fuzzy = False
        for message in messages.values():
            if is_translated(message):
                catalogue.add(message.id, message.string, context=message.context)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".mo.new")
        with unfinished.open("wb") as out:
            write_mo(out, catalogue)
        unfinished.replace(path.with_suffix(".mo"))
    return 0


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Do what the one option says; return the exit code."""
    parser = argparse.ArgumentParser(description="Translations of our own texts.")
    choice = parser.add_mutually_exclusive_group(required=True)
    for name, work in (("update", update), ("check", check), ("compile", compile_catalogues)):
        choice.add_argument(f"--{name}", dest="work", action="store_const", const=work)
    # templatize reads DEBUG; nothing else of Django is needed here.
    settings.configure(USE_I18N=True)
    code: int = parser.parse_args().work()
    return code


if __name__ == "__main__":
    sys.exit(main())
