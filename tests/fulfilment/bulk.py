"""Many orders at once, for counting queries: copies of one order, written in a few statements."""

import datetime as dt
from typing import TypeVar

from django.db import models
from oscar.apps.basket.models import Basket
from oscar.apps.order.models import Line, Order

from shop.fulfilment.models import Parcel, ParcelItem, SupplierOrder
from shop.ordering.models import LineShare, OrderRecord
from tests.factories import make_product, make_region, make_supplier, place_paid
from tests.fulfilment.cast import open_supplier_orders, ship

ModelT = TypeVar("ModelT", bound=models.Model)


def three_supplier_order() -> OrderRecord:
    """Return a paid order of three suppliers in two regions; each has shipped one of its two units."""
    regions = {"wangcang": "旺苍县", "longquan": "龙泉市"}
    places = (("bulk-one", "wangcang"), ("bulk-two", "wangcang"), ("bulk-three", "longquan"))
    lines = []
    for code, slug in places:
        supplier = make_supplier(
            code=code, name_zh=code, region=make_region(slug=slug, name_zh=regions[slug])
        )
        lines.append((make_product(supplier=supplier, sku=code, name_zh=code, stock=1000), 2))
    record = place_paid(lines=lines)
    open_supplier_orders(record)
    for order in record.supplier_orders.all():
        share = record.shares.get(supplier=order.supplier_id)
        ship(order, {share.pk: 1})
    return record


def copies(record: OrderRecord, count: int, *, start: int = 0) -> None:
    """Copy the order with all that fulfilment shows of it. Stock and money are not copied along."""
    for number in range(start, start + count):
        suffix = f"-{number:03d}"
        basket = Basket.objects.create(status=Basket.SUBMITTED)
        order = _copy(Order.objects.get(pk=record.order_id), number=record.number + suffix, basket=basket)
        fresh = _copy(OrderRecord.objects.get(pk=record.pk), number=order.number, order=order, basket=basket)
        for share in record.shares.select_related("line"):
            line = _copy(Line.objects.get(pk=share.line_id), order=order)
            supplier_order = SupplierOrder.objects.get(record=record, supplier=share.supplier_id)
            copied = _copy(LineShare.objects.get(pk=share.pk), record=fresh, line=line)
            opened = _copy(
                SupplierOrder.objects.get(pk=supplier_order.pk),
                record=fresh,
                opened_at=supplier_order.opened_at + dt.timedelta(seconds=number),
            )
            for parcel in supplier_order.parcels.all():
                sent = _copy(
                    Parcel.objects.get(pk=parcel.pk),
                    supplier_order=opened,
                    tracking_number=parcel.tracking_number + suffix,
                )
                ParcelItem.objects.create(parcel=sent, line=line, share=copied, units=1)


def _copy(row: ModelT, **changes: object) -> ModelT:
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return row
