"""About sixty demonstration orders, made through the services as people would make them.

Every step looks at what is there already, so a run that was killed is finished by the next one and a
second run changes nothing. The plan is the same on every machine; only its dates move with today.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from oscar.apps.basket.models import Basket

from shop.accounts.models import User
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder, SupplierOrderState
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt, TransferClaim, TransferState
from shop.gateways.providers import demo as demo_provider
from shop.ledger.periods import first_open_day
from shop.listings.models import Listing, ListingState
from shop.listings.strategy import ShopStrategy
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import PaymentState, PayMethod
from shop.outbox.relay import drain, expand
from worker.routes import ROUTES

#: A unit's requests of demo_unit make it about sixty.
COUNT = 56
SEED = 20260101
LEAST_STOCK = 30

NAMES = ("陈晓", "王海燕", "李建国", "沈佳", "俞敏", "来国强", "施文", "许琴", "韩立", "汪洁")
STREETS = ("北干街道", "城厢街道", "新塘街道", "蜀山街道", "宁围街道", "闻堰街道")


class Ending(StrEnum):
    """How far an order of the plan goes."""

    CONFIRMED = "confirmed"
    IN_TRANSIT = "in_transit"
    TO_SHIP = "to_ship"
    UNPAID = "unpaid"
    CANCELLED = "cancelled"
    REFUNDED_BEFORE = "refunded_before"
    REFUNDED_AFTER = "refunded_after"
    TRANSFER = "transfer"
    TRANSFER_PROPOSED = "transfer_proposed"


@dataclass(frozen=True)
class Plan:
    """One order of the demonstration."""

    number: int
    placed_at: dt.datetime
    ending: Ending
    as_guest: bool
    recipient: ordering.Recipient
    lines: tuple[tuple[int, int], ...]

    @property
    def mark(self) -> str:
        """The message to the suppliers; it says what the order is, and finds it again."""
        return f"演示订单 {self.number:02d}"


@dataclass(frozen=True)
class Cast:
    """Who acts in the demonstration."""

    resident: User
    teller: User
    reviewer: User


def plans(now: dt.datetime) -> list[Plan]:
    """Return the plan: older orders are complete, the last days show every state."""
    chance = random.Random(SEED)
    products = list(
        Listing.objects.filter(
            state=ListingState.PUBLISHED, product__stockrecords__num_in_stock__gte=LEAST_STOCK
        )
        .order_by("sku")
        .values_list("product_id", flat=True)
    )
    recent = [
        *[Ending.TO_SHIP] * 5,
        *[Ending.IN_TRANSIT] * 6,
        *[Ending.TRANSFER] * 3,
        Ending.TRANSFER_PROPOSED,
        *[Ending.UNPAID] * 2,
        *[Ending.CANCELLED] * 2,
        Ending.REFUNDED_BEFORE,
        *[Ending.REFUNDED_AFTER] * 2,
    ]
    endings = [Ending.CONFIRMED] * (COUNT - len(recent)) + recent
    days = _days_so_far(now)
    return [
        _plan(index, ending, now, days, chance, products) for index, ending in enumerate(endings, start=1)
    ]


def _plan(
    number: int,
    ending: Ending,
    now: dt.datetime,
    days: int,
    chance: random.Random,
    products: Sequence[int],
) -> Plan:
    quantities = [chance.choice((1, 1, 2, 3)) for _ in range(chance.choice((1, 2, 2, 3)))]
    picked = chance.sample(products, len(quantities))
    name, street, house = chance.choice(NAMES), chance.choice(STREETS), chance.randint(1, 300)
    return Plan(
        number=number,
        placed_at=now - dt.timedelta(hours=_age_hours(number, ending, days), minutes=chance.randint(0, 50)),
        ending=ending,
        as_guest=chance.random() < 0.5,
        recipient=ordering.Recipient(
            name=name,
            phone=f"1380000{chance.randint(0, 9999):04d}",
            province="浙江省",
            city="杭州市",
            county="萧山区",
            street=f"{street}示例路{house}号",
        ),
        lines=tuple(zip(picked, quantities, strict=True)),
    )


def _days_so_far(now: dt.datetime) -> int:
    """Return over how many days complete orders are spread: a fortnight at least, of the year's open months."""
    today = clock.local_date(now)
    year = max(40, today.timetuple().tm_yday - 2)
    return min(year, max(14, (today - first_open_day()).days))


def _age_hours(number: int, ending: Ending, days: int) -> int:
    """Spread complete orders over so many days (12 days ago and older), the others over the last days."""
    if ending in (Ending.CONFIRMED, Ending.REFUNDED_AFTER, Ending.TRANSFER):
        return 24 * 12 + 24 * (days - 12) * (COUNT - number) // COUNT
    ages = {Ending.IN_TRANSIT: 70, Ending.TO_SHIP: 30, Ending.UNPAID: 3, Ending.TRANSFER_PROPOSED: 20}
    return ages.get(ending, 50) + number % 5


def make(cast: Cast) -> Iterator[bool]:
    """Bring every order of the plan to its end; yields, order by order, whether anything was done."""
    known = {
        text: record
        for record in OrderRecord.objects.filter(demo=True)
        for text in record.messages.values()
        if text.startswith("演示订单")
    }
    for plan in plans(clock.now()):
        record = known.get(plan.mark)
        yield _advance(plan, record, cast)


def _advance(plan: Plan, record: OrderRecord | None, cast: Cast) -> bool:
    if record is None:
        with clock.set_to(plan.placed_at):
            record = _place(plan, cast)
    elif _is_at_its_end(plan, record):
        return False
    if plan.ending == Ending.CANCELLED:
        with later(record, minutes=10):
            gateways.close_order(record_id=record.pk, reason="buyer", actor_id=record.buyer_id)
        settle(record, minutes=11)
        return True
    if plan.ending == Ending.UNPAID:
        return True
    _pay(plan, record, cast)
    record.refresh_from_db()
    if record.payment_state == PaymentState.PAID:
        _fulfil(plan, record, cast)
    return True


def _is_at_its_end(plan: Plan, record: OrderRecord) -> bool:
    """Whether nothing is left to do; cheap, so that a second run is."""
    if record.payment_state == PaymentState.CLOSED:
        return True
    ends = {
        Ending.CONFIRMED: record.fulfilment_state == "received",
        Ending.TRANSFER: record.fulfilment_state == "received",
        Ending.IN_TRANSIT: record.fulfilment_state in ("shipped", "received"),
        Ending.TO_SHIP: record.payment_state == PaymentState.PAID and record.supplier_orders.exists(),
        Ending.UNPAID: True,
        Ending.TRANSFER_PROPOSED: TransferClaim.objects.filter(attempt__record=record).exists(),
    }
    return ends.get(plan.ending, record.refunded_fen > 0)


def _place(plan: Plan, cast: Cast) -> OrderRecord:
    by_transfer = plan.ending in (Ending.TRANSFER, Ending.TRANSFER_PROPOSED)
    return place(
        lines=plan.lines,
        recipient=plan.recipient,
        buyer=None if plan.as_guest else cast.resident,
        method=PayMethod.BANK_TRANSFER if by_transfer else PayMethod.DEMO,
        mark=plan.mark,
    )


def place(
    *,
    lines: Sequence[tuple[int, int]],
    recipient: ordering.Recipient,
    buyer: User | None,
    method: PayMethod,
    mark: str,
) -> OrderRecord:
    """Place a demonstration order of these products and quantities; a guest's, when nobody is signed in."""
    basket = Basket.objects.create()
    basket.strategy = ShopStrategy()
    listings = Listing.objects.filter(product__in=dict(lines)).select_related("product")
    for listing in listings.order_by("sku"):
        basket.add_product(listing.product, dict(lines)[listing.product_id])
    quote = ordering.quote_basket(basket=basket, province=recipient.province)
    return ordering.place_order(
        basket=basket,
        buyer=buyer,
        guest_phone="" if buyer else recipient.phone,
        recipient=recipient,
        method=method,
        messages={group.supplier_code: mark for group in quote.suppliers},
        invoice_wish={},
        quoted=quote,
        demo=True,
    ).record


def _pay(plan: Plan, record: OrderRecord, cast: Cast) -> None:
    """Pay by the demo provider, or by a transfer that two people confirm."""
    if record.payment_state == PaymentState.PAID:
        return
    with later(record, minutes=4):
        attempt = begin_to_pay(record, record.method)
    if record.method == PayMethod.BANK_TRANSFER:
        _transfer(plan, record, attempt, cast)
    settle(record, minutes=10)


def begin_to_pay(record: OrderRecord, method: str) -> PaymentAttempt:
    """Open a payment; play money is paid at once. What a killed run has paid in is told of once more."""
    started = gateways.start_payment(record=record, method=method)
    attempt = PaymentAttempt.objects.get(pk=started.attempt_id)
    if method == PayMethod.DEMO:
        demo_provider.choose(attempt.reference, demo_provider.Choice.SUCCEED)
        for notice in demo_provider.call_back(attempt.reference):
            gateways.receive_notice(provider=PayMethod.DEMO, raw=notice.raw, headers=notice.headers)
    return attempt


def _transfer(plan: Plan, record: OrderRecord, attempt: PaymentAttempt, cast: Cast) -> None:
    with later(record, hours=4):
        serial = f"DEMO{plan.number:06d}"
        claim = proposed(attempt, record, serial=serial, payer="演示付款单位", teller=cast.teller)
    if plan.ending == Ending.TRANSFER and claim.state == TransferState.PROPOSED:
        with later(record, hours=5):
            gateways.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.reviewer.pk)


def proposed(
    attempt: PaymentAttempt, record: OrderRecord, *, serial: str, payer: str, teller: User
) -> TransferClaim:
    """Return the line of the bank that pays all that is due, written down where it is not yet."""
    return attempt.claims.first() or gateways.propose_transfer(
        reference=attempt.reference,
        bank_serial=serial,
        booked_on=clock.today(),
        fen=record.due_fen,
        payer=payer,
        proposed_by=teller.pk,
    )


def _fulfil(plan: Plan, record: OrderRecord, cast: Cast) -> None:
    if plan.ending == Ending.TO_SHIP:
        return
    if plan.ending == Ending.REFUNDED_BEFORE:
        _refund(record, cast, hours=8)
        return
    _ship(plan, record)
    if plan.ending == Ending.IN_TRANSIT:
        return
    _sign_and_receive(record)
    if plan.ending == Ending.REFUNDED_AFTER:
        _refund(record, cast, hours=24 * 8)


def _ship(plan: Plan, record: OrderRecord) -> None:
    with later(record, hours=26):
        ship_all(record, lambda order: f"DEMO{plan.number:04d}{order.pk:06d}")
    settle(record, hours=27)


def ship_all(record: OrderRecord, tracking_number: Callable[[SupplierOrder], str]) -> int:
    """Ship what every supplier has left to ship, one parcel each; return how many."""
    waiting = SupplierOrder.objects.filter(record=record).exclude(
        state__in=[SupplierOrderState.SHIPPED, SupplierOrderState.CANCELLED]
    )
    parcels = [
        fulfilment.ship_parcel(
            scope=SYSTEM,
            supplier_order_id=order.pk,
            courier="邮政EMS",
            tracking_number=tracking_number(order),
            actor_id=None,
        )
        for order in waiting.select_related("supplier").order_by("supplier__code")
    ]
    return len(parcels)


def sign_all(record: OrderRecord) -> int:
    """Let the couriers deliver now every parcel of an order that is on its way; return how many."""
    on_their_way = Parcel.objects.filter(supplier_order__record=record, state=ParcelState.SHIPPED)
    parcels = list(on_their_way.order_by("pk"))
    for parcel in parcels:
        fulfilment.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=None)
    return len(parcels)


def _sign_and_receive(record: OrderRecord) -> None:
    with later(record, hours=24 * 4):
        sign_all(record)
    with later(record, hours=24 * 5):
        fulfilment.confirm_receipt(record_id=record.pk, actor_id=record.buyer_id)
    settle(record, hours=24 * 5 + 1)


def _refund(record: OrderRecord, cast: Cast, *, hours: int) -> None:
    """Refund the first unit of the first line."""
    with later(record, hours=hours):
        ask_for_unit(record)
        approve_wishes(record, cast.reviewer)
    settle(record, hours=hours + 1)


def ask_for_unit(record: OrderRecord) -> bool:
    """Ask back the first unit of the first line, as the buyer would; return whether that is new."""
    if RefundRequest.objects.filter(record=record).exists():
        return False
    share = record.shares.order_by("number").first()
    assert share is not None
    ordering.request_refund(
        record_id=record.pk,
        portions=[ordering.UnitsOf(share.pk, 1)],
        by_buyer=True,
        reason="演示退款",
        actor_id=record.buyer_id,
    )
    return True


def approve_wishes(record: OrderRecord, reviewer: User) -> int:
    """Let what buyers wish back go to execution; return how many wishes there were."""
    wishes = RefundRequest.objects.filter(record=record, approved_at=None, of_return="")
    return sum(ordering.approve_refund(request_id=wish.pk, actor_id=reviewer.pk) for wish in wishes)


def settle(record: OrderRecord, *, minutes: int = 0, hours: int = 0) -> None:
    """Let the worker's part happen: messages, then refunds, then the messages of those.

    Money that a killed run had paid in and not taken is found as the worker finds it.
    """
    with later(record, minutes=minutes, hours=hours):
        gateways.apply_waiting_notices()
        gateways.reconcile_attempts()
        do_workers_part()


def do_workers_part() -> None:
    """Deliver what waits, send refunds out, and deliver what these tell of."""
    expand(ROUTES)
    drain(ROUTES)
    if gateways.execute_refunds():
        drain(ROUTES)


def later(record: OrderRecord, *, minutes: int = 0, hours: int = 0) -> AbstractContextManager[None]:
    """Set the clock to a while after the order was placed, never past the present."""
    moment = record.placed_at + dt.timedelta(minutes=minutes, hours=hours)
    return clock.set_to(min(moment, clock.now()))
