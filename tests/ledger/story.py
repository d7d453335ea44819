"""Events of an order as the other apps would send them, posted straight into the ledger."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Sum

from shop.core.clock import SHANGHAI
from shop.gateways.models import Payment
from shop.ledger.models import LedgerEntry, Leg
from shop.ledger.services import post_event
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage, OutboxStream

DIMS = {
    "region": "wangcang",
    "township": "木门镇",
    "programme": "east-west",
    "supplier": "WC-01",
    "supplier_name": "木门茶业",
    "product": "WC-TEA-01",
    "product_name": "木门绿茶",
    "category": "tea",
    "certification": "",
    "buyer_kind": "resident",
    "credited_organisation": "",
    "mode": "assisted",
    "channel": "web",
    "demo": True,
    "rule_version": "1",
}


def at(text: str) -> dt.datetime:
    """Return a moment of Shanghai: "2026-09-30" is noon."""
    text = text if "T" in text else f"{text}T12:00:00"
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def share(key: int, fen: int, units: int, **changes: Any) -> dict[str, Any]:
    dims = DIMS | {name: changes.pop(name) for name in list(changes) if name in DIMS}
    return {
        "source_key": f"share:{key}",
        "number": key,
        "line_id": key,
        "line_number": key,
        "supplier": dims["supplier"],
        "units": units,
        "fen": fen,
        "ex_tax_fen": fen * 100 // 109,
        "eligibility": "eligible",
        "reason": "",
        "dims": dims,
    } | changes


def charge(key: int, fen: int, kind: str = "freight", **changes: Any) -> dict[str, Any]:
    return {
        "source_key": f"charge:{key}",
        "number": key,
        "kind": kind,
        "supplier": "WC-01",
        "fen": fen,
        "dims": DIMS | changes,
    }


@dataclass
class Story:
    """One order; every step is an outbox message and is posted unless `post` is None."""

    shares: list[dict[str, Any]]
    charges: list[dict[str, Any]] = field(default_factory=list)
    number: str = "YS20260930-AAAAAAAA"
    demo: bool = True
    by_acceptance: bool = False
    day: str = "2026-09-30"
    post: Callable[[Event], Any] | None = post_event
    last: Event | None = None
    told: list[Event] = field(default_factory=list)

    def tell(self, topic: str, payload: dict[str, Any], *, stream: str = "", day: str = "") -> Event:
        stream = stream or self.number
        message = OutboxMessage.objects.create(
            event_id=uuid.uuid4(),
            topic=topic,
            stream=stream,
            seq=OutboxMessage.objects.filter(stream=stream).count() + 1,
            payload=payload,
            occurred_at=at(day or self.day),
        )
        # Messages that the services write come after this one.
        OutboxStream.objects.update_or_create(pk=stream, defaults={"last_seq": message.seq})
        event = event_of(message)
        self.last = event
        if self.post is not None:
            self.post(event)
            # Nothing of it is on its way any more: what compares the books leaves nothing out.
            OutboxMessage.objects.filter(pk=message.pk).update(routed_at=message.occurred_at)
        self.told.append(event)
        return event

    def place(self) -> "Story":
        due = sum(item["fen"] for item in [*self.shares, *self.charges])
        payload = {"order": self.number, "record_id": 1, "due_fen": due, "demo": self.demo}
        payload["by_acceptance"] = self.by_acceptance
        self.tell("order.placed", payload | {"shares": self.shares, "charges": self.charges})
        return self

    def capture(
        self, key: str, fen: int, *, order: str | None = "", day: str = "", verified: bool = True
    ) -> None:
        Payment.objects.create(
            key=key, provider="demo", fen=fen, captured_at=at(day or self.day), demo=self.demo
        )
        payload = {"payment_key": key, "order": self.number if order == "" else order, "fen": fen}
        payload |= {"provider": "demo", "captured_at": self.day, "demo": self.demo, "verified": verified}
        self.tell("payment.captured", payload, stream=key, day=day)

    def pay(self, *payments: tuple[str, int], day: str = "", verified: bool = True) -> "Story":
        """Capture the payments and apply them; without one, a single payment of the whole."""
        due = sum(item["fen"] for item in [*self.shares, *self.charges])
        payments = payments or ((f"pay-{self.number}", due),)
        for key, fen in payments:
            self.capture(key, fen, day=day, verified=verified)
        return self.apply(*payments, day=day)

    def apply(self, *payments: tuple[str, int], day: str = "") -> "Story":
        items = [{"payment_key": key, "fen": fen, "captured_at": self.day} for key, fen in payments]
        payload = {"order": self.number, "payments": items, "demo": self.demo}
        payload["by_acceptance"] = self.by_acceptance
        self.tell("order.paid", payload | {"shares": self.shares, "charges": self.charges}, day=day)
        for key, fen in payments:
            Payment.objects.filter(key=key).update(applied_fen=fen)
        return self

    def parcel(self, step: str, parcel: int, *units: int, day: str = "") -> "Story":
        """`step`: shipped, signed or received; units of the shares in their order."""
        items = [
            {"source_key": item["source_key"], "units": count}
            for item, count in zip(self.shares, units, strict=False)
            if count
        ]
        payload = {"order": self.number, "parcel_id": f"{self.number}-{parcel}", "supplier": "WC-01"}
        self.tell(f"parcel.{step}", payload | {"items": items, "reason": "buyer"}, day=day)
        return self

    def reduce(self, key: int, units: int, fen: int) -> "Story":
        item = {"source_key": f"share:{key}", "units": units, "fen": fen}
        for row in self.shares:
            if row["source_key"] == item["source_key"]:
                left = row["fen"] - fen
                row["ex_tax_fen"] = row["ex_tax_fen"] * left // row["fen"] if row["fen"] else 0
                row["units"] -= units
                row["fen"] = left
        shares = [dict(row) for row in self.shares if row["source_key"] == item["source_key"]]
        payload = {"order": self.number, "due_fen": 0, "demo": self.demo, "items": [item], "shares": shares}
        self.tell("order.reduced", payload)
        return self

    def accept(self, report: str, *units: int, day: str = "") -> "Story":
        """Approve a report over units of the shares in their order."""
        named = [(row, count) for row, count in zip(self.shares, units, strict=False) if count]
        items = [{"source_key": row["source_key"], "units": count} for row, count in named]
        payload = {"order": self.number, "report": report, "demo": self.demo, "items": items}
        self.tell("order.accepted", payload | {"shares": [dict(row) for row, _ in named]}, day=day)
        return self

    def refund(self, step: str, refund: str, *items: dict[str, Any], day: str = "") -> "Story":
        """`step`: requested, executed or failed."""
        self.tell(f"refund.{step}", {"order": self.number, "refund": refund, "items": list(items)}, day=day)
        if step == "executed":
            for part in [part for item in items for part in item["parts"]]:
                payment = Payment.objects.filter(key=part["payment_key"])
                payment.update(refunded_fen=F("refunded_fen") + part["fen"])
        return self

    def dispute(self, step: str, case: str, *items: tuple[int, int], day: str = "") -> "Story":
        """`step`: opened or settled; items are (share, units)."""
        rows = [{"source_key": f"share:{key}", "units": units} for key, units in items]
        self.tell(f"dispute.{step}", {"order": self.number, "dispute": case, "items": rows}, day=day)
        return self

    def give_back(self, key: str, fen: int, day: str = "") -> None:
        self.tell("unapplied.returned", {"payment_key": key, "fen": fen}, stream=key, day=day)
        Payment.objects.filter(key=key).update(returned_fen=fen)


def event_of(message: OutboxMessage) -> Event:
    """Return a message as its handlers see it."""
    return Event(
        message.event_id,
        message.topic,
        1,
        message.stream,
        message.seq,
        message.payload,
        message.occurred_at,
    )


def item(key: str, units: int, fen: int, **parts: int) -> dict[str, Any]:
    """Return a refund item; parts by payment key, "_" standing for "-"."""
    paid = [{"payment_key": name.replace("_", "-"), "fen": part} for name, part in parts.items()]
    return {"source_key": key, "units": units, "fen": fen, "parts": paid}


def stages(key: str = "") -> dict[str, int]:
    """Return the fen of goods by stage, without empty ones."""
    entries = LedgerEntry.objects.filter(kind="goods")
    if key:
        entries = entries.filter(source_key=key)
    rows = entries.values_list("stage").annotate(total=Sum("fen")).order_by("stage")
    return {stage: total for stage, total in rows if total}


def units(key: str) -> dict[str, int]:
    """Return the units of a share by stage as its entries count them, without empty ones."""
    rows = LedgerEntry.objects.filter(source_key=key).values_list("stage").annotate(total=Sum("units"))
    return {stage: total for stage, total in rows.order_by("stage") if total}


def total(**filters: Any) -> int:
    return LedgerEntry.objects.filter(**filters).aggregate(total=Sum("fen"))["total"] or 0


def legs_of(event: Event | None) -> list[tuple[str, str, str, int, int]]:
    """Return (stage, payment, leg, fen, units) of an event's entries."""
    assert event is not None
    rows = LedgerEntry.objects.filter(event_id=event.event_id).order_by("source_key", "stage", "payment_key")
    return list(rows.values_list("stage", "payment_key", "leg", "fen", "units"))


__all__ = ["Leg", "Story", "at", "charge", "event_of", "item", "legs_of", "share", "stages", "total", "units"]
