"""Turn what a person typed into conditions on SearchText; the same answer on both engines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Case, Exists, IntegerField, QuerySet, Value, When
from django.db.models.expressions import Combinable

from shop.listings.matching import Part, all_of, scores_in_index
from shop.listings.models import ListingState, SearchText
from shop.listings.tokens import INITIALS, LONGEST_QUERY, MOST_TERMS, ngrams, normalised, runs, syllables
from shop.regions.models import PartnerRegion

#: A hit in the title stands before one in supplier or place, and that before one in the text.
_WEIGHTS = (("title", 9), ("pinyin", 6), ("supplier", 4), ("body", 1))
_PLACE_ENDINGS = ("县", "市", "区")


@dataclass(frozen=True)
class Found:
    """Which published products answer and how well: `scores` by product, and how they were found.

    `how`: words, initials, parts (the words stand apart) or sound (another character, the same pinyin).
    """

    scores: dict[int, int]
    how: str
    terms: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class _Term:
    """One thing that must be found: by field, the tokens that must all stand in it."""

    tokens: dict[str, tuple[str, ...]]

    def parts(self) -> list[Part]:
        return [(name, self.tokens[name]) for name, _ in _WEIGHTS if self.tokens.get(name)]


def terms_of(q: str) -> list[tuple[str, bool]]:
    """Return the runs of a query that are looked for, cut to what a person types."""
    return runs(normalised(q)[:LONGEST_QUERY])[:MOST_TERMS]


def find(q: str, places: Sequence[str] | None = None) -> Found | None:
    """Return how to find what was typed, or None when nothing answers.

    Tried in this order, the first that finds a published product wins: words and pinyin; initials;
    a Chinese run split where no product joins its characters; the same sound in other characters.
    A place before a thing (旺苍茶) is two words. `places` are the places' short names where they are known
    already. At most six queries.
    """
    typed = terms_of(q)
    if not typed:
        return None
    asked = _places_apart(typed, places)
    terms = tuple(run for run, _ in asked)
    plans: Sequence[tuple[str, Callable[[], list[_Term]]]] = (
        ("words", lambda: [_words(run, hanzi) for run, hanzi in asked]),
        ("initials", lambda: [_initials(run, hanzi) for run, hanzi in asked]),
        ("parts", lambda: [_words(run, hanzi) for run, hanzi in _split(asked)]),
        ("sound", lambda: [_sound(run, hanzi) for run, hanzi in typed]),
    )
    seen: list[list[_Term]] = []
    for how, plan in plans:
        planned = plan()
        if planned in seen:
            continue
        seen.append(planned)
        if scores := _answers(planned):
            return Found(scores, how, terms)
    return None


def _answers(terms: Sequence[_Term]) -> dict[int, int]:
    """Return the published products that have every term, with how well they answer. One query."""
    if connection.vendor == "postgresql":
        return scores_in_index([term.parts() for term in terms], dict(_WEIGHTS))
    answers = _published().filter(all_of(term.parts() for term in terms)).annotate(score=_rank(terms))
    return dict(answers.values_list("product_id", "score"))


def _published() -> QuerySet[SearchText]:
    return SearchText.objects.filter(product__is_public=True, product__listing__state=ListingState.PUBLISHED)


def _words(run: str, hanzi: bool) -> _Term:
    if hanzi:
        return _Term(dict.fromkeys(("title", "supplier", "body"), tuple(ngrams(run))))
    return _Term(dict.fromkeys(("title", "supplier", "body", "pinyin"), (run,)))


def _initials(run: str, hanzi: bool) -> _Term:
    if hanzi or not run.isalpha() or len(run) < 2:
        return _words(run, hanzi)
    return _Term({"pinyin": (INITIALS + run,)})


def _sound(run: str, hanzi: bool) -> _Term:
    # One character has dozens of namesakes: that would be an answer to another question.
    if not hanzi or len(run) < 2:
        return _words(run, hanzi)
    return _Term({"pinyin": ("".join(syllables(run)),)})


def _places_apart(typed: Sequence[tuple[str, bool]], places: Sequence[str] | None) -> list[tuple[str, bool]]:
    """Return the runs with a region's short name at the head of one taken off as a run of its own. One query."""
    if places is None:
        places = list(PartnerRegion.objects.values_list("short_zh", flat=True))
    apart: list[tuple[str, bool]] = []
    for run, hanzi in typed:
        place = next((name for name in places if run.startswith(name) and run != name), "")
        # What is left of 旺苍县 is no thing.
        if place and run[len(place) :] not in _PLACE_ENDINGS:
            apart += [(place, True), (run[len(place) :], True)]
        else:
            apart.append((run, hanzi))
    return apart


def _split(asked: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return the runs with each Chinese one cut between characters that no product has side by side."""
    pairs = {pair for run, hanzi in asked if hanzi and len(run) > 1 for pair in ngrams(run)}
    known = _known(sorted(pairs))
    parts = [part for run, hanzi in asked for part in (_cut(run, known) if hanzi else [(run, False)])]
    return list(dict.fromkeys(parts))[:MOST_TERMS]


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


def _known(pairs: Sequence[str]) -> set[str]:
    """Return the bigrams that some published product has. One query."""
    if not pairs:
        return set()
    tests = {
        f"pair_{number}": Exists(
            _published()
            .filter(all_of([[(name, (pair,)) for name in ("title", "supplier", "body")]]))
            .order_by()
        )
        for number, pair in enumerate(pairs)
    }
    row = SearchText.objects.order_by("pk").annotate(**tests).values(*tests).first() or {}
    return {pair for number, pair in enumerate(pairs) if row.get(f"pair_{number}")}


def _rank(terms: Sequence[_Term]) -> Combinable:
    total: Combinable = Value(0)
    for term in terms:
        weights = dict(_WEIGHTS)
        cases = [When(all_of([[part]]), then=Value(weights[part[0]])) for part in term.parts()]
        total = total + Case(*cases, default=Value(0), output_field=IntegerField())
    return total
