"""Write the search text of products."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Prefetch

from shop.listings.models import CategoryName, Certification, Listing, ProductOrigin, SearchText
from shop.listings.tokens import stored_pinyin, stored_words

_FIELDS = ("title", "supplier", "body", "pinyin")


def index_product(*, product_id: int) -> None:
    """Write the search text of one product; safe to call twice."""
    index_products(product_ids=[product_id])


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
    made, changed = [], []
    for listing in listings:
        values = _values(listing, names.get(listing.category_slug, []))
        text = stored.get(listing.product_id)
        if text is None:
            made.append(SearchText(product_id=listing.product_id, **values))
        elif any(getattr(text, name) != values[name] for name in _FIELDS):
            for name in _FIELDS:
                setattr(text, name, values[name])
            changed.append(text)
    SearchText.objects.bulk_create(made, batch_size=100)
    SearchText.objects.bulk_update(changed, _FIELDS, batch_size=100)
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


def _values(listing: Listing, categories: Sequence[str]) -> dict[str, str]:
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
    }


def _places(origin: ProductOrigin) -> list[str]:
    """Return the names of a place and of what it lies in: 四川腊肉 is asked for as well as 旺苍腊肉."""
    region = origin.region
    names = [region.name_zh, region.short_zh, region.name_en, region.parent_zh, region.parent_en]
    return [*names, origin.township.name_zh] if origin.township else names
