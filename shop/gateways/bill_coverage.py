"""Which stretches of time the bills of the channels cover, and what they should show there and do not."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from shop.core import clock
from shop.core.together import Asked
from shop.gateways.models import BillImport, BillLine, ExecutionState, Payment, RefundExecution
from shop.ordering.status import PayMethod

Span = tuple[dt.datetime, dt.datetime]

#: So long a movement may take to show in a bill; a file of a day is final, but clocks differ a little.
_GRACE = {PayMethod.STRIPE.value: dt.timedelta(days=1)}
_LITTLE = dt.timedelta(minutes=10)
#: After so many days a day with payments must have its bill; days older than the others are not looked at again.
PATIENCE_DAYS, LOOK_BACK_DAYS = 2, 62
#: The bank's own word comes line by line, with statements.
WITHOUT_BILL = (PayMethod.BANK_TRANSFER.value,)


def covered_spans() -> dict[str, list[Span]]:
    """Return, by provider, the stretches that whole readings and files cover together. One query."""
    return spans_asked().alone()


def spans_asked() -> Asked[dict[str, list[Span]]]:
    """Return the same to be asked together with something else."""
    finished = BillImport.objects.exclude(finished_at=None)
    return Asked((finished.values_list("provider", "since", "until"),), _joined)


def _joined(rows: Iterable[tuple[str, dt.datetime, dt.datetime]]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for provider, since, until in sorted(rows):
        found = spans.setdefault(provider, [])
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return spans


def _inside(column: str, prefix: str = "") -> Q:
    """Return the condition that a moment lies in what has been read of its channel's bill. One query."""
    # Without any reading nothing is covered.
    condition = Q(pk__in=[])
    for provider, spans in covered_spans().items():
        grace = _GRACE.get(provider, _LITTLE)
        for since, until in spans:
            condition |= Q(
                **{
                    f"{prefix}provider": provider,
                    f"{column}__gte": since,
                    f"{column}__lt": until - grace,
                }
            )
    return condition


def unsettled_lines() -> QuerySet[BillLine]:
    """Return the lines that do not agree with the books and that nobody has settled with a reason."""
    settled = Q(differences__kind="bill_line", differences__resolved_at__isnull=False)
    return BillLine.objects.exclude(difference="").exclude(settled)


def payments_not_shown() -> QuerySet[Payment]:
    """Return captured money that the bill of its channel should show and does not. One query and its own."""
    shown = BillLine.objects.exclude(payment=None).values("payment")
    return Payment.objects.filter(_inside("captured_at"), moved_from=None).exclude(pk__in=shown)


def refunds_not_shown() -> QuerySet[RefundExecution]:
    """Return money sent back that the bill of its channel should show and does not. One query and its own."""
    shown = BillLine.objects.exclude(execution=None).values("execution")
    executed = RefundExecution.objects.filter(
        _inside("finished_at", "payment__"), state=ExecutionState.EXECUTED
    )
    return executed.exclude(pk__in=shown)


def days_without_bill() -> dict[tuple[str, dt.date], int]:
    """Return, by provider and day, the fen captured on days whose bill is overdue. Two queries."""
    today = clock.today()
    first, last = (_start(today - dt.timedelta(days=days)) for days in (LOOK_BACK_DAYS, PATIENCE_DAYS))
    came_in = Payment.objects.filter(captured_at__gte=first, captured_at__lt=last, moved_from=None)
    days = (
        came_in.exclude(provider__in=WITHOUT_BILL)
        .annotate(day=TruncDate("captured_at", tzinfo=clock.SHANGHAI))
        .values_list("provider", "day")
        .annotate(total=Sum("fen"))
        .order_by("provider", "day")
    )
    spans = covered_spans()
    return {
        (provider, day): total
        for provider, day, total in days
        if not is_covered(spans.get(provider, []), day)
    }


def is_covered(spans: list[Span], day: dt.date) -> bool:
    """Return whether one stretch holds the whole day."""
    begins, ends = _start(day), _start(day + dt.timedelta(days=1))
    return any(since <= begins and ends <= until for since, until in spans)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.SHANGHAI)


def day_span(day: dt.date) -> Span:
    """Return the first moment of a day in Shanghai and of the next one."""
    return _start(day), _start(day + dt.timedelta(days=1))
