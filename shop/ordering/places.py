"""The places where goods stand."""

from django.db import transaction

from shop.journal.upsert import Change, upsert_journalled
from shop.ordering.stock_models import StockLocation
from shop.suppliers.models import Supplier


@transaction.atomic
def save_location(*, code: str, name: str, supplier: Supplier | None, actor_id: int) -> Change:
    """Keep a place under its code; journalled. The same call again changes nothing."""
    return upsert_journalled(
        model=StockLocation,
        key={"code": code},
        values={"name": name, "supplier": supplier},
        actor_id=actor_id,
        object_key=code,
    ).change
