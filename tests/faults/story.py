"""Two orders from the basket to their end, told so that it can be told again from any point.

Every act is what a person or the worker does, and looks at what stands: somebody whose click got no answer
clicks again. `ending` says where everything stands, without numbers and times that differ from run to run.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Sum
from oscar.apps.basket.models import Basket

from shop.accounts.scope import SYSTEM
from shop.core.exceptions import ShopError
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import Parcel
from shop.gateways import services as gateways
from shop.gateways.models import HostedPayment, Payment, PaymentAttempt, RefundExecution
from shop.gateways.providers import demo
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.listings.models import ProductPicture
from shop.notifications.models import BuyerNotice, MailboxMessage, SupplierNotice
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxDelivery, OutboxMessage
from shop.settlement.models import SupplierAccount
from tests.factories import (
    make_basket,
    make_hold_rules,
    make_product,
    make_region,
    make_supplier,
    place_basket,
)
from worker.loop import Loop
from worker.routes import ROUTES
from worker.schedule import JOBS

#: When the story begins; each new try begins a little later, when the leases of a dead worker have ended.
START = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
PAUSE = dt.timedelta(minutes=6)


@dataclass(frozen=True)
class World:
    """Two filled baskets with the quotes their buyers saw: one will be bought, the other regretted."""

    sale: int
    sale_digest: str
    regret: int
    regret_digest: str


def set_up() -> World:
    """Put goods of two suppliers of two regions on sale, fill the baskets, leave a picture to be drawn."""
    make_hold_rules()
    tea_co = make_supplier(code="tea-co", name_zh="木门茶业", region=make_region())
    pear_co = make_supplier(
        code="pear-co", name_zh="龙泉果业", region=make_region(slug="longquan", name_zh="龙泉市")
    )
    tea = make_product(supplier=tea_co, sku="tea", price_fen=3333, stock=10, freight_free=False)
    pears = make_product(supplier=pear_co, sku="pears", name_zh="翠冠梨", price_fen=2500, stock=10)
    ProductPicture.objects.create(product=tea, key="story-picture")
    sale, regret = make_basket(lines=[(tea, 3), (pears, 2)]), make_basket(lines=[(pears, 1)])
    digests = [ordering.quote_basket(basket=basket, province="浙江省").digest for basket in (sale, regret)]
    return World(sale.pk, digests[0], regret.pk, digests[1])


def play(world: World) -> None:
    """Do everything that has not been done yet."""
    sale = _place(world.sale, world.sale_digest)
    regret = _place(world.regret, world.regret_digest)
    _pay(sale)
    gateways.close_order(record_id=regret.pk, reason="buyer", actor_id=None)
    work()
    for order in sale.supplier_orders.order_by("supplier__code"):
        if order.state not in ("shipped", "cancelled"):
            fulfilment.ship_parcel(
                scope=SYSTEM,
                supplier_order_id=order.pk,
                courier="邮政EMS",
                tracking_number=f"EMS{order.pk:06d}",
                actor_id=None,
            )
    work()
    first = Parcel.objects.order_by("pk")[0]
    fulfilment.record_signed(parcel_id=first.pk, signed_at=first.shipped_at, actor_id=None)
    fulfilment.confirm_receipt(record_id=sale.pk, actor_id=None)
    work()
    if not sale.refunds.exists():
        share = sale.shares.get(dims__product="tea")
        ordering.request_refund(
            record_id=sale.pk, portions=[ordering.UnitsOf(share.pk, 1)], reason="坏果", actor_id=None
        )
    work()
    work()


def work() -> None:
    """Do what `runworker --once` does."""
    Loop(routes=ROUTES, jobs=JOBS).run_once()


def _place(basket_id: int, digest: str) -> OrderRecord:
    return place_basket(Basket.objects.get(pk=basket_id), quoted=digest).record


def _pay(record: OrderRecord) -> None:
    """Go to the hosted page and pay. A callback that was lost is found by the worker's reconciliation."""
    try:
        gateways.start_payment(record=record, method="demo")
    except ShopError:
        return  # It is paid already.
    attempt = PaymentAttempt.objects.get(record=record, state="open")
    for notice in demo.choose(attempt.reference, demo.Choice.SUCCEED):
        gateways.receive_notice(provider="demo", raw=notice.raw, headers=notice.headers)


def ending(world: World) -> dict[str, Any]:
    """Return where everything stands."""
    records = {record.basket_id: record for record in OrderRecord.objects.all()}
    entries = LedgerEntry.objects.values_list("kind", "stage", "region").annotate(total=Sum("fen"))
    return {
        "orders": {
            name: _columns(
                records[basket],
                "payment_state",
                "release_state",
                "fulfilment_state",
                "due_fen",
                "paid_fen",
                "refunded_fen",
                "attention",
            )
            for name, basket in (("sale", world.sale), ("regret", world.regret))
        },
        "baskets": len(records),
        "stock": set(StockBalance.objects.values_list("stockrecord__partner_sku", "on_hand", "allocated")),
        "payments": list(Payment.objects.values_list("fen", "applied_fen", "refunded_fen", "returned_fen")),
        "provider": [
            (payment.outcome, payment.amount_fen, list(payment.refunds.values()))
            for payment in HostedPayment.objects.all()
        ],
        "executions": list(RefundExecution.objects.values_list("state", "fen")),
        "parcels": list(Parcel.objects.order_by("pk").values_list("state", "received_reason")),
        "entries": LedgerEntry.objects.count(),
        "ledger": {row for row in entries.order_by("kind", "stage", "region") if row[3]},
        "owed": set(SupplierAccount.objects.values_list("supplier", "collected_fen", "payable_fen")),
        "messages": _count(OutboxMessage, "topic"),
        "deliveries": _count(OutboxDelivery, "state"),
        "notices": _count(SupplierNotice, "kind", "state") | _count(BuyerNotice, "kind", "state"),
        "mailbox": MailboxMessage.objects.count(),
        "journal": _count(JournalEntry, "action"),
        "pictures": ProductPicture.objects.exclude(ready_at=None).count(),
    }


def _columns(row: Model, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def _count(model: type[Model], *names: str) -> dict[str, int]:
    rows = model._default_manager.values_list(*names)
    return dict(Counter("/".join(row) for row in rows))
