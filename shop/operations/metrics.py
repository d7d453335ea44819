"""What /metrics tells: counts of this server's requests, and the state of the shop as the database has it.

Nothing here names an order, a person or an address; labels are views, handlers, states and names of jobs.
"""

import datetime as dt
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.measures import process_registry
from shop.fulfilment.selectors import parcels_in_trouble
from shop.fulfilment.tracking_models import TrackingPush, TrackingWatch
from shop.gateways.models import (
    AttemptState,
    ExecutionState,
    Payment,
    PaymentAttempt,
    PaymentNotice,
    RefundExecution,
)
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.operations.restores import is_catching_up
from shop.ordering.models import OrderRecord
from shop.outbox.selectors import backlog

#: When each job was last begun, by its name. The worker, which the shop does not know, sets it.
JobTimes = Callable[[], Mapping[str, dt.datetime]]
_LOOPBACK = ("127.0.0.1", "::1")
#: Set by every proxy in front: what comes through one does not come from this machine.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")
#: Some job is due every half minute; when none was begun for so long, nobody works.
WORKER_SILENT = dt.timedelta(seconds=90)


def _no_jobs() -> Mapping[str, dt.datetime]:
    return {}


_job_times: JobTimes = _no_jobs


def set_job_times(source: JobTimes) -> None:
    """Say where the times of the jobs are read; the worker's AppConfig calls this."""
    global _job_times  # noqa: PLW0603 - a port has one adapter per process
    _job_times = source


def may_read(request: HttpRequest) -> bool:
    """Say whether somebody may read the metrics: who shows METRICS_TOKEN, or who asks from this machine itself."""
    token = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        return True
    direct = not any(name in request.headers for name in _FORWARDED)
    return direct and request.META.get("REMOTE_ADDR") in _LOOPBACK


def exposition() -> bytes:
    """Return everything in the text format of Prometheus. A constant number of queries."""
    own = CollectorRegistry()
    own.register(_Shop())
    return generate_latest(process_registry()) + generate_latest(own)


class _Shop:
    """Reads the state of the shop at the moment when it is asked."""

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        now = clock.now()
        yield from _outbox(now)
        yield from _orders()
        yield from _payments(now)
        yield from _notices(now)
        yield from _parcels()
        yield from _workers(now)
        yield _gauge("shop_catching_up", "1 while a restored shop sends nothing", int(is_catching_up()))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age(now: dt.datetime, since: dt.datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _outbox(now: dt.datetime) -> Iterator[Metric]:
    found = backlog()
    yield _gauge("shop_outbox_new", "Messages that no worker has looked at", found.new)
    yield _gauge("shop_outbox_oldest_seconds", "Age of the oldest on its way", _age(now, found.oldest_at))
    pending = GaugeMetricFamily("shop_outbox_pending", "Deliveries on their way", labels=["handler"])
    dead = GaugeMetricFamily("shop_outbox_dead", "Deliveries given up", labels=["handler"])
    age = GaugeMetricFamily("shop_outbox_handler_oldest_seconds", "Age of the oldest", labels=["handler"])
    for each in found.handlers:
        pending.add_metric([each.handler], each.pending)
        dead.add_metric([each.handler], each.dead)
        age.add_metric([each.handler], _age(now, each.oldest_at))
    yield from (pending, dead, age)


def _orders() -> Iterator[Metric]:
    counted = OrderRecord.objects.aggregate(
        placed=Count("pk"),
        paid=Count("pk", filter=Q(paid_at__isnull=False)),
        attention=Count("pk", filter=~Q(attention="")),
    )
    yield CounterMetricFamily(
        "shop_orders_placed", "Orders placed since the beginning", value=counted["placed"]
    )
    yield CounterMetricFamily("shop_orders_paid", "Orders paid since the beginning", value=counted["paid"])
    yield _gauge("shop_orders_attention", "Orders that need a person", counted["attention"])


def _payments(now: dt.datetime) -> Iterator[Metric]:
    open_states = (AttemptState.CREATED, AttemptState.OPEN)
    attempts = PaymentAttempt.objects.filter(state__in=open_states)
    yield from _waiting(now, "shop_payments_waiting", "Payments begun and not known", attempts, "created_at")
    notices = PaymentNotice.objects.filter(applied_at=None, checked_at=None)
    yield from _waiting(
        now, "shop_payment_notices_waiting", "Notices of providers not applied", notices, "received_at"
    )
    refunds = RefundExecution.objects.filter(state__in=(ExecutionState.CREATED, ExecutionState.SENT))
    yield from _waiting(now, "shop_refunds_waiting", "Refunds on their way", refunds, "created_at")
    rest = F("fen") - F("applied_fen") - F("returned_fen") - F("moved_fen")
    unapplied = Payment.objects.aggregate(fen=Sum(rest))["fen"] or 0
    yield _gauge("shop_unapplied_fen", "Money that belongs to no order, in fen", unapplied)


def _waiting(now: dt.datetime, name: str, text: str, rows: "QuerySet[Any]", column: str) -> Iterator[Metric]:
    found = rows.aggregate(count=Count("pk"), oldest=Min(column))
    yield _gauge(name, text, found["count"])
    yield _gauge(f"{name}_oldest_seconds", f"{text}: age of the oldest", _age(now, found["oldest"]))


def _notices(now: dt.datetime) -> Iterator[Metric]:
    states = GaugeMetricFamily("shop_notices", "Notices that were not sent yet", labels=["receiver", "state"])
    age = GaugeMetricFamily("shop_notices_due_seconds", "For how long one is overdue", labels=["receiver"])
    for receiver, model in (("supplier", SupplierNotice), ("buyer", BuyerNotice)):
        found = model._default_manager.aggregate(
            pending=Count("pk", filter=Q(state="pending")),
            dead=Count("pk", filter=Q(state="dead")),
            due=Min("due_at", filter=Q(state="pending")),
        )
        for state in ("pending", "dead"):
            states.add_metric([receiver, state], found[state])
        age.add_metric([receiver], _age(now, found["due"]))
    yield from (states, age)


def _parcels() -> Iterator[Metric]:
    watches = GaugeMetricFamily("shop_tracking_watches", "Courier numbers by state", labels=["state"])
    for state, count in TrackingWatch.objects.values_list("state").annotate(n=Count("pk")).order_by("state"):
        watches.add_metric([state], count)
    yield watches
    waiting = TrackingPush.objects.filter(applied_at=None).count()
    yield _gauge("shop_tracking_pushes_waiting", "Pushes stored and not applied", waiting)
    yield _gauge("shop_parcels_in_trouble", "Parcels that need a person", parcels_in_trouble(SYSTEM).count())


def _workers(now: dt.datetime) -> Iterator[Metric]:
    times = _job_times()
    ages = GaugeMetricFamily("shop_job_age_seconds", "Since a job was last begun", labels=["job"])
    for name, begun in sorted(times.items()):
        ages.add_metric([name], _age(now, begun))
    yield ages
    last = max(times.values(), default=None)
    up = last is not None and now - last <= WORKER_SILENT
    yield _gauge("shop_worker_up", "1 while some job was begun of late", int(up))
