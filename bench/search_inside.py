"""The search's measurements inside the shop, each of which prints one line of JSON at its end.

`fill PRODUCTS` copies the goods of the seed under names of their own, `suggest TIMES` and `find TIMES` time what is
typed and what is searched for; no answer is asked for twice.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after the setup
from django.test import Client  # noqa: E402
from oscar.apps.catalogue.models import Product  # noqa: E402

from shop.listings.models import Listing, SearchText  # noqa: E402
from shop.listings.search import find  # noqa: E402
from shop.listings.search_models import Spelling, SpellingKind  # noqa: E402
from shop.listings.spelt import keys_of  # noqa: E402
from shop.listings.tokens import stored_pinyin, stored_words  # noqa: E402

#: Two of these stand before the name of a copy: 64 × 64 copies of each product differ.
_BEFORE = (
    "春夏秋冬山水云雾高远青白红金银玉石松竹梅兰菊荷桂林泉溪谷峰岭村镇东南"
    "西北上下大小新老古今早晚冷暖甜香鲜嫩厚薄长圆方正清明初元"
)
_BATCH = 2_000


def _copies() -> Iterator[tuple[Listing, SearchText, str]]:
    """Yield each product with its stored words and what stands before the name of its next copy."""
    own = list(
        Listing.objects.select_related("product", "product__search_text")
        .filter(state="published")
        .order_by("pk")
    )
    number = 0
    while True:
        first, second = divmod(number, len(_BEFORE))
        number += 1
        for listing in own:
            yield listing, listing.product.search_text, _BEFORE[first] + _BEFORE[second]


def fill(products: int) -> dict[str, int]:
    """Make goods until there are so many; all of them are on sale and none has a name of another."""
    wanted = products - Listing.objects.count()
    copies = islice(_copies(), max(0, wanted))
    while batch := list(islice(copies, _BATCH)):
        with transaction.atomic():
            _write(batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"products": Listing.objects.count(), "spellings": Spelling.objects.count()}


def _write(batch: list[tuple[Listing, SearchText, str]]) -> None:
    made = Product.objects.bulk_create(
        [
            Product(
                structure="standalone",
                product_class_id=listing.product.product_class_id,
                title=before + listing.name_zh,
                slug=f"copy-{listing.pk}",
                is_public=True,
            )
            for listing, _, before in batch
        ]
    )
    listings, texts, spellings = [], [], []
    for product, (listing, text, before) in zip(made, batch, strict=True):
        values = {
            field.attname: getattr(listing, field.attname)
            for field in Listing._meta.concrete_fields
            if field.attname not in ("id", "product_id", "sku", "name_zh")
        }
        sku, phrase = f"{listing.sku}-{product.pk}", before + text.phrase
        listings.append(Listing(product=product, sku=sku, name_zh=product.title, **values))
        texts.append(
            SearchText(
                product=product,
                title=f"{stored_words([before + text.phrase[:1]])}{text.title}",
                supplier=text.supplier,
                body=text.body,
                pinyin=f"{stored_pinyin([before])}{text.pinyin}",
                phrase=phrase,
                form=text.form,
            )
        )
        spellings += [Spelling(kind=SpellingKind.GOODS, key=key, ref=phrase) for key in keys_of([phrase])]
    Listing.objects.bulk_create(listings)
    SearchText.objects.bulk_create(texts, batch_size=500)
    Spelling.objects.bulk_create(spellings, ignore_conflicts=True, batch_size=1_000)


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
    client, seconds = Client(), []
    client.get("/search/suggest/", {"q": "x"})
    for word in _words(times):
        began = time.perf_counter()
        assert client.get("/search/suggest/", {"q": word}).status_code == 200
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def searches(times: int) -> dict[str, list[float]]:
    """Time how the products are found that answer words nobody has asked for."""
    seconds = []
    for word in _words(times):
        began = time.perf_counter()
        find(word)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def main() -> None:
    """Do what the first word says."""
    name, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"fill": fill, "suggest": suggest, "find": searches}[name](number)))


if __name__ == "__main__":
    main()
