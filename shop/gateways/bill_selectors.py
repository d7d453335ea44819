"""What of the channels' bills does not agree with the shop's books, and how the channels are set up."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from shop.accounts.scope import Scope
from shop.gateways.models import BillImport, BillLine, ExecutionState, Payment, PaymentNotice, RefundExecution
from shop.gateways.providers import registry
from shop.gateways.providers.stripe import access
from shop.gateways.services.notices import bad_notices
from shop.ordering.status import PayMethod

#: So long a movement may take to show in a bill.
GRACE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Channel:
    """How a payment service is set up. `mode` is "live", "test" or "stand_in"; keys never leave the settings."""

    name: str
    label: str | Promise
    enabled: bool
    mode: str
    has_key: bool
    has_webhook_secret: bool
    notice_url: str
    refused_notices: int
    last_notice_at: dt.datetime | None
    bill_read_until: dt.datetime | None


def bill_differences(scope: Scope) -> QuerySet[BillLine]:
    """Return the lines that do not agree with the shop's books, oldest first."""
    lines = BillLine.objects.exclude(difference="").order_by("occurred_at", "line_id")
    return lines.select_related("payment__record") if scope.everything else lines.none()


def _covered(column: str) -> Q:
    """Return the condition that a moment lies in what has been read of its channel's bill."""
    read = BillImport.objects.exclude(finished_at=None).values("provider")
    # Without any reading nothing is covered.
    condition = Q(pk__in=[])
    prefix = "" if column == "captured_at" else "payment__"
    for span in read.annotate(first=Min("since"), last=Max("until")):
        condition |= Q(
            **{
                f"{prefix}provider": span["provider"],
                f"{column}__gte": span["first"],
                f"{column}__lt": span["last"] - GRACE,
            }
        )
    return condition


def payments_missing_in_bill(scope: Scope) -> QuerySet[Payment]:
    """Return captured money that the bill of its channel should show and does not, oldest first. Two queries."""
    if not scope.everything:
        return Payment.objects.none()
    shown = BillLine.objects.exclude(payment=None).values("payment")
    covered = Payment.objects.filter(_covered("captured_at")).exclude(pk__in=shown)
    return covered.select_related("record").order_by("captured_at")


def refunds_missing_in_bill(scope: Scope) -> QuerySet[RefundExecution]:
    """Return money sent back that the bill of its channel should show and does not, oldest first. Two queries."""
    if not scope.everything:
        return RefundExecution.objects.none()
    shown = BillLine.objects.exclude(execution=None).values("execution")
    executed = RefundExecution.objects.filter(_covered("finished_at"), state=ExecutionState.EXECUTED)
    return executed.exclude(pk__in=shown).select_related("payment__record").order_by("finished_at")


def stripe_channel() -> Channel:
    """Return how Stripe is set up and when it was last heard of. Two queries."""
    account = access()
    mode = "stand_in" if account.base else ("live" if account.live else "test")
    read = BillImport.objects.filter(provider=PayMethod.STRIPE).exclude(finished_at=None)
    heard = PaymentNotice.objects.filter(provider=PayMethod.STRIPE)
    return Channel(
        name=PayMethod.STRIPE,
        label=PayMethod.STRIPE.label,
        enabled=PayMethod.STRIPE in registry.enabled(),
        mode=mode,
        has_key=bool(account.secret_key),
        has_webhook_secret=bool(account.webhook_secret),
        notice_url=settings.SHOP_BASE_URL.rstrip("/") + reverse("gateways:notice", args=["stripe"]),
        refused_notices=bad_notices(PayMethod.STRIPE),
        last_notice_at=heard.aggregate(last=Max("received_at"))["last"],
        bill_read_until=read.aggregate(last=Max("until"))["last"],
    )
