"""The search's measurements inside the shop, each of which prints one line of JSON at its end.

`fill PRODUCTS` copies the goods of the seed under names of their own, `suggest TIMES` and `find TIMES` time what is
typed and what is searched for; no answer is asked for twice.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after the setup
from django.db.models import Model  # noqa: E402
from django.test import Client  # noqa: E402
from oscar.apps.catalogue.models import Product, ProductCategory  # noqa: E402
from oscar.apps.partner.models import StockRecord  # noqa: E402

from shop.listings.models import Certification, FoodLabel, Listing, ProductOrigin, SearchText  # noqa: E402
from shop.listings.search_models import Spelling, SpellingKind  # noqa: E402
from shop.listings.selectors import BrowseFilters, browse, current_shelf  # noqa: E402
from shop.listings.services import fold_marks  # noqa: E402
from shop.listings.spelt import keys_of  # noqa: E402
from shop.listings.tokens import stored_pinyin, stored_words  # noqa: E402

#: What pages read of a product besides its listing and its words.
_WITH_A_PRODUCT: tuple[type[Model], ...] = (
    ProductCategory,
    StockRecord,
    ProductOrigin,
    FoodLabel,
    Certification.products.through,
)
#: Two of these stand before the name of a copy: 64 × 64 copies of each product differ.
_BEFORE = (
    "春夏秋冬山水云雾高远青白红金银玉石松竹梅兰菊荷桂林泉溪谷峰岭村镇东南"
    "西北上下大小新老古今早晚冷暖甜香鲜嫩厚薄长圆方正清明初元"
)
_BATCH = 2_000


def _copies() -> Iterator[tuple[Listing, str]]:
    """Yield each product with what stands before the name of its next copy."""
    own = list(
        Listing.objects.select_related("product__search_text").filter(state="published").order_by("pk")
    )
    number = 0
    while True:
        first, second = divmod(number, len(_BEFORE))
        number += 1
        for listing in own:
            yield listing, _BEFORE[first] + _BEFORE[second]


def fill(products: int) -> dict[str, int]:
    """Make goods until there are so many; all of them are on sale and none has a name of another."""
    wanted = products - Listing.objects.count()
    copies = islice(_copies(), max(0, wanted))
    while batch := list(islice(copies, _BATCH)):
        with transaction.atomic():
            _write(batch)
    # As the worker does every hour.
    fold_marks()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"products": Listing.objects.count(), "spellings": Spelling.objects.count()}


def _write(batch: list[tuple[Listing, str]]) -> None:
    new = Product.objects.bulk_create(
        [
            Product(
                structure="standalone",
                product_class_id=listing.product.product_class_id,
                title=before + listing.name_zh,
                slug=f"copy-{listing.pk}",
                is_public=True,
            )
            for listing, before in batch
        ]
    )
    copies = [(listing.product_id, product) for (listing, _), product in zip(batch, new, strict=True)]
    listings, texts, spellings = [], [], []
    for product, (listing, before) in zip(new, batch, strict=True):
        text = listing.product.search_text
        phrase = before + text.phrase
        listings.append(_copy(listing, product, sku=f"{listing.sku}-{product.pk}", name_zh=product.title))
        texts.append(
            _copy(
                text,
                product,
                title=f"{stored_words([before + text.phrase[:1]])}{text.title}",
                pinyin=f"{stored_pinyin([before])}{text.pinyin}",
                phrase=phrase,
            )
        )
        spellings += [Spelling(kind=SpellingKind.GOODS, key=key, ref=phrase) for key in keys_of([phrase])]
    Listing.objects.bulk_create(listings)
    SearchText.objects.bulk_create(texts, batch_size=500)
    Spelling.objects.bulk_create(spellings, ignore_conflicts=True, batch_size=1_000)
    for model in _WITH_A_PRODUCT:
        rows = _rows_of(model)
        model._default_manager.bulk_create(
            [
                _copy(row, product, **_named(row, product))
                for pk, product in copies
                for row in rows.get(pk, [])
            ]
        )


@cache
def _rows_of(model: type[Model]) -> dict[int, list[Any]]:
    """Return the rows of the seed's own products."""
    rows: dict[int, list[Any]] = {}
    own: Any = model._default_manager.filter(product__listing__isnull=False).order_by("pk")
    for row in own:
        rows.setdefault(row.product_id, []).append(row)
    return rows


def _named(row: Model, product: Product) -> dict[str, str]:
    return {"partner_sku": f"copy-{product.pk}"} if isinstance(row, StockRecord) else {}


def _copy(row: Any, product: Product, **changed: Any) -> Any:
    """Return the row anew for another product, not saved. What the database works out itself is left out."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and not field.generated and field.attname != "product_id"
    }
    return type(row)(product_id=product.pk, **values | changed)


def _words(times: int) -> list[str]:
    """Return what people type, each once: parts of names in Chinese, pinyin and initials, drawn at random."""
    drawn = random.Random(6)
    names = list(Listing.objects.order_by("pk").values_list("name_zh", flat=True))
    words: dict[str, None] = {}
    for name in drawn.choices(names, k=4 * times):
        key = drawn.choice(sorted(keys_of([name.partition(" ")[0]])) or [""])
        if key:
            words[key[: drawn.randint(1, max(1, len(key)))]] = None
    return list(words)[:times]


def suggest(times: int) -> dict[str, list[float]]:
    """Time the whole answer of the server to what is being typed, middleware and all."""
    # As the proxy before a production server asks; the embedded shop asks for neither.
    client, seconds = Client(headers={"Host": "127.0.0.1", "X-Forwarded-Proto": "https"}), []
    client.get("/search/suggest/", {"q": "x"})
    for word in _words(times):
        began = time.perf_counter()
        assert client.get("/search/suggest/", {"q": word}).status_code == 200
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def searches(times: int) -> dict[str, list[float]]:
    """Time how the first page is found of what answers words that nobody has asked for."""
    shelf, seconds = current_shelf(), []
    for word in _words(times):
        began = time.perf_counter()
        browse(BrowseFilters(q=word), shelf=shelf)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def main() -> None:
    """Do what the first word says."""
    name, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"fill": fill, "suggest": suggest, "find": searches}[name](number)))


if __name__ == "__main__":
    main()
