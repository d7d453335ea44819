"""Conditions on the stored tokens: by substring on SQLite, by a tsvector with a GIN index on PostgreSQL.

On PostgreSQL a generated column `tokens` holds every token with its field's letter before it, so that one
tsquery asks for a whole search and one scan of the index answers it. No parser of PostgreSQL's is involved:
what a token is, `listings.tokens` decides for both engines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

#: Tokens of one field that must all stand in it.
Part = tuple[str, tuple[str, ...]]

#: The letters of migration 0002.
_LETTERS = {"title": "t", "supplier": "s", "body": "b", "pinyin": "p"}


def all_of(terms: Iterable[Sequence[Part]]) -> Q:
    """Return the condition on SearchText that every term is found, each in one of its parts at least."""
    if connection.vendor == "postgresql":
        return Q(_Answers(" & ".join(_either(term) for term in terms)))
    condition = Q()
    for term in terms:
        either = Q()
        for part in term:
            either |= _contains(part)
        condition &= either
    return condition


#: Written out: every search asks this once, and the words of the ORM cost more than the answer.
_SCORES = """
SELECT text.product_id, {rank} FROM listings_searchtext AS text
JOIN catalogue_product AS product ON product.id = text.product_id AND product.is_public
JOIN listings_listing AS listing ON listing.product_id = text.product_id AND listing.state = 'published'
WHERE text.tokens @@ %s::tsquery
"""


def scores_in_index(terms: Sequence[Sequence[Part]], weights: Mapping[str, int]) -> dict[int, int]:
    """Return the published products with every term and the sum of each term's best weight; PostgreSQL only."""
    cases: list[str] = []
    asked: list[str] = []
    for term in terms:
        cases.append("CASE")
        for part in term:
            cases.append(f"WHEN text.tokens @@ %s::tsquery THEN {weights[part[0]]:d}")
            asked.append(_either([part]))
        cases.append("ELSE 0 END +")
    statement = _SCORES.format(rank=f"{' '.join(cases)} 0")
    asked.append(" & ".join(_either(term) for term in terms))
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return dict(cursor.fetchall())


def _contains(part: Part) -> Q:
    name, tokens = part
    condition = Q()
    for token in tokens:
        condition &= Q((f"{name}__contains", f" {token} "))
    return condition


def _either(term: Sequence[Part]) -> str:
    parts = (" & ".join(_lexeme(name, token) for token in tokens) for name, tokens in term)
    return "(" + " | ".join(f"({part})" for part in parts) + ")"


def _lexeme(name: str, token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{_LETTERS[name]}{escaped}'"


class _Answers(Func):
    """`tokens @@ tsquery`; the column is the database's own and no field of the model, so it is named here."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, query: str) -> None:
        super().__init__(F("pk"))
        self.query = query

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **extra: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        alias = self.get_source_expressions()[0].alias
        return f'{compiler.quote_name_unless_alias(alias)}."tokens" @@ %s::tsquery', (self.query,)
