"""What each event does to the shares of an order; nothing is written here."""

from collections.abc import Callable
from typing import Any

from shop.core import clock
from shop.outbox.events import Event
from shop.settlement.book import OrderBook, subsidy_key
from shop.settlement.exceptions import SettlementError
from shop.settlement.models import Kind, Standing
from shop.settlement.standing import CONFIRMED, IN_TRANSIT, RECEIVED, UNSHIPPED, Pot
from shop.settlement.terms import rate_card

_NAME_LENGTH = 80


def track_placed(book: OrderBook, event: Event) -> None:
    """Know the shares and which commission was agreed for them on this day; no fen yet."""
    payload, rates = event.payload, rate_card(clock.local_date(event.occurred_at))
    for item in payload["shares"]:
        dims = item["dims"]
        row = Standing(
            source_key=item["source_key"],
            order_number=payload["order"],
            supplier=str(dims["supplier"]),
            demo=payload["demo"],
            kind=Kind.GOODS,
            by_acceptance=bool(payload.get("by_acceptance")),
            units=item["units"],
            rate_bp=rates.of(supplier=str(dims["supplier"]), category=str(dims.get("category") or "")),
            line_number=item.get("line_number") or 0,
            product=str(dims.get("product") or ""),
            product_name=str(dims.get("product_name") or "")[:_NAME_LENGTH],
        )
        book.know(row)
        book.shares[row.source_key].pots[UNSHIPPED] = Pot(units=item["units"])


def pay(book: OrderBook, event: Event) -> None:
    """Goods and freight of the suppliers are collected; fees and donations are not theirs.

    Where the shop bears a coupon it adds what that took off; this follows the goods.
    """
    for item in event.payload["shares"]:
        book.share(item["source_key"]).pay(item["units"], item["fen"])
        if item.get("subsidy_fen"):
            book.know(_subsidy(book.rows[item["source_key"]], item["subsidy_fen"]))
    for item in event.payload["charges"]:
        if item["kind"] != Kind.FREIGHT or not item["supplier"] or not item["fen"]:
            continue
        book.know(
            Standing(
                source_key=item["source_key"],
                order_number=book.number,
                supplier=str(item["supplier"]),
                demo=event.payload["demo"],
                kind=Kind.FREIGHT,
                is_paid=True,
                paid_fen=item["fen"],
                pots={"freight": [0, item["fen"]]},
            )
        )


def _subsidy(share: Standing, fen: int) -> Standing:
    return Standing(
        source_key=subsidy_key(share.source_key),
        order_number=share.order_number,
        supplier=share.supplier,
        demo=share.demo,
        kind=Kind.SUBSIDY,
        is_paid=True,
        paid_fen=fen,
        line_number=share.line_number,
        product=share.product,
        product_name=share.product_name,
    )


def reduce(book: OrderBook, event: Event) -> None:
    """Units leave an order before it is paid."""
    for item in event.payload["items"]:
        if item.get("units"):
            book.share(item["source_key"]).reduce(item["units"])


def accept(book: OrderBook, event: Event) -> None:
    """An organisation's report confirms units."""
    for item in event.payload["items"]:
        book.share(item["source_key"]).accept(item["units"])


def parcels_in(payload: dict[str, Any]) -> list[str]:
    """Return the parcels that an event tells of: one, or all of a list whose sums its items are; none of others."""
    if "parcel_ids" in payload:
        return [str(pk) for pk in payload["parcel_ids"]]
    return [str(payload["parcel_id"])] if "parcel_id" in payload else []


def ship(book: OrderBook, event: Event) -> None:
    """Goods left the supplier, in one parcel or in many."""
    parcels = parcels_in(event.payload)
    for parcel in parcels:
        if parcel in book.parcels:
            raise SettlementError(f"parcel {parcel} was shipped before")
    _advance(book, event.payload, parcels, UNSHIPPED, IN_TRANSIT)


def sign(book: OrderBook, event: Event) -> None:
    """Goods were signed for; news that comes after the receipt moves nothing."""
    parcels = parcels_in(event.payload)
    if _stage(book, parcels) == IN_TRANSIT:
        _advance(book, event.payload, parcels, IN_TRANSIT, RECEIVED)


def receive(book: OrderBook, event: Event) -> None:
    """A resident's receipt confirms; an organisation's waits for the report."""
    payload = event.payload
    parcels = parcels_in(payload)
    waits = any(book.share(item["source_key"]).by_acceptance for item in payload["items"])
    start, end = _stage(book, parcels), RECEIVED if waits else CONFIRMED
    if start not in (end, CONFIRMED):
        _advance(book, payload, parcels, start, end)


def _stage(book: OrderBook, parcels: list[str]) -> str:
    for parcel in parcels:
        if parcel not in book.parcels:
            raise SettlementError(f"parcel {parcel} was never shipped")
    stages = {book.parcels[parcel] for parcel in parcels}
    if len(stages) > 1:
        raise SettlementError(f"parcels of one event stand in {sorted(stages)}")
    return stages.pop()


def _advance(book: OrderBook, payload: dict[str, Any], parcels: list[str], start: str, end: str) -> None:
    for item in payload["items"]:
        book.share(item["source_key"]).advance(start, end, item["units"])
    book.parcels |= dict.fromkeys(parcels, end)


def ask_refund(book: OrderBook, event: Event) -> None:
    """Goods of a refund request are held; freight only falls when it is executed."""
    for item in event.payload["items"]:
        if item["source_key"] in book.shares:
            share = book.shares[item["source_key"]]
            share.ask_refund(event.payload["refund"], item.get("units") or 0, item["fen"])


def fail_refund(book: OrderBook, event: Event) -> None:
    """Nothing comes of a refund: its goods go back to where they stand by now."""
    for item in event.payload["items"]:
        if item["source_key"] in book.shares:
            book.shares[item["source_key"]].fail_refund(event.payload["refund"])


def execute_refund(book: OrderBook, event: Event) -> None:
    """The money has gone back to the buyer."""
    for item in event.payload["items"]:
        key = item["source_key"]
        if key in book.shares:
            book.shares[key].execute_refund(event.payload["refund"], item["fen"])
        elif key in book.freights:
            book.freights[key].refund(item["fen"])


def dispute(book: OrderBook, event: Event) -> None:
    """A replacement is asked for: its goods are not owed before it is there."""
    for item in event.payload["items"]:
        book.share(item["source_key"]).dispute(event.payload["dispute"], item["units"])


def settle_dispute(book: OrderBook, event: Event) -> None:
    """The replacement is there, or nothing comes of the case."""
    for item in event.payload["items"]:
        book.share(item["source_key"]).settle(event.payload["dispute"])


Take = Callable[[OrderBook, Event], None]
TAKES: dict[str, Take] = {
    "order.placed": track_placed,
    "order.reduced": reduce,
    "order.paid": pay,
    "order.accepted": accept,
    "parcel.shipped": ship,
    "parcel.signed": sign,
    "parcel.received": receive,
    "parcels.shipped": ship,
    "parcels.received": receive,
    "refund.requested": ask_refund,
    "refund.executed": execute_refund,
    "refund.failed": fail_refund,
    "dispute.opened": dispute,
    "dispute.settled": settle_dispute,
}
TOPICS = tuple(TAKES)
