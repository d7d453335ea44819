"""Pinyin with one letter amiss: what may have been meant, and which of it is the likeliest."""

import string
from collections.abc import Iterator, Mapping

#: A shorter word is one letter away from too many others.
SHORTEST = 5
#: Sounds that many people do not keep apart, so that one is typed for the other: fenmi, qinci, lacang.
_ALIKE = (
    ("ng", "n"), ("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("h", "f"), ("l", "r"), ("lv", "lu"), ("nv", "nu"),
)  # fmt: skip
_VOWELS = "aeiou"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def slips(run: str) -> set[str]:
    """Return what one letter amiss makes of the run: one missing, one too many, two exchanged, or another.

    Another is a neighbour on the keyboard or a vowel for a vowel: nobody types a p for a g.
    """
    return {*_sounding_alike(run), *_exchanged(run), *_replaced(run), *_longer(run), *_shorter(run)} - {run}


def likeliest(run: str, counts: Mapping[str, int]) -> str:
    """Return the best of the spellings that there are, by how easily it is mistyped as the run and how many have it.

    The run itself when it is among them or when there are none.
    """
    if run in counts or not counts:
        return run
    alike = set(_sounding_alike(run))

    def rank(spelling: str) -> tuple[bool, bool, int, str]:
        # A letter is sooner forgotten than typed for nothing.
        return (spelling not in alike, len(spelling) < len(run), -counts[spelling], spelling)

    return min(counts, key=rank)


def _sounding_alike(run: str) -> Iterator[str]:
    for long, short in _ALIKE:
        for typed, meant in ((long, short), (short, long)):
            at = run.find(typed)
            while at >= 0:
                yield run[:at] + meant + run[at + len(typed) :]
                at = run.find(typed, at + 1)


def _shorter(run: str) -> Iterator[str]:
    return (run[:at] + run[at + 1 :] for at in range(len(run)))


def _longer(run: str) -> Iterator[str]:
    return (run[:at] + letter + run[at:] for at in range(len(run) + 1) for letter in string.ascii_lowercase)


def _exchanged(run: str) -> Iterator[str]:
    return (run[:at] + run[at + 1] + run[at] + run[at + 2 :] for at in range(len(run) - 1))


def _replaced(run: str) -> Iterator[str]:
    for at, typed in enumerate(run):
        row = next((row for row in _ROWS if typed in row), "")
        place = row.find(typed)
        beside = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
        for letter in {*beside, *(_VOWELS if typed in _VOWELS else "")}:
            yield run[:at] + letter + run[at + 1 :]
