"""Many entries at once, for counting queries."""

import datetime as dt
import uuid

from shop.files.models import FileAccount, StoredFile
from shop.ledger.fact_models import Correction, EvidenceFact, KeyCollision, RegisteredKey
from shop.ledger.models import LedgerEntry
from tests.ledger.story import DIMS, at


def paid_orders(count: int, *, start: int = 0, order: str = "") -> None:
    """Write one paid line for each of so many orders, or of lines of one `order`, over 3 suppliers and 2 regions."""
    moment = at("2026-10-01")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            event_id=uuid.uuid4(),
            source_key=f"share:{order}{number}",
            kind="goods",
            stage="unshipped",
            payment_key=f"pay-{order}{number}",
            leg="apply",
            fen=100 + number,
            units=1,
            occurred_at=moment,
            booked_on=moment.date(),
            order_number=order or f"YS{number:06d}",
            line_number=number + 1 if order else 1,
            grade="B",
            eligibility="eligible",
            **DIMS
            | {
                "region": ("wangcang", "longquan")[number % 2],
                "programme": ("east-west", "mountain-sea")[number % 2],
                "supplier": f"S-{number % 3}",
            },
        )
        for number in range(start, start + count)
    )


def restated_orders(count: int, *, start: int = 0) -> None:
    """Let so many orders of October take out money that belongs to September."""
    entries = LedgerEntry.objects.filter(
        order_number__in=[f"YS{number:06d}" for number in range(start, start + count)], leg="apply"
    )
    taken = list(entries)
    for entry in taken:
        entry.pk, entry.event_id, entry.leg = None, uuid.uuid4(), "refund"
        entry.fen, entry.units, entry.relates_to = -1, 0, dt.date(2026, 9, 1)
    LedgerEntry.objects.bulk_create(taken)


def corrections(span: range) -> None:
    """Ask for corrections, each with a paper of its own."""
    moment = at("2026-10-02")
    FileAccount.objects.get_or_create(pk="corrections")
    files = StoredFile.objects.bulk_create(
        StoredFile(
            kind="document",
            owner_type="correction",
            owner_key=f"GZ-{number}",
            account_id="corrections",
            name="证明.pdf",
            content_type="application/pdf",
            size=1,
            digest="0" * 64,
            uploaded_at=moment,
            ready_at=moment,
            due_at=moment,
        )
        for number in span
    )
    Correction.objects.bulk_create(
        Correction(
            number=f"GZ-{number}",
            order_number=f"YS{number:06d}",
            source_key=f"share:{number}",
            title="木门绿茶",
            before={"mode": "assisted"},
            facts={"mode": "direct"},
            reason="audit",
            note="审计",
            attachment=file,
            requested_by=1,
            requested_at=moment,
        )
        for number, file in zip(span, files, strict=True)
    )


def collisions(span: range) -> None:
    """Let two parcels claim each of so many courier numbers."""
    moment = at("2026-10-02")
    keys = RegisteredKey.objects.bulk_create(
        RegisteredKey(kind="courier", value=f"EA{number}", owner=f"parcel:{number}", claimed_at=moment)
        for number in span
    )
    KeyCollision.objects.bulk_create(
        KeyCollision(key=key, owner=f"parcel:9{number}", seen_at=moment)
        for number, key in zip(span, keys, strict=True)
    )


def evidence(span: range) -> None:
    """Write down so many facts about one order."""
    EvidenceFact.objects.bulk_create(
        EvidenceFact(
            order_number="YS-EVIDENCE",
            kind="invoice",
            holds=True,
            reference=f"{number:020d}",
            recorded_by=1,
            recorded_at=at("2026-10-02"),
        )
        for number in span
    )
