"""Many rows of procurement at once, for counting queries."""

import datetime as dt
from collections.abc import Sequence

from oscar.apps.catalogue.models import Product

from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.procurement.contract_models import Contract
from shop.procurement.rule_models import ReferencePrice
from shop.suppliers.models import Supplier


def reference_prices(span: range, goods: Sequence[Product]) -> None:
    """Write down what one product costs elsewhere, a day further back for each row."""
    ReferencePrice.objects.bulk_create(
        ReferencePrice(
            product=goods[0],
            fen=100 + number,
            source="周报",
            noted_on=clock.today() - dt.timedelta(days=number),
            set_by=1,
            set_at=clock.now(),
        )
        for number in span
    )


def contracts(span: range, records: Sequence[OrderRecord], supplier: Supplier) -> None:
    """Write down a contract with the supplier for each row, each of another order."""
    body = {"buyer": {"name": "工会"}, "seller": {"name": supplier.name_zh}}
    Contract.objects.bulk_create(
        Contract(
            number=f"HT{number:06d}",
            record=records[number],
            supplier=supplier,
            body=body,
            digest="x",
            total_fen=100,
            made_at=clock.now(),
        )
        for number in span
    )
