"""Turn what a person typed into sets of products that answer; the same answer on both engines."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import FrozenBitMap

from shop.listings.areas import province_words
from shop.listings.matching import Part, spoken_in_index
from shop.listings.slips import SHORTEST, likeliest, slips
from shop.listings.tokens import INITIALS, LONGEST_QUERY, MOST_TERMS, ngrams, normalised, runs, syllables

#: A hit in the title stands before one in supplier or place, and that before one in the text.
_WEIGHTS = {"title": 9, "pinyin": 6, "supplier": 4, "body": 1}
_IN_CHARACTERS = ("title", "supplier", "body")
#: So many products with a word that is nearly what was typed tell which word was meant.
_MOST_NEAR = 200
_PLACE_ENDINGS = ("县", "市", "区")


@dataclass(frozen=True)
class Found:
    """Which products answer, those that answer equally well together, the best first; and how they were found.

    `how`: words, initials, parts (the words stand apart), sound (another character, the same pinyin) or slip
    (pinyin with one letter amiss); `terms` are the words that were looked for, and so those to mark.
    """

    tiers: tuple[FrozenBitMap, ...]
    how: str
    terms: tuple[str, ...] = field(default_factory=tuple)

    @property
    def products(self) -> FrozenBitMap:
        """Return all that answer."""
        return FrozenBitMap().union(*self.tiers)


@dataclass(frozen=True)
class _Term:
    """One thing that must be found: by field, the tokens that must all stand in it."""

    tokens: dict[str, tuple[str, ...]]

    def parts(self) -> list[Part]:
        return [(name, self.tokens[name]) for name in _WEIGHTS if self.tokens.get(name)]


#: Which products of those that are sold have each part.
Postings = Callable[[Collection[Part]], Mapping[Part, FrozenBitMap]]
#: The runs that are looked for, and what must be found for them.
_Plan = tuple[Sequence[tuple[str, bool]], list[_Term]]


def terms_of(q: str) -> list[tuple[str, bool]]:
    """Return the runs of a query that are looked for, cut to what a person types."""
    return runs(normalised(q)[:LONGEST_QUERY])[:MOST_TERMS]


def find(q: str, places: Sequence[str], postings: Postings) -> Found | None:
    """Return how to find what was typed, or None when nothing answers.

    Tried in this order, the first that finds a product wins: words and pinyin; initials; a Chinese run split where
    no product joins its characters; the same sound in other characters; pinyin with one letter amiss. A place before
    a thing (旺苍茶) is two words; `places` are the places' short names. `postings` is asked once for words that are
    there, and two more queries than it makes at most.
    """
    typed = terms_of(q)
    if not typed:
        return None
    asked = _places_apart(typed, places)
    plans: Sequence[tuple[str, Callable[[], _Plan]]] = (
        ("words", lambda: (asked, [_words(run, hanzi) for run, hanzi in asked])),
        ("initials", lambda: (asked, [_initials(run, hanzi) for run, hanzi in asked])),
        ("parts", lambda: _parts(asked, postings)),
        ("sound", lambda: (asked, [_sound(run, hanzi) for run, hanzi in typed])),
        ("slip", lambda: _meant(typed)),
    )
    seen: list[list[_Term]] = []
    for how, plan in plans:
        wanted, terms = plan()
        if terms in seen:
            continue
        seen.append(terms)
        if tiers := _tiers(terms, postings):
            return Found(tiers, how, tuple(run for run, _ in wanted))
    return None


def _tiers(terms: Sequence[_Term], postings: Postings) -> tuple[FrozenBitMap, ...]:
    """Return what has every term, by the sum of each term's best weight, the highest first."""
    sets = postings({part for term in terms for part in term.parts()})
    sums: dict[int, FrozenBitMap] | None = None
    for term in terms:
        best = _by_best_weight(term, sets)
        sums = best if sums is None else _added(sums, best)
    return tuple(found for _, found in sorted((sums or {}).items(), reverse=True))


def _by_best_weight(term: _Term, sets: Mapping[Part, FrozenBitMap]) -> dict[int, FrozenBitMap]:
    """Return what has the term, by the best of the fields that have it."""
    found: dict[int, FrozenBitMap] = {}
    # A term's parts begin with the best.
    for part in term.parts():
        if new := sets[part].difference(*found.values()):
            found[_WEIGHTS[part[0]]] = new
    return found


def _added(sums: Mapping[int, FrozenBitMap], best: Mapping[int, FrozenBitMap]) -> dict[int, FrozenBitMap]:
    found: dict[int, FrozenBitMap] = {}
    for total, having in sums.items():
        for weight, also in best.items():
            if both := having & also:
                found[total + weight] = found.get(total + weight, FrozenBitMap()) | both
    return found


def _words(run: str, hanzi: bool) -> _Term:
    if hanzi:
        return _Term(dict.fromkeys(("title", "supplier", "body"), tuple(ngrams(run))))
    return _Term(dict.fromkeys(("title", "supplier", "body", "pinyin"), (run,)))


def _initials(run: str, hanzi: bool) -> _Term:
    if hanzi or not run.isalpha() or len(run) < 2:
        return _words(run, hanzi)
    return _Term(dict.fromkeys(("pinyin", "supplier"), (INITIALS + run,)))


def _sound(run: str, hanzi: bool) -> _Term:
    # One character has dozens of namesakes: that would be an answer to another question.
    if not hanzi or len(run) < 2:
        return _words(run, hanzi)
    return _Term(dict.fromkeys(("pinyin", "supplier"), ("".join(syllables(run)),)))


def _meant(typed: Sequence[tuple[str, bool]]) -> _Plan:
    """Return the runs with pinyin that nobody has replaced by what it is one slip away from. One query.

    Of the spellings near a run it becomes the one that most of the products found have.
    """
    near = {run: {run, *slips(run)} for run, hanzi in typed if not hanzi and _may_slip(run)}
    found = spoken_in_index(set().union(*near.values()), most=_MOST_NEAR) if near else []
    counts = {run: Counter(one for spoken in found for one in spoken & own) for run, own in near.items()}
    wanted = [(likeliest(run, counts[run]) if run in counts else run, hanzi) for run, hanzi in typed]
    return wanted, [_sound(run, hanzi) for run, hanzi in wanted]


def _may_slip(run: str) -> bool:
    return len(run) >= SHORTEST and run.isascii() and run.isalpha()


def _places_apart(typed: Sequence[tuple[str, bool]], places: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the runs with a region or province at the head of one taken off as a run of its own."""
    places = [*places, *province_words()]
    apart: list[tuple[str, bool]] = []
    for run, hanzi in typed:
        place = next((name for name in places if run.startswith(name) and run != name), "")
        # What is left of 旺苍县 is no thing.
        if place and run[len(place) :] not in _PLACE_ENDINGS:
            apart += [(place, True), (run[len(place) :], True)]
        else:
            apart.append((run, hanzi))
    return apart


def _parts(asked: Sequence[tuple[str, bool]], postings: Postings) -> _Plan:
    """Return the runs with each Chinese one cut between characters that no product has side by side. One query."""
    pairs = {pair for run, hanzi in asked if hanzi and len(run) > 1 for pair in ngrams(run)}
    sets = postings({(name, (pair,)) for name in _IN_CHARACTERS for pair in pairs})
    known = {pair for (_, (pair,)), having in sets.items() if having}
    parts: dict[tuple[str, bool], _Term] = {}
    for run, hanzi in asked:
        cut = _cut(run, known) if hanzi else [(run, False)]
        # A character left over says what the thing is: 核桃|油 is an oil, and no cake with oil in it.
        parts |= {
            part: _Term({"title": (part[0],)}) if len(cut) > 1 and len(part[0]) == 1 else _words(*part)
            for part in cut
        }
    wanted = list(parts.items())[:MOST_TERMS]
    return [part for part, _ in wanted], [term for _, term in wanted]


def _cut(run: str, known: set[str]) -> list[tuple[str, bool]]:
    parts = [run[0]]
    for character in run[1:]:
        if parts[-1][-1] + character in known:
            parts[-1] += character
        else:
            parts.append(character)
    # 高山|茶 is a thing with a word before it; 蛋|皮 is not what was typed.
    if min(map(len, parts[:-1]), default=0) < 2:
        return [(run, True)]
    return [(part, True) for part in parts]
