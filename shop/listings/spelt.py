"""How a text may be typed, and which of its letters answer what was typed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from shop.listings.tokens import normalised, runs, syllables

#: Nobody types more before choosing, and a key has no room for more.
LONGEST_KEY = 24


class Spoken(NamedTuple):
    """A run of Chinese or Latin letters: where it stands in the text, and what each character is typed as."""

    start: int
    run: str
    sounds: tuple[str, ...]


def typed_key(q: str) -> str:
    """Return what was typed as it begins a key: without blanks and signs; Chinese with pinyin behind it is spoken."""
    found = runs(q[: 2 * LONGEST_KEY])
    if len({hanzi for _, hanzi in found}) > 1:
        found = [("".join(syllables(run)) if hanzi else run, False) for run, hanzi in found]
    return "".join(run.replace("-", "") for run, _ in found)[:LONGEST_KEY]


def spoken_key(key: str) -> str:
    """Return the pinyin of a key in Chinese; of any other, the key."""
    return "".join("".join(syllables(run)) if hanzi else run for run, hanzi in runs(key))[:LONGEST_KEY]


def keys_of(texts: Iterable[str]) -> set[str]:
    """Return every way to begin typing one of the texts, from any Chinese character or Latin word on."""
    keys: set[str] = set()
    for text in texts:
        spoken = _spoken(text)
        for at, (_, run, sounds) in enumerate(spoken):
            if not sounds:
                keys.add("".join(one.run for one in spoken[at:] if not one.sounds))
            for start in range(len(sounds)):
                initials = "".join(sound[0] for sound in sounds[start:])
                keys |= {run[start:], "".join(sounds[start:]), *([initials] if len(initials) > 1 else [])}
    return {key[:LONGEST_KEY] for key in keys}


def answering(text: str, typed: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Return the stretches of the text that answer what was typed, in their order and apart from each other.

    As it stands there, or by its pinyin or initials from a character on.
    """
    stretches = [one for wanted in typed for one in _stretches(text, wanted.replace(" ", ""))]
    if len(stretches) < 2:
        return tuple(stretches)
    marks = [False] * len(text)
    for start, end in stretches:
        marks[start:end] = [True] * (end - start)
    found: list[tuple[int, int]] = []
    for at, marked in enumerate(marks):
        if marked and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        elif marked:
            found.append((at, at + 1))
    return tuple(found)


def _stretches(text: str, wanted: str) -> Iterable[tuple[int, int]]:
    if not wanted:
        return []
    plain = _plain(text)
    if len(plain) == len(text) and (first := plain.find(wanted)) >= 0:
        starts = [at for at in range(first, len(plain)) if plain.startswith(wanted, at)]
        return [(at, at + len(wanted)) for at in starts]
    if not wanted.isascii():
        return []
    return [
        (one.start + start, one.start + end)
        for one in _spoken(text)
        for start in range(len(one.sounds))
        if (end := _heard(one.sounds, start, wanted))
    ]


def _heard(sounds: tuple[str, ...], start: int, wanted: str) -> int:
    """Return where what was typed ends when the sounds from `start` on begin with it, else 0."""
    whole = ""
    for end in range(start, len(sounds)):
        whole += sounds[end]
        if whole.startswith(wanted):
            return end + 1
        if not wanted.startswith(whole):
            break
    initials = "".join(sound[0] for sound in sounds[start:])
    return start + len(wanted) if len(wanted) > 1 and initials.startswith(wanted) else 0


#: The names of goods are looked through for every other word.
_plain = lru_cache(maxsize=4000)(normalised)


@lru_cache(maxsize=2000)
def _spoken(text: str) -> tuple[Spoken, ...]:
    plain, at, found = normalised(text), 0, []
    for run, hanzi in runs(plain):
        at = plain.index(run, at)
        found.append(Spoken(at, run, tuple(syllables(run)) if hanzi else ()))
        at += len(run)
    return tuple(found)
