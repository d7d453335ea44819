"""What somebody who is typing may mean: goods, places, suppliers, categories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from shop.listings.models import CategoryName
from shop.listings.search_models import SpellingKind
from shop.listings.spelt import spoken_key, typed_key
from shop.listings.tokens import LONGEST_QUERY, normalised, runs
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier, SupplierState

#: So many of each kind are shown.
_SHOWN: Mapping[str, int] = {"goods": 6, "region": 2, "supplier": 2, "category": 3}
#: So many keys of each kind are read; several lead to the same thing.
_READ = 40
#: Words of a search of which parts are looked up.
_MOST_RUNS = 3
#: Behind every key that begins with the same letters.
_END = "\U0010ffff"
_KEYS = f"""
SELECT * FROM (
    SELECT kind, ref, key FROM listings_spelling WHERE kind = %s AND key >= %s AND key < %s
    ORDER BY key, ref LIMIT {_READ}
) AS keys
"""  # noqa: S608 - a number of ours
#: The first product of a phrase, and a second one when there is one.
_GOODS = """
SELECT * FROM (
SELECT text.phrase, listing.name_en, product.id, product.slug FROM listings_searchtext AS text
JOIN catalogue_product AS product ON product.id = text.product_id AND product.is_public
JOIN listings_listing AS listing ON listing.product_id = text.product_id AND listing.state = 'published'
JOIN suppliers_supplier AS supplier ON supplier.id = listing.supplier_id AND supplier.state <> 'suspended'
WHERE text.phrase = %s ORDER BY text.product_id LIMIT 2
) AS goods
"""


@dataclass(frozen=True)
class Suggestion:
    """Something that may be meant; `name_en` is empty where there is none.

    `ref` as `Spelling` has it. `pk` and `slug` are the category's, or the product's where it alone is called so.
    """

    kind: str
    name_zh: str
    name_en: str
    ref: str
    pk: int | None = None
    slug: str = ""


def suggestions(q: str) -> list[Suggestion]:
    """Return what begins as it was typed, goods first. Six queries at most, whatever there is; none without words."""
    key = typed_key(q)
    refs = _refs([key]) if key else {}
    if key and not refs and (spoken := spoken_key(key)) != key:
        refs = _refs([spoken])
    return _named(refs)


def nearest(q: str) -> list[Suggestion]:
    """Return what is called by a part of words that nothing answers, the longest part first. Five queries at most."""
    parts: dict[str, None] = {}
    for run, hanzi in runs(normalised(q)[:LONGEST_QUERY])[:_MOST_RUNS]:
        shortest = 2 if hanzi else 3
        for end in dict.fromkeys((len(run), len(run) - 1, -(-len(run) // 2))):
            parts |= dict.fromkeys(key for key in (run[:end], run[-end:]) if len(key) >= shortest)
    return _named(_refs(sorted(parts, key=lambda part: -len(part)))) if parts else []


def _named(refs: Mapping[str, Sequence[str]]) -> list[Suggestion]:
    return [one for kind, named in _KINDS.items() if kind in refs for one in named(refs[kind])]


def _refs(keys: Sequence[str]) -> dict[str, list[str]]:
    """Return what the keys that begin so lead to, by kind: for the first key first, the shortest first. One query."""
    asked = [(kind, key, key + _END) for key in keys for kind in _SHOWN]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_KEYS] * len(asked)), [word for one in asked for word in one])
        rows = cursor.fetchall()

    def place(row: tuple[str, str, str]) -> tuple[int, int, str, str]:
        first = next(at for at, key in enumerate(keys) if row[2].startswith(key))
        return first, len(row[2]), row[2], row[1]

    found: dict[str, list[str]] = {}
    for kind, ref, _key in sorted(rows, key=place):
        of_kind = found.setdefault(kind, [])
        # A phrase may have lost its goods since it was written, so a few more are looked up than are shown.
        if ref not in of_kind and len(of_kind) < 2 * _SHOWN[kind]:
            of_kind.append(ref)
    return found


def _goods(phrases: Sequence[str]) -> list[Suggestion]:
    statement = " UNION ALL ".join([_GOODS] * len(phrases))
    rows: dict[str, list[tuple[str, int, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, list(phrases))
        for phrase, *row in cursor.fetchall():
            rows.setdefault(phrase, []).append(tuple(row))
    found = []
    for phrase in phrases:
        if own := rows.get(phrase):
            name_en, pk, slug = own[0]
            alone = (pk, slug) if len(own) == 1 else (None, "")
            found.append(Suggestion("goods", phrase, name_en.partition(",")[0], phrase, *alone))
    return found[: _SHOWN["goods"]]


def _regions(slugs: Sequence[str]) -> list[Suggestion]:
    rows = PartnerRegion.objects.filter(slug__in=slugs).in_bulk(field_name="slug")
    found = [rows[slug] for slug in slugs if slug in rows][: _SHOWN["region"]]
    return [Suggestion("region", row.name_zh, row.name_en, row.slug) for row in found]


def _suppliers(codes: Sequence[str]) -> list[Suggestion]:
    selling = Supplier.objects.filter(code__in=codes).exclude(state=SupplierState.SUSPENDED)
    rows = selling.in_bulk(field_name="code")
    found = [rows[code] for code in codes if code in rows][: _SHOWN["supplier"]]
    return [Suggestion("supplier", row.name_zh, row.name_en, row.code) for row in found]


def _categories(slugs: Sequence[str]) -> list[Suggestion]:
    public = CategoryName.objects.filter(category__is_public=True, category__ancestors_are_public=True)
    rows = public.select_related("category").filter(slug__in=slugs).in_bulk(field_name="slug")
    found = [rows[slug] for slug in slugs if slug in rows][: _SHOWN["category"]]
    return [
        Suggestion("category", row.category.name, row.name_en, row.slug, row.category_id, row.slug)
        for row in found
    ]


#: In the order in which they are shown.
_KINDS: Mapping[str, Callable[[Sequence[str]], list[Suggestion]]] = {
    SpellingKind.GOODS: _goods,
    SpellingKind.CATEGORY: _categories,
    SpellingKind.REGION: _regions,
    SpellingKind.SUPPLIER: _suppliers,
}
