"""The questions of the relevance set, and how answers to them are counted."""

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from catalog_seed.schema import ProductRow
from tests.relevance.goods import goods, table

#: Kinds whose questions tell what must not be found.
NEGATIVE = ("nothing", "not")
#: An answer counts as seen when it stands among so many.
SEEN = 5


@dataclass(frozen=True)
class Question:
    """A row of queries.csv: the goods of `expect` must come first, those of `not_expected` not at all.

    A word of either is a SKU, or the beginning of SKUs with `*` and, behind it, what their name must hold:
    `WC-EGG-001*礼盒`. Of the kind `nothing` no goods at all may answer.
    """

    query: str
    kind: str
    expect: tuple[str, ...]
    not_expected: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a question got: the place of the first expected product from 1, None without one, and what is wrong."""

    question: Question
    place: int | None
    best: str
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """Of `asked` questions that expect something, how many have it first and among the first five."""

    asked: int
    first: int
    seen: int
    wrong: int

    @property
    def first_percent(self) -> float:
        return 100 * self.first / self.asked if self.asked else 100.0

    @property
    def seen_percent(self) -> float:
        return 100 * self.seen / self.asked if self.asked else 100.0


def questions() -> list[Question]:
    """Return the set as it is frozen."""
    return [
        Question(row["query"], row["kind"], tuple(row["expect"].split()), tuple(row["not_expected"].split()))
        for row in table("queries.csv")
    ]


def is_meant(word: str, row: ProductRow) -> bool:
    """Say whether a word of the set means this product."""
    start, star, named = word.partition("*")
    return row.sku.startswith(start) and named in row.name_zh if star else row.sku == word


@functools.cache
def skus_of(words: tuple[str, ...]) -> frozenset[str]:
    """Return the products that the words mean."""
    return frozenset(row.sku for row in goods() if any(is_meant(word, row) for word in words))


def answer(question: Question, found: Sequence[str]) -> Answer:
    """Judge all that was found, as SKUs in order."""
    expected = skus_of(question.expect)
    place = next((place for place, sku in enumerate(found, start=1) if sku in expected), None)
    refused: Callable[[str], bool] = skus_of(question.not_expected).__contains__
    wrong = found if question.kind == "nothing" else [sku for sku in found if refused(sku)]
    return Answer(question, place, found[0] if found else "", tuple(wrong))


def score(answers: Iterable[Answer]) -> Score:
    """Count the answers."""
    answers = list(answers)
    asked = [one for one in answers if one.question.expect]
    return Score(
        asked=len(asked),
        first=sum(one.place == 1 for one in asked),
        seen=sum(one.place is not None and one.place <= SEEN for one in asked),
        wrong=sum(bool(one.wrong) for one in answers),
    )


def printed(answers: Sequence[Answer]) -> str:
    """Return the score by kind, and each question that is not answered as it should be."""
    names = {row.sku: row.name_zh for row in goods()}
    lines = [f"{'kind':<12}{'questions':>10}{'expecting':>10}{'first':>8}{'in five':>8}{'wrong':>7}"]
    for kind in dict.fromkeys(one.question.kind for one in answers):
        lines.append(_line(kind, [one for one in answers if one.question.kind == kind]))
    lines.append(_line("all", answers))
    for one in answers:
        if one.question.expect and one.place != 1:
            where = f"place {one.place}" if one.place else "not found"
            lines.append(f"{one.question.query} ({one.question.kind}): {where}; {_named(one.best, names)}")
        if one.wrong:
            lines.append(
                f"{one.question.query} ({one.question.kind}): {len(one.wrong)} wrong, "
                f"as {_named(one.wrong[0], names)}"
            )
    return "\n".join(lines)


def _line(kind: str, answers: Collection[Answer]) -> str:
    found = score(answers)
    shares = (
        f"{found.first_percent:>7.1f}%{found.seen_percent:>7.1f}%" if found.asked else f"{'-':>8}{'-':>8}"
    )
    return f"{kind:<12}{len(answers):>10}{found.asked:>10}{shares}{found.wrong:>7}"


def _named(sku: str, names: dict[str, str]) -> str:
    return f"{sku} {names[sku]}" if sku else "nothing"
