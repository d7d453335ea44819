"""One tokeniser for what is stored and what is asked: Chinese, Latin words, pinyin and initials."""

import re
import unicodedata
from collections.abc import Iterable

from shop.core import pinyin

#: Longest run of syllables or initials that is one token; a run up to here can be typed without a space.
LONGEST_RUN = 8
#: A query is read up to here; nobody types more, and each character costs work.
LONGEST_QUERY = 64
MOST_TERMS = 8
#: Marks a run of initials, so that "an" (安) never finds the initials of two other words.
INITIALS = "="

_RUN = re.compile(
    r"(?P<hanzi>[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff〇]+)|(?P<latin>[a-z0-9]+(?:-[a-z0-9]+)*)"
)
_STOP_WORDS = frozenset({"a", "an", "and", "from", "for", "in", "of", "the", "with"})
#: Characters that say nothing alone; they still join their neighbours.
_STOP_CHARACTERS = frozenset("的了和与及或是在也就都而")


def normalised(text: str) -> str:
    """Return the text in one form: full-width folded to half-width, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[tuple[str, bool]]:
    """Return the unbroken runs of Chinese or of Latin letters and digits, each with `is it Chinese`.

    A hyphen joins Latin runs, so that an SKU is one word.
    """
    found = _RUN.finditer(normalised(text))
    return [(match.group(), match.lastgroup == "hanzi") for match in found]


def ngrams(run: str) -> list[str]:
    """Return the bigrams of a Chinese run, each once; a single character is its own token."""
    pairs = (run[at : at + 2] for at in range(len(run) - 1))
    return [run] if len(run) == 1 else list(dict.fromkeys(pairs))


def stored_words(texts: Iterable[str]) -> str:
    """Return the tokens of the texts as they are stored: `" token token "`.

    Two texts never share a bigram. Words and single characters that say nothing (of, 的) are left out;
    a hyphenated word is stored whole and in its parts.
    """
    tokens: dict[str, None] = {}
    for text in texts:
        for run, is_hanzi in runs(text):
            if is_hanzi:
                tokens.update(dict.fromkeys([*run, *ngrams(run)]))
            else:
                tokens.update(dict.fromkeys([run, *run.split("-")]))
    for said_nothing in (_STOP_WORDS | _STOP_CHARACTERS) & tokens.keys():
        del tokens[said_nothing]
    return _joined(tokens)


def stored_pinyin(texts: Iterable[str]) -> str:
    """Return the runs of whole syllables and of initials of the Chinese in the texts, as stored.

    Only whole syllables: `engmi` is no part of `fengmi`. Initials are runs of two and more.
    """
    tokens: dict[str, None] = {}
    for text in texts:
        for run, is_hanzi in runs(text):
            if is_hanzi:
                tokens.update(dict.fromkeys(_syllable_runs(syllables(run))))
    return _joined(tokens)


def syllables(run: str) -> list[str]:
    """Return the pinyin of a Chinese run without tones, one syllable per character."""
    return [normalised(syllable).replace("ü", "v") for syllable in pinyin.syllables(run)]


def _syllable_runs(spoken: list[str]) -> Iterable[str]:
    lengths = {*range(1, min(LONGEST_RUN, len(spoken)) + 1), len(spoken)}
    for length in sorted(lengths):
        for at in range(len(spoken) - length + 1):
            part = spoken[at : at + length]
            yield "".join(part)
            if length > 1:
                yield INITIALS + "".join(syllable[0] for syllable in part)


def _joined(tokens: Iterable[str]) -> str:
    joined = " ".join(tokens)
    return f" {joined} " if joined else " "
