"""Baskets and orders."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from oscar.apps.basket.models import Basket
from oscar.apps.catalogue.models import Product

from shop.accounts.models import User
from shop.buyers.models import Organisation
from shop.buyers.selectors import buying_unit
from shop.core import clock, fen
from shop.ordering.models import OrderRecord
from shop.ordering.payment import Applied, OfferedPayment, mark_order_paid
from shop.ordering.placing import PlacedOrder, place_order
from shop.ordering.quotes import quote_basket
from shop.ordering.recipients import Recipient
from shop.ordering.status import PayMethod
from shop.ordering.stock_models import HoldRule
from tests.factories.people import make_user
from tests.factories.places import LONG_AGO

RECIPIENT = Recipient(
    name="王芳",
    phone="13800000001",
    province="浙江省",
    city="杭州市",
    county="萧山区",
    street="市心中路1号",
)
Lines = Sequence[tuple[Product, int]]


def make_hold_rules() -> None:
    """Hold stock 40 minutes for the demo payment and 3 working days for a bank transfer."""
    for method, length in ((PayMethod.DEMO, {"minutes": 40}), (PayMethod.BANK_TRANSFER, {"working_days": 3})):
        HoldRule.objects.get_or_create(method=method, pool="retail", starts_on=LONG_AGO, defaults=length)


def make_basket(*, lines: Lines = (), owner: User | None = None) -> Basket:
    """Return an open basket with a line per product and quantity; the same product twice gives two lines."""
    basket = Basket.objects.create(owner=owner)
    for number, (product, quantity) in enumerate(lines):
        stockrecord = product.stockrecords.get()
        basket.lines.create(
            line_reference=f"{product.pk}_{stockrecord.pk}_{number}",
            product=product,
            stockrecord=stockrecord,
            quantity=quantity,
            price_currency="CNY",
            price_incl_tax=fen.to_yuan(product.listing.price_fen),
        )
    return basket


def place_basket(
    basket: Basket,
    *,
    buyer: User | None = None,
    recipient: Recipient = RECIPIENT,
    method: PayMethod | str = PayMethod.DEMO,
    **fields: Any,
) -> PlacedOrder:
    """Place the basket as its buyer would, at the present quote; a guest when no buyer is given."""
    quoted = fields.pop("quoted", None) or quote_basket(
        basket=basket, province=recipient.province, pool=fields.get("pool", "retail")
    )
    return place_order(
        basket=basket,
        buyer=buyer,
        guest_phone="" if buyer else "13800000099",
        recipient=recipient,
        method=PayMethod(method),
        messages=fields.pop("messages", {}),
        invoice_wish=fields.pop("invoice_wish", {}),
        quoted=quoted,
        demo=fields.pop("demo", True),
        **fields,
    )


def place(*, lines: Lines, buyer: User | None = None, **fields: Any) -> OrderRecord:
    """Return an unpaid order of these products and quantities."""
    make_hold_rules()
    return place_basket(make_basket(lines=lines, owner=buyer), buyer=buyer, **fields).record


def pay(
    record: OrderRecord, *, amount_fen: int | None = None, key: str = "", at: dt.datetime | None = None
) -> Applied:
    """Offer money to the order as gateways does (the amount due unless given) and refresh the record.

    No Payment row is written.
    """
    record.refresh_from_db()
    applied = mark_order_paid(
        record_id=record.pk,
        payments=[
            OfferedPayment(
                key or f"demo:{record.number}",
                record.due_fen if amount_fen is None else amount_fen,
                at or clock.now(),
            )
        ],
    )
    record.refresh_from_db()
    return applied


def place_union(
    *, lines: Lines, organisation: Organisation, method: PayMethod | str = PayMethod.TERMS, **fields: Any
) -> OrderRecord:
    """Return an organisation's unpaid order out of the bulk pool, as an approval places it."""
    unit = buying_unit(organisation)
    buyer = fields.pop("buyer", None) or make_user(phone="+8613800000003", name="周工会")
    return place(lines=lines, buyer=buyer, method=method, unit=unit, pool="bulk", channel="bulk", **fields)


def place_paid(*, lines: Lines, buyer: User | None = None, **fields: Any) -> OrderRecord:
    """Return an order that is paid and released."""
    record = place(lines=lines, buyer=buyer, **fields)
    pay(record)
    return record
