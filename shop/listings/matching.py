"""Questions to the index of the stored tokens: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL.

On PostgreSQL a generated column `tokens` holds every token with its field's letter before it. No parser of either
engine is involved: what a token is, `listings.tokens` decides for both.
"""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from django.db import connection

from shop.listings.fulltext import TABLE

#: Tokens of one field that must all stand in it.
Part = tuple[str, tuple[str, ...]]

#: The letters of migration 0002.
_LETTERS = {"title": "t", "supplier": "s", "body": "b", "pinyin": "p"}


def _quoted(_field: str, token: str) -> str:
    doubled = token.replace('"', '""')
    return f'"{doubled}"'


def _lexeme(field: str, token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{_LETTERS[field]}{escaped}'"


class _Engine(NamedTuple):
    """How an engine is asked. `listed` are the products that a question finds; as rows they come from `found`.

    `ahead` begins a statement with them, `having` is its condition, and `product` their column.
    """

    ahead: str
    found: str
    having: str
    product: str
    join: str
    listed: str
    both: str
    either: str
    within: str
    token: Callable[[str, str], str]

    @property
    def goods(self) -> str:
        """Return the products found that are sold."""
        return f"""{self.found}
{self.join} catalogue_product AS product ON product.id = {self.product} AND product.is_public
{self.join} listings_listing AS listing ON listing.product_id = {self.product} AND listing.state = 'published'"""

    def all_of(self, field: str, tokens: Iterable[str]) -> str:
        return self._within(field, self.both, tokens)

    def any_of(self, field: str, tokens: Iterable[str]) -> str:
        return self._within(field, self.either, tokens)

    def _within(self, field: str, sign: str, tokens: Iterable[str]) -> str:
        return f"({self.within.format(field)}({sign.join(self.token(field, token) for token in tokens)}))"


_FTS = _Engine(
    ahead="",
    found=f"{TABLE} AS text",
    having=f"WHERE text.{TABLE} MATCH %s",
    product="text.rowid",
    # What is found is looked up, and never the other way round.
    join="CROSS JOIN",
    listed=f"(SELECT group_concat(rowid) FROM {TABLE} WHERE {TABLE} MATCH %s)",  # noqa: S608 - a name of ours
    both=" AND ",
    either=" OR ",
    within="{} : ",
    token=_quoted,
)
_GIN = _Engine(
    # Asked for the first few in the order of products, the planner would read the tokens of all.
    ahead="""WITH ids AS MATERIALIZED (SELECT listings_products_with(%s::tsquery) AS listed),
text AS (SELECT unnest(string_to_array(listed, ','))::bigint AS product_id FROM ids)
""",
    found="text",
    having="",
    product="text.product_id",
    join="JOIN",
    # Migration 0017.
    listed="listings_products_with(%s::tsquery)",
    both=" & ",
    either=" | ",
    within="",
    token=_lexeme,
)


def products_with(parts: Collection[Part]) -> dict[Part, list[int]]:
    """Return the products whose words have each part, sold or not. One query."""
    if not parts:
        return {}
    engine, asked = _engine(), list(parts)
    with connection.cursor() as cursor:
        # Each part's products as one text: as rows, each would cost more than it took to find.
        cursor.execute(
            f"SELECT {', '.join([engine.listed] * len(asked))}",
            [engine.all_of(*part) for part in asked],
        )
        return {
            part: [int(pk) for pk in (ids or "").split(",") if pk]
            for part, ids in zip(asked, cursor.fetchone(), strict=True)
        }


def spoken_in_index(spellings: Collection[str], *, most: int) -> list[set[str]]:
    """Return which of these spellings each title has, of so many published ones that have any. One query."""
    engine = _engine()
    statement = (
        f"{engine.ahead}SELECT own.pinyin FROM {engine.goods} "  # noqa: S608 - names of ours
        f"JOIN listings_searchtext AS own ON own.product_id = {engine.product} "
        f"{engine.having} ORDER BY {engine.product} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [engine.any_of("pinyin", sorted(spellings)), most])
        return [set(spellings).intersection(pinyin.split()) for (pinyin,) in cursor.fetchall()]


def _engine() -> _Engine:
    return _GIN if connection.vendor == "postgresql" else _FTS
