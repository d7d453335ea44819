"""What of the channels' bills does not agree with the shop's books, and how the channels are set up."""

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.db.models import Max, Model, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from shop.accounts.scope import Scope
from shop.gateways.bank_models import Difference, DifferenceKind
from shop.gateways.bill_coverage import payments_not_shown, refunds_not_shown, unsettled_lines
from shop.gateways.bill_models import BillFile, FeeRule
from shop.gateways.models import BillImport, BillLine, Payment, PaymentNotice, RefundExecution
from shop.gateways.providers import registry
from shop.gateways.providers.stripe import access
from shop.gateways.services.notices import bad_notices
from shop.ordering.status import PayMethod

ModelT = TypeVar("ModelT", bound=Model)


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
    """Return the lines that do not agree with the books and are not settled, oldest first, with their owners."""
    lines = unsettled_lines().order_by("occurred_at", "line_id")
    return _looked_after(lines.select_related("payment__record")) if scope.everything else lines.none()


def payments_missing_in_bill(scope: Scope) -> QuerySet[Payment]:
    """Return captured money that the bill of its channel should show and does not, oldest first. Three queries."""
    if not scope.everything:
        return Payment.objects.none()
    settled = Q(differences__kind=DifferenceKind.NOT_IN_BILL, differences__resolved_at__isnull=False)
    missing = payments_not_shown().exclude(settled).select_related("record")
    return _looked_after(missing.order_by("captured_at"))


def refunds_missing_in_bill(scope: Scope) -> QuerySet[RefundExecution]:
    """Return money sent back that the bill of its channel should show and does not, oldest first. Three queries."""
    if not scope.everything:
        return RefundExecution.objects.none()
    settled = Q(differences__kind=DifferenceKind.REFUND_NOT_IN_BILL, differences__resolved_at__isnull=False)
    missing = refunds_not_shown().exclude(settled).select_related("payment__record")
    return _looked_after(missing.order_by("finished_at"))


def _looked_after(rows: QuerySet[ModelT]) -> QuerySet[ModelT]:
    """Attach the open differences of each row, which say who looks after it."""
    open_ones = Difference.objects.filter(resolved_at=None).order_by("opened_at")
    return rows.prefetch_related(Prefetch("differences", queryset=open_ones, to_attr="open_differences"))


def bill_files(scope: Scope) -> QuerySet[BillFile]:
    """Return the uploaded bills without their bytes, newest day first."""
    files = BillFile.objects.defer("raw").order_by("-day", "-pk")
    return files if scope.everything else files.none()


def bill_lines(scope: Scope, file: BillFile) -> QuerySet[BillLine]:
    """Return the lines that came with a file, with what they stand for."""
    lines = BillLine.objects.filter(file=file).order_by("occurred_at", "line_id")
    lines = lines.select_related("payment__record", "execution__payment__record")
    return _looked_after(lines) if scope.everything else lines.none()


def fee_rules(scope: Scope) -> QuerySet[FeeRule]:
    """Return the fees that were agreed with the channels, newest first."""
    rules = FeeRule.objects.order_by("provider", "-starts_on")
    return rules if scope.everything else rules.none()


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
