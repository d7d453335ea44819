"""Write the search text of products, and how what they are called may be typed."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch

from shop.listings.models import (
    CategoryName,
    Certification,
    Listing,
    ProductOrigin,
    SearchText,
)
from shop.listings.search_models import Spelling, SpellingKind
from shop.listings.spelt import keys_of
from shop.listings.tokens import stored_pinyin, stored_words

_FIELDS = ("title", "supplier", "body", "pinyin", "phrase", "form")
#: Raise it when the rule changes by which a text or its spellings are written: the worker writes all of them anew.
FORM = 1
#: A turn of the worker writes so many.
_TURN = 500


def index_product(*, product_id: int) -> None:
    """Write the search text of one product; safe to call twice."""
    index_products(product_ids=[product_id])


def index_outdated() -> int:
    """Index goods whose search text is missing or was written by an older rule; return how many; a job.

    So many at a time, each turn in one transaction. Safe to run twice, and late.
    """
    fresh = SearchText.objects.filter(product_id=OuterRef("product_id"), form=FORM)
    outdated = Listing.objects.filter(~Exists(fresh)).order_by("product_id")
    return index_products(product_ids=list(outdated.values_list("product_id", flat=True)[:_TURN]))


@transaction.atomic
def index_products(*, product_ids: Sequence[int]) -> int:
    """Write the search text of these products and return how many changed. A fixed number of queries."""
    certifications = Prefetch("product__certifications", queryset=Certification.objects.order_by("pk"))
    found = Listing.objects.filter(product_id__in=product_ids).order_by("pk")
    listings = list(
        found.select_related(
            "product__origin__region", "product__origin__township", "product__label", "supplier__region"
        ).prefetch_related(certifications)
    )
    names = _category_names({listing.category_slug for listing in listings})
    stored = {text.product_id: text for text in SearchText.objects.filter(product_id__in=product_ids)}
    made, changed, left = [], [], set()
    for listing in listings:
        values = _values(listing, names.get(listing.category_slug, []))
        text = stored.get(listing.product_id)
        if text is None:
            made.append(SearchText(product_id=listing.product_id, **values))
        elif any(getattr(text, name) != values[name] for name in _FIELDS):
            left.add(text.phrase)
            for name in _FIELDS:
                setattr(text, name, values[name])
            changed.append(text)
    SearchText.objects.bulk_create(made, batch_size=100)
    SearchText.objects.bulk_update(changed, _FIELDS, batch_size=100)
    written = {text.product_id for text in (*made, *changed)}
    _spell([listing for listing in listings if listing.product_id in written], names, left)
    return len(made) + len(changed)


def _category_names(slugs: set[str]) -> dict[str, list[str]]:
    """Return the names of each category and of those above it, Chinese and English."""
    paths = {slug: _paths(slug) for slug in slugs}
    wanted = {path for above in paths.values() for path in above}
    rows = CategoryName.objects.filter(slug__in=wanted).select_related("category")
    names = {row.slug: [row.category.name, row.name_en] for row in rows}
    return {slug: [name for path in above for name in names.get(path, [])] for slug, above in paths.items()}


def _paths(slug: str) -> list[str]:
    parts = slug.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _spell(listings: Sequence[Listing], names: dict[str, list[str]], left: set[str]) -> None:
    """Write how the goods, their places, suppliers and categories may be typed; forget phrases without goods."""
    named: dict[tuple[str, str], list[str]] = {}
    for listing in listings:
        supplier, origin = listing.supplier, getattr(listing.product, "origin", None)
        # Packs of one thing may have English names of their own.
        own = named.setdefault((SpellingKind.GOODS, _phrase(listing)), [_phrase(listing)])
        own.append(listing.name_en.partition(",")[0])
        named[SpellingKind.SUPPLIER, supplier.code] = [supplier.name_zh, supplier.name_en]
        for slug in _paths(listing.category_slug):
            # The two names behind those of what is above it.
            named[SpellingKind.CATEGORY, slug] = names.get(slug, [])[-2:]
        if origin:
            region = origin.region
            named[SpellingKind.REGION, region.slug] = [region.name_zh, region.name_en]
    _write_spellings(named)
    gone = left - set(SearchText.objects.filter(phrase__in=left).values_list("phrase", flat=True))
    Spelling.objects.filter(kind=SpellingKind.GOODS, ref__in=gone).delete()


def _write_spellings(named: dict[tuple[str, str], list[str]]) -> None:
    wanted = {
        (kind, key, ref) for (kind, ref), texts in named.items() for key in keys_of(filter(None, texts))
    }
    # In one order, so that two that write the same place's at one time wait for each other in turn.
    rows = [Spelling(kind=kind, key=key, ref=ref) for kind, key, ref in sorted(wanted) if key]
    Spelling.objects.bulk_create(rows, ignore_conflicts=True, batch_size=300)


def _phrase(listing: Listing) -> str:
    """Return what goods are called without their pack: 高山土蜂蜜 礼盒 is 高山土蜂蜜."""
    return listing.name_zh.partition(" ")[0]


def _values(listing: Listing, categories: Sequence[str]) -> dict[str, str | int]:
    origin = getattr(listing.product, "origin", None)
    label = getattr(listing.product, "label", None)
    places = _places(origin) if origin else []
    supplier = listing.supplier
    about = [supplier.name_zh, supplier.name_en, *places, *categories]
    certificates = [certificate.name_zh for certificate in listing.product.certifications.all()]
    body = [listing.product.description, listing.description_en, listing.spec, listing.sku, *certificates]
    if label:
        body += [label.ingredients, label.producer]
    return {
        "title": stored_words([listing.name_zh, listing.name_en]),
        "supplier": f"{stored_words(about)}{stored_pinyin(about).lstrip()}",
        "body": stored_words(body),
        "pinyin": stored_pinyin([listing.name_zh]),
        "phrase": _phrase(listing),
        "form": FORM,
    }


def _places(origin: ProductOrigin) -> list[str]:
    """Return the names of a place and of what it lies in: 四川腊肉 is asked for as well as 旺苍腊肉."""
    region = origin.region
    names = [region.name_zh, region.short_zh, region.name_en, region.parent_zh, region.parent_en]
    return [*names, origin.township.name_zh] if origin.township else names
