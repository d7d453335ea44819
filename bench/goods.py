"""Print the addresses of a site's products and categories as JSON; runs inside either site."""

import json

import django

django.setup()

from oscar.apps.catalogue.models import Category  # noqa: E402 - after the setup
from oscar.apps.partner.models import StockRecord  # noqa: E402


def main() -> None:
    """Write one JSON object to the output."""
    records = StockRecord.objects.select_related("product").order_by("partner_sku")
    products = {record.partner_sku: record.product.get_absolute_url() for record in records}
    categories = {row.full_slug: row.get_absolute_url() for row in Category.objects.order_by("path")}
    print(json.dumps({"products": products, "categories": categories}))


if __name__ == "__main__":
    main()
