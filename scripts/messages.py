"""Translations of our own texts and of those that Oscar has not translated, with Babel only (no gettext programs).

messages.py --update    sort and merge the catalogues, add new texts, report leftovers
messages.py --check     fail, naming every text without a Chinese translation, ours or Oscar's
messages.py --compile   write the .mo files

Oscar's gaps have a folder of their own: what stands there depends on Oscar's version and not on our code, can be
thrown away when Oscar closes a gap, and never meets the merges of our own catalogue.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from marked_texts import (
    ENGLISH,
    Key,
    forms,
    is_translated,
    library_messages,
    marked_in,
    oscar_messages,
    singular,
    source_files,
)

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "shop" / "locale"
OSCAR_LOCALE = ROOT / "shop" / "locale_oscar"
LANGUAGES = ("zh_Hans", "en")
SOURCES = ("shop", "worker", "catalog_seed", "templates")
# A text of a library may be in our catalogue to correct that library's translation (Partner → 帮扶供应商).
LIBRARIES = ("oscar", "django", "allauth", "django_tables2", "phonenumber_field")
NAMED = re.compile(r"%\(\w+\)[a-z]|%%|%[sdi]|\{\w*\}")


def own_messages() -> dict[Key, Message]:
    """Return every text that our code and templates mark for translation, with the files that use it."""
    found = marked_in(chain.from_iterable(source_files(ROOT / folder) for folder in SOURCES), ROOT)
    for (text, _context), message in found.items():
        if not text:
            raise SystemExit(f"{message.locations[0][0]}: an empty text is marked for translation")
    return found


def library_texts() -> set[str]:
    """Return the texts that the libraries translate themselves."""
    return {singular(message) for library in LIBRARIES for message in library_messages(library, ["zh_Hans"])}


def oscar_gaps() -> dict[Key, Message]:
    """Return the texts of the installed Oscar that neither its own Chinese catalogue nor ours translates."""
    ours, _faults = read_catalogue(_path("zh_Hans"))
    done = {
        (singular(message), message.context, message.pluralizable)
        for message in chain(library_messages("oscar", ["zh_Hans"]), ours.values())
        if is_translated(message)
    }
    return {key: text for key, text in oscar_messages().items() if (*key, text.pluralizable) not in done}


def american_words() -> set[Key]:
    """Return the texts that a library replaces on English pages: Oscar makes a cart of our basket."""
    return {
        (singular(message), message.context)
        for library in LIBRARIES
        for message in library_messages(library, ENGLISH)
        if is_translated(message) and forms(message.string) != forms(message.id)
    }


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
            key = (singular(message), message.context)
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


def _placeholders(text: str) -> set[str]:
    return set(NAMED.findall(text)) - {"%%"}


def _wrong_placeholders(message: Message) -> bool:
    """Return whether a translation has a placeholder that the text lacks, or its last form drops one."""
    ids, strings = forms(message.id), forms(message.string)
    known = {found for text in ids for found in _placeholders(text)}
    invented = any(_placeholders(form) - known for form in strings)
    return invented or bool(_placeholders(ids[-1]) - _placeholders(strings[-1]))


def update() -> int:
    """Rewrite the catalogues sorted and without doubles, with the new texts added; safe to call twice."""
    own, libraries, american = own_messages(), library_texts(), american_words()
    for language in LANGUAGES:
        given = {key: forms(own[key].id) for key in american if key in own} if language == "en" else {}
        _rewrite(_path(language), language, own, libraries, given)
    # After ours: what stands there already is no gap.
    _rewrite(_path("zh_Hans", OSCAR_LOCALE), "zh_Hans", oscar_gaps(), set(), {})
    return 0


def _rewrite(
    path: Path,
    language: str,
    wanted: Mapping[Key, Message],
    kept: set[str],
    given: Mapping[Key, list[str]],
) -> None:
    """Write the wanted texts and what is kept of the others; `given` are translations where there is none yet."""
    messages, faults = read_catalogue(path)
    catalogue = Catalog(locale=language, project="yuanshan-market", charset="utf-8", header_comment=HEADER)
    catalogue.fuzzy = False
    for key in sorted({*messages, *wanted}, key=lambda item: (item[0], item[1] or "")):
        message = messages.get(key)
        if key in given and not (message and is_translated(message)):
            words = given[key]
            message = Message(
                wanted[key].id, words if len(words) > 1 else words[0], context=wanted[key].context
            )
        if key in wanted:
            _add(catalogue, wanted[key], message)
        elif message and key[0] in kept:
            _add(catalogue, message, message)
        elif message:
            print(f"{language}: dropped {key[0]!r}, used by no file")
    _write(path, catalogue)
    print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts")
    for fault in faults:
        print(fault)


HEADER = "# Texts of the shop. `make messages` keeps this file in order."


def _add(catalogue: Catalog, message: Message, translated: Message | None) -> None:
    string = translated.string if translated and translated.pluralizable == message.pluralizable else None
    if message.pluralizable:
        found = [form for form in (string or ()) if form]
        string = [
            found[min(index, len(found) - 1)] if found else "" for index in range(catalogue.num_plurals)
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
    """Print every text without a usable translation, ours and Oscar's; return 1 when there is one."""
    own = own_messages()
    chinese, problems = read_catalogue(_path("zh_Hans"))
    problems += problems_of(own, chinese)
    oscar, faults = read_catalogue(_path("zh_Hans", OSCAR_LOCALE))
    problems += faults
    gaps = oscar_gaps()
    problems += problems_of(gaps, oscar)
    english, faults = read_catalogue(_path("en"))
    problems += faults
    problems += problems_of({key: own[key] for key in american_words() if key in own}, english)
    problems += _spoilt(own, english)
    for problem in problems:
        print(problem)
    print(f"{len(own)} texts and {len(gaps)} of Oscar's, {len(problems)} problems")
    return 1 if problems else 0


def problems_of(wanted: Mapping[Key, Message], messages: Mapping[Key, Message]) -> list[str]:
    """Return what is wrong with the translations of the wanted texts, each with the files that use it."""
    problems = []
    for key, source in wanted.items():
        message = messages.get(key)
        where = ", ".join(name for name, _ in source.locations)
        if message is None or not is_translated(message):
            doubt = "fuzzy" if message is not None and message.fuzzy else "not translated"
            problems.append(f"{doubt}: {key[0]!r} ({where})")
        elif message.pluralizable != source.pluralizable:
            problems.append(f"singular and plural do not match: {key[0]!r} ({where})")
        elif _wrong_placeholders(message):
            problems.append(f"placeholders differ: {key[0]!r} → {message.string!r}")
    return problems


def _spoilt(own: Mapping[Key, Message], english: Mapping[Key, Message]) -> list[str]:
    """Return the English corrections that nobody is sure of or that lose a placeholder; most texts need none."""
    corrected = {
        key: own[key] for key, message in english.items() if key in own and any(forms(message.string))
    }
    return problems_of(corrected, english)


def compile_catalogues() -> int:
    """Write the .mo file beside every catalogue; safe to call twice."""
    for path in (*(_path(language) for language in LANGUAGES), _path("zh_Hans", OSCAR_LOCALE)):
        messages, faults = read_catalogue(path)
        for fault in faults:
            print(fault)
        catalogue = Catalog(locale=path.parent.parent.name, charset="utf-8")
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


def _path(language: str, folder: Path | None = None) -> Path:
    return (folder or LOCALE) / language / "LC_MESSAGES" / "django.po"


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
