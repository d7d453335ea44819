"""What must hold of money at any moment; each broken one is named (I3)."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from shop.gateways.bank_models import DifferenceKind, FileState, LineState, StatementFile, StatementLine
from shop.gateways.models import ExecutionState, Payment, RefundExecution
from shop.ordering.models import OrderRecord


def violations() -> list[str]:
    """Return a sentence for every broken invariant of the gateways; empty when all is well. Reads everything."""
    return [*_orders(), *_payments(), *_bank_lines()]


def _sum(rows: QuerySet[Payment] | QuerySet[RefundExecution], by: str, column: str) -> Coalesce:
    """Return the sum of a column over the rows that belong to the outer row."""
    mine = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Coalesce(Subquery(mine.annotate(total=Sum(column)).values("total")), Value(0))


def _orders() -> Iterator[str]:
    payments = Payment.objects.all()
    records = OrderRecord.objects.annotate(
        applied=_sum(payments, "record", "applied_fen"), back=_sum(payments, "record", "refunded_fen")
    )
    for row in records.exclude(paid_fen=F("applied")):
        yield f"I3 order {row}: paid {row.paid_fen}, applied of its payments {row.applied}"
    for row in records.filter(back__lt=F("refunded_fen")):
        yield f"I3 order {row}: refunded {row.refunded_fen}, sent back of its payments {row.back}"


def _payments() -> Iterator[str]:
    executed = RefundExecution.objects.filter(state=ExecutionState.EXECUTED)
    payments = Payment.objects.annotate(
        refunded=_sum(executed.filter(request__isnull=False), "payment", "fen"),
        returned=_sum(executed.filter(request__isnull=True), "payment", "fen"),
    )
    for row in payments.filter(~Q(refunded_fen=F("refunded")) | ~Q(returned_fen=F("returned"))):
        yield f"I3 payment {row.key}: executions of {row.refunded} + {row.returned} are not what it counts"
    moved = Payment.objects.annotate(parts_fen=_sum(Payment.objects.all(), "moved_from", "fen"))
    for source in moved.exclude(moved_fen=F("parts_fen")):
        yield f"I3 payment {source.key}: {source.moved_fen} moved, its parts are {source.parts_fen}"


def _bank_lines() -> Iterator[str]:
    """A line is what its payment or its execution is; one that fits nothing has an owner."""
    lines = StatementLine.objects.all()
    for row in lines.filter(payment__isnull=False).exclude(fen=F("payment__fen")):
        yield f"I3 bank line {row}: its payment has another amount"
    for row in lines.filter(execution__isnull=False).exclude(fen=F("execution__fen")):
        yield f"I3 bank line {row}: its transfer back has another amount"
    for row in lines.filter(state=LineState.DIFFERENCE, differences=None):
        yield f"I3 bank line {row}: a difference without an owner"
    unowned = Payment.objects.filter(
        record=None, fen__gt=F("applied_fen") + F("returned_fen") + F("moved_fen")
    )
    owned = Q(
        bank_lines__differences__kind=DifferenceKind.NO_ORDER, bank_lines__differences__resolved_at=None
    )
    for payment in unowned.filter(bank_lines__state=LineState.TAKEN).exclude(owned):
        yield f"I3 payment {payment.key}: money of a statement without an order has no owner"
    applied = (
        StatementFile.objects.defer("raw").filter(state=FileState.APPLIED).annotate(there=Count("lines"))
    )
    for file in applied.exclude(there=F("new")):
        yield f"I3 statement {file.pk}: {file.there} lines are there, {file.new} were entered"
