"""What must hold of money at any moment; each broken one is named (I3)."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from shop.gateways.models import ExecutionState, Payment, RefundExecution
from shop.ordering.models import OrderRecord


def violations() -> list[str]:
    """Return a sentence for every broken invariant of the gateways; empty when all is well. Reads everything."""
    return [*_orders(), *_payments()]


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
