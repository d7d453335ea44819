"""A channel's bill comes in as a file of one day: archived as it is, its lines compared with payments and refunds."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.gateways.bank_models import DifferenceKind
from shop.gateways.bill_coverage import day_span
from shop.gateways.bill_models import BillFile, FeeRule
from shop.gateways.models import BillImport, BillLine
from shop.gateways.providers.base import BillRow
from shop.gateways.providers.bill_files import READERS, BillFault, ParsedBill
from shop.gateways.services.bill_differences import look_after_bills
from shop.gateways.services.bill_matching import compare_again, compare_line
from shop.gateways.services.bills import line_of
from shop.gateways.services.differences import open_difference
from shop.journal import services as journal

_BATCH = 500
#: What of a line a later bill may not say otherwise.
_SAID = ("kind", "settled_minor", "fee_minor", "source", "source_minor", "source_currency", "key")


class BillUnreadable(ShopError):
    """A bill of which some rows cannot be read; `faults` names each by row and column."""

    def __init__(self, faults: Sequence[BillFault]) -> None:
        super().__init__(
            _("Some rows cannot be read. Nothing was imported."), code="bill_unreadable", field="file"
        )
        self.faults = faults


def upload_bill(*, provider: str, day: dt.date, name: str, raw: bytes, uploaded_by: int) -> BillFile:
    """Archive a day's bill and compare its lines, all in one transaction. The same bytes again change nothing.

    Another file of the day adds its new lines; a line that it tells otherwise stays as it is and becomes a
    difference. Raises ShopError: future, other_bill (these bytes are another channel's or day's), TableError,
    BillUnreadable; nothing is kept then.
    """
    if day >= clock.today():
        raise ShopError(_("The bill of a day comes out when the day is over."), code="future", field="day")
    digest = hashlib.sha256(raw).hexdigest()
    known = _known(digest, provider, day)
    if known is not None:
        return known
    bill = READERS[provider](raw, day)
    if bill.faults:
        raise BillUnreadable(bill.faults)
    try:
        with transaction.atomic():
            file = _store(provider, day, name, raw, digest, bill, uploaded_by)
            faultpoint("gateways.bill_file.before_commit")
    except IntegrityError:
        # Somebody else uploaded the same bytes, or another file with the same new line, at this moment.
        return upload_bill(provider=provider, day=day, name=name, raw=raw, uploaded_by=uploaded_by)
    compare_again(provider)
    look_after_bills(owner_id=uploaded_by)
    return file


def _known(digest: str, provider: str, day: dt.date) -> BillFile | None:
    known = BillFile.objects.defer("raw").filter(digest=digest).first()
    if known is not None and (known.provider, known.day) != (provider, day):
        raise ShopError(
            _("This file was uploaded as the bill of %(channel)s of %(day)s.")
            % {"channel": known.get_provider_display(), "day": known.day},
            code="other_bill",
            field="file",
        )
    return known


def _store(
    provider: str, day: dt.date, name: str, raw: bytes, digest: str, bill: ParsedBill, uploaded_by: int
) -> BillFile:
    there = _lines_there(provider, bill)
    fresh = [row for row in bill.rows if row.line_id not in there]
    changed = [row for row in bill.rows if row.line_id in there and _otherwise(row, there[row.line_id])]
    since, until = day_span(day)
    now = clock.now()
    run = BillImport.objects.create(
        provider=provider,
        since=since,
        until=until,
        started_at=now,
        finished_at=now,
        pages=1,
        new_lines=len(fresh),
    )
    file = BillFile.objects.create(
        provider=provider,
        day=day,
        name=name[:120],
        digest=digest,
        raw=raw,
        run=run,
        rows=len(bill.rows),
        new=len(fresh),
        known=len(bill.rows) - len(fresh) - len(changed),
        changed=len(changed),
        paid_fen=bill.paid_fen,
        refunded_fen=bill.refunded_fen,
        fee_fen=bill.fee_fen,
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )
    lines = [line_of(provider, row, file=file) for row in fresh]
    BillLine.objects.bulk_create(lines, batch_size=_BATCH)
    for line in BillLine.objects.filter(file=file).order_by("occurred_at", "line_id"):
        compare_line(line)
    _note_changed(changed, there, digest, uploaded_by)
    journal.record(
        actor_id=uploaded_by,
        action="bill.uploaded",
        object_type="bill_file",
        object_key=str(file.pk),
        after={"provider": provider, "day": f"{day}", "digest": digest, "new": len(fresh)},
    )
    return file


def _lines_there(provider: str, bill: ParsedBill) -> dict[str, BillLine]:
    there: dict[str, BillLine] = {}
    ids = [row.line_id for row in bill.rows]
    for start in range(0, len(ids), _BATCH):
        found = BillLine.objects.filter(provider=provider, line_id__in=ids[start : start + _BATCH])
        there |= {line.line_id: line for line in found}
    return there


def _otherwise(row: BillRow, line: BillLine) -> bool:
    return any(str(getattr(row, name)) != str(getattr(line, name)) for name in _SAID)


def _note_changed(changed: Sequence[BillRow], there: dict[str, BillLine], digest: str, owner_id: int) -> None:
    for row in changed:
        line = there[row.line_id]
        open_difference(
            kind=DifferenceKind.BILL_CHANGED,
            key=f"bill-changed:{line.pk}:{digest[:16]}",
            fen=abs(line.source_minor),
            owner_id=owner_id,
            bill_line=line,
            payment=line.payment,
            execution=line.execution,
            detail=f"{line.line_id}: {line.source_minor} → {row.source_minor}",
        )


def set_fee_rule(*, provider: str, starts_on: dt.date, millionths: int, set_by: int) -> FeeRule:
    """Say what a channel takes of payments from a day on; lines that come later are compared with it.

    The same day again changes the rule of that day. Raises ShopError (code fee) outside 0 to 100 %.
    """
    if not 0 <= millionths < 1_000_000:
        raise ShopError(_("A fee is between 0 and 100 percent."), code="fee", field="percent")
    with transaction.atomic():
        rule, _made = FeeRule.objects.update_or_create(
            provider=provider,
            starts_on=starts_on,
            defaults={"millionths": millionths, "set_by": set_by, "set_at": clock.now()},
        )
        journal.record(
            actor_id=set_by,
            action="fee_rule.set",
            object_type="fee_rule",
            object_key=f"{provider} {starts_on}",
            after={"millionths": millionths},
        )
    return rule
