"""What a pack says of an order: read of all the apps that know it, nothing computed anew."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import DateField, F, Sum
from django.db.models.functions import Coalesce, TruncMonth

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.certificates.packs.rosters import Annex, Signing, sign_off_papers, signing_of
from shop.files.models import StoredFile
from shop.files.selectors import files_of
from shop.gateways.models import Payment
from shop.invoicing.selectors import Papers, papers_of_order
from shop.ledger.models import EntryKind, LedgerEntry, Stage
from shop.ordering.models import ChargeShare, LineShare, OrderRecord, Reduction, RefundRequest
from shop.ordering.status import RefundState
from shop.procurement import contracts
from shop.procurement.acceptance import PHOTO_OWNER
from shop.procurement.approval_models import Approval
from shop.procurement.chain import approvals_of
from shop.procurement.content import content_digest
from shop.procurement.contract_models import Contract
from shop.procurement.models import AcceptanceReport, PurchaseRequest, ReportState
from shop.procurement.quote_models import GatheredQuote
from shop.procurement.selectors import acceptance_reports, unit_orders
from shop.procurement.standing import LineStanding, standing_of
from shop.reporting.measures import MEASURES

#: What gives further PDFs of an order, an empty list where it has none.
ANNEXES: tuple[Callable[[OrderRecord], list[Annex]], ...] = (sign_off_papers,)


@dataclass(frozen=True)
class Signed:
    """A contract and its signed copies."""

    contract: Contract
    scans: list[StoredFile]


@dataclass(frozen=True)
class Accepted:
    """An acceptance report and its photos."""

    report: AcceptanceReport
    photos: list[StoredFile]


@dataclass(frozen=True)
class Booked:
    """What the ledger holds of an order, in fen: all that was paid less what went back, and what it confirms.

    `confirmed` is by region, programme and the month that it belongs to, as certificates count it.
    """

    net_fen: int = 0
    confirmed: Mapping[tuple[str, str, dt.date], int] = field(default_factory=dict)

    @property
    def confirmed_fen(self) -> int:
        """Return what is confirmed in all."""
        return sum(self.confirmed.values())


@dataclass(frozen=True)
class OrderFile:
    """Everything that is filed of one order. `people` are names by id; `is_unchanged`: reads as it was approved."""

    record: OrderRecord
    request: PurchaseRequest
    approvals: list[Approval]
    people: Mapping[int, str]
    is_unchanged: bool
    quotes: list[GatheredQuote]
    reasons: list[tuple[str, str]]
    lines: list[LineStanding]
    charges: list[ChargeShare]
    reductions: list[Reduction]
    contracts: list[Signed]
    reports: list[Accepted]
    papers: list[Papers]
    payments: list[Payment]
    refunds: list[RefundRequest]
    signing: Signing | None
    annexes: list[Annex]
    booked: Booked

    @property
    def net_fen(self) -> int:
        """Return what was paid less what went back."""
        return self.record.paid_fen - self.record.refunded_fen

    @property
    def invoiced_fen(self) -> int:
        """Return what the invoices come to less their credit invoices."""
        return sum(papers.net_fen for papers in self.papers)

    def suppliers(self) -> dict[int, str]:
        """Return the names of the suppliers by id, in the order of the goods."""
        return {line.supplier_id: line.supplier_name for line in self.lines}

    def due_of(self, supplier_id: int) -> int:
        """Return what a supplier's part comes to: goods and freight less reductions and executed refunds, in fen."""
        parts: list[LineShare | ChargeShare] = [*self.record.shares.all(), *self.charges]
        own = [part for part in parts if part.supplier_id == supplier_id]
        return sum(part.fen - part.reduced_fen - part.refunded_fen for part in own)

    def latest(self) -> dt.datetime:
        """Return the moment of the last thing that is filed: the same order gives the same pack."""
        record = self.record
        moments = [
            record.placed_at,
            record.paid_at,
            *(approval.approved_at for approval in self.approvals),
            *(signed.contract.made_at for signed in self.contracts),
            *(scan.uploaded_at for signed in self.contracts for scan in signed.scans),
            *(row.report.decided_at or row.report.reported_at for row in self.reports),
            *(photo.ready_at or photo.uploaded_at for row in self.reports for photo in row.photos),
            *(invoice.recorded_at for papers in self.papers for invoice in papers.invoices),
            *(file.uploaded_at for papers in self.papers for file in papers.files),
            *(payment.captured_at for payment in self.payments),
            *(refund.finished_at or refund.requested_at for refund in self.refunds),
        ]
        return max(moment for moment in moments if moment is not None)


def filed_orders(scope: Scope, numbers: Iterable[str]) -> list[OrderFile]:
    """Return what is to be filed of these orders of the scope's units, the oldest first. The same queries for each.

    Numbers of others are left out.
    """
    found = (
        unit_orders(scope)
        .filter(number__in=list(numbers))
        .prefetch_related("shares__line", "shares__supplier")
    )
    return [_filed(scope, record) for record in found.order_by("placed_at", "pk")]


def _filed(scope: Scope, record: OrderRecord) -> OrderFile:
    request = record.purchase_request
    approvals = approvals_of(request)
    reports = list(
        acceptance_reports(scope).filter(record=record).exclude(state=ReportState.WITHDRAWN).order_by("pk")
    )
    photos = files_of(PHOTO_OWNER, [report.number for report in reports])
    digests = {approval.digest for approval in approvals}
    reasoned = request.lines.exclude(gap_reason="").values_list("sku", "gap_reason")
    refunds = RefundRequest.objects.filter(record=record).exclude(state=RefundState.WITHDRAWN)
    return OrderFile(
        record=record,
        request=request,
        approvals=approvals,
        people=_people(request, approvals),
        is_unchanged=digests == {content_digest(request)},
        quotes=list(request.gathered_quotes.all()),
        reasons=list(reasoned),
        lines=standing_of(record),
        charges=list(record.charges.select_related("supplier").order_by("number")),
        reductions=list(record.reductions.order_by("at", "pk")),
        contracts=_contracts(record),
        reports=[Accepted(report, photos.get(report.number, [])) for report in reports],
        papers=papers_of_order(record),
        payments=list(
            record.payments.filter(applied_fen__gt=0)
            .select_related("attempt")
            .prefetch_related("attempt__bundles")
            .order_by("captured_at", "pk")
        ),
        refunds=list(refunds.prefetch_related("executions").order_by("requested_at", "pk")),
        signing=signing_of(record),
        annexes=[annex for given in ANNEXES for annex in given(record)],
        booked=_booked(record.number),
    )


def _people(request: PurchaseRequest, approvals: Sequence[Approval]) -> dict[int, str]:
    ids = {request.submitted_by_id, request.decided_by_id, *(one.approved_by for one in approvals)}
    found = User.objects.in_bulk([pk for pk in ids if pk is not None])
    return {pk: str(person) for pk, person in found.items()}


def _contracts(record: OrderRecord) -> list[Signed]:
    found = list(record.contracts.select_related("supplier", "record").order_by("pk"))
    scans = files_of(contracts.OWNER, [contract.number for contract in found])
    return [Signed(contract, scans.get(contract.number, [])) for contract in found]


def _booked(number: str) -> Booked:
    """Return what the ledger holds of an order. Two queries."""
    entries = LedgerEntry.objects.filter(order_number=number)
    paid = entries.exclude(kind=EntryKind.UNAPPLIED).exclude(stage=Stage.RECEIVABLE)
    confirmed = entries.filter(MEASURES["confirmed"].entries)
    groups = (
        confirmed.annotate(
            month_of_fen=TruncMonth(Coalesce("relates_to", "booked_on", output_field=DateField()))
        )
        .values_list("region", "programme", "month_of_fen")
        .annotate(total=Sum(F("fen")))
        .order_by("month_of_fen", "region", "programme")
    )
    found: dict[tuple[str, str, dt.date], int] = defaultdict(int)
    for region, programme, month, fen in groups:
        found[region, programme, month] += fen
    return Booked(
        paid.aggregate(total=Sum(F("fen")))["total"] or 0, {key: fen for key, fen in found.items() if fen}
    )
