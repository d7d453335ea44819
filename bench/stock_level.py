"""Set or read what is left of one product; runs inside either site: `stock_level.py ARTICLE [UNITS]`."""

import sys

import django

django.setup()

from django.apps import apps  # noqa: E402 - after the setup
from django.db.models import Sum  # noqa: E402
from oscar.apps.order.models import Line  # noqa: E402
from oscar.apps.partner.models import StockRecord  # noqa: E402


def main() -> None:
    """Set the level when one is given; print the units in orders."""
    record = StockRecord.objects.get(partner_sku=sys.argv[1])
    if len(sys.argv) > 2:
        _set(record, int(sys.argv[2]))
    sold = Line.objects.filter(product_id=record.product_id).aggregate(units=Sum("quantity"))["units"]
    print(sold or 0)


def _set(record: StockRecord, units: int) -> None:
    if apps.is_installed("shop.ordering"):
        from shop.ordering.models import StockBalance  # noqa: PLC0415 - only one of the two sites has it
        from shop.ordering.services import set_stock  # noqa: PLC0415

        # What earlier checkouts of the bench bought is still on the shelf and belongs to them.
        held = StockBalance.objects.get(stockrecord=record, pool="retail").allocated
        set_stock(stockrecord=record, pool="retail", on_hand=held + units)
    else:
        StockRecord.objects.filter(pk=record.pk).update(num_in_stock=units, num_allocated=0)


if __name__ == "__main__":
    main()
