"""Fill the stock site with the goods of the shop's seed: the same products, categories, partners, stock, prices.

Read from catalog_seed/data by a reader of its own, and written through Oscar's models as its importers do.
"""

import csv
import os
import sys
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.stock.settings")
django.setup()

from django.core.files import File  # noqa: E402 - after the setup
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.models import Category, Product, ProductClass, ProductImage  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402

SEED = Path(__file__).resolve().parents[2] / "catalog_seed" / "data"


def _rows(name: str) -> list[dict[str, str]]:
    with (SEED / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _categories() -> dict[str, Category]:
    made: dict[str, Category] = {}
    for row in _rows("categories.csv"):
        slug = row["slug"].rpartition("/")[2]
        if row["parent_slug"]:
            parent = Category.objects.get(pk=made[row["parent_slug"]].pk)
            made[row["slug"]] = parent.add_child(name=row["name_zh"], slug=slug)
        else:
            made[row["slug"]] = Category.add_root(name=row["name_zh"], slug=slug)
    return made


@transaction.atomic
def load(pictures: Path) -> int:
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
    for row in rows:
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
        picture = next(iter(sorted(pictures.glob(f"{row['sku'].lower()}-*.jpg"))), None)
        if picture is not None:
            with picture.open("rb") as file:
                ProductImage.objects.create(product=product, original=File(file, name=picture.name))
    return len(rows)


if __name__ == "__main__":
    print(load(Path(sys.argv[1])))
    call_command("rebuild_index", interactive=False, verbosity=0)
