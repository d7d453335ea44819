"""Give new products their first units."""

from django.db import transaction
from oscar.apps.partner.models import StockRecord

from shop.ordering.models import StockBalance


@transaction.atomic
def set_stock(*, stockrecord: StockRecord, pool: str, on_hand: int) -> None:
    """Set the units of one pool of a stock record, and Oscar's mirror when it is the retail pool."""
    StockBalance.objects.update_or_create(stockrecord=stockrecord, pool=pool, defaults={"on_hand": on_hand})
    if pool == "retail":
        StockRecord.objects.filter(pk=stockrecord.pk).update(num_in_stock=on_hand, num_allocated=0)
