"""Fill the stock site with the goods of the shop's seed: the same products, categories, partners, stock, prices.

Read from catalog_seed/data by a reader of its own, and written through Oscar's models as its importers do.
"""

import csv
import os
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.stock.settings")
django.setup()

from django.core.files.base import ContentFile  # noqa: E402 - after the setup
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.models import Category, Product, ProductClass, ProductImage  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402
from PIL import Image  # noqa: E402

from bench.catalogue import base_of  # noqa: E402

SEED = Path(os.environ["BENCH_SEED"])


def _rows(name: str) -> list[dict[str, str]]:
    with (SEED / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _categories() -> dict[str, Category]:
    made: dict[str, Category] = {}
    for row in _rows("categories.csv"):
        slug = row["slug"].rpartition("/")[2]
        if row["parent_slug"]:
            parent = Category.objects.get(pk=made[row["parent_slug"]].pk)
            made[row["slug"]] = Category.objects.add_child(parent, {"name": row["name_zh"], "slug": slug})
        else:
            made[row["slug"]] = Category.objects.add_root({"name": row["name_zh"], "slug": slug})
    return made


def _picture(number: int) -> "ContentFile[bytes]":
    """Return a picture as large as the shop's own; what it shows makes no difference to a page."""
    image = Image.linear_gradient("L").resize((800, 800)).convert("RGB")
    image.putpixel((number % 800, 0), (255, 0, 0))
    data = BytesIO()
    image.save(data, "JPEG")
    return ContentFile(data.getvalue(), name=f"{number}.jpg")


@transaction.atomic
def load() -> int:
    """Write everything in one transaction; return the number of products."""
    Country.objects.create(
        iso_3166_1_a2="CN",
        iso_3166_1_a3="CHN",
        printable_name="China",
        name="China",
        iso_3166_1_numeric="156",
        is_shipping_country=True,
    )
    kind = ProductClass.objects.create(name="Goods", requires_shipping=True, track_stock=True)
    categories = _categories()
    partners = {
        row["supplier_key"]: Partner.objects.create(code=row["supplier_key"], name=row["name_zh"])
        for row in _rows("suppliers.csv")
    }
    rows = _rows("products.csv")
    pictures: dict[str, str] = {}
    for number, row in enumerate(rows):
        product = Product.objects.create(
            upc=row["sku"],
            title=row["name_zh"],
            description=row["description_zh"],
            product_class=kind,
            structure=Product.STANDALONE,
        )
        product.categories.add(categories[row["category"]])
        StockRecord.objects.create(
            product=product,
            partner=partners[row["supplier_key"]],
            partner_sku=row["sku"],
            price_currency="CNY",
            price=Decimal(row["price_fen"]) / 100,
            num_in_stock=int(row["stock"]),
        )
        # The batches of an article share its picture, and so its thumbnails, as they do in the shop.
        article = base_of(row["sku"])
        if article not in pictures:
            image = ProductImage.objects.create(product=product, original=_picture(number))
            pictures[article] = image.original.name
        else:
            ProductImage.objects.create(product=product, original=pictures[article])
    return len(rows)


if __name__ == "__main__":
    print(load())
    call_command("rebuild_index", interactive=False, verbosity=0)
