"""演示支付: a provider with play money, kept apart like a real one: own books, signed callbacks, own page.

Usable only with settings.SHOP_DEMO (see registry). It never imports the shop's own services.
"""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, nonmember

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from shop.core import clock
from shop.core.durability import may_be_lost
from shop.core.locks import lock
from shop.gateways.models import HostedPayment
from shop.gateways.providers.base import (
    CURRENCY,
    BadNotice,
    BillPage,
    BillRow,
    LineKind,
    ProviderObject,
    ProviderSession,
    ProviderState,
    ProviderUnavailable,
    RefundNews,
    RefundResult,
    RefundState,
    SessionRequest,
    VerifiedNotice,
)

SIGNATURE_HEADER = "X-Demo-Signature"
WINDOW_SECONDS = 300
LATE = dt.timedelta(minutes=2)
BILL_PAGE = 100


class Choice(StrEnum):
    """The buttons of the hosted page."""

    SUCCEED = "succeed"
    FAIL = "fail"
    LATE = "late"
    DUPLICATE = "duplicate"
    # A template that names a member would else call the class first, and print nothing.
    do_not_call_in_templates = nonmember(True)


@dataclass(frozen=True)
class SignedNotice:
    """A callback as it would come over the network."""

    raw: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Decided:
    """The callbacks to deliver now, and where the person goes back to."""

    notices: list[SignedNotice]
    return_path: str


def _secret() -> bytes:
    return hashlib.sha256(b"demo-callback:" + settings.SECRET_KEY.encode()).digest()


def sign(raw: bytes, at: dt.datetime) -> dict[str, str]:
    """Return the header that proves the bytes: the time, and an HMAC over time and bytes."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(_secret(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return {SIGNATURE_HEADER: f"t={stamp},v1={digest}"}


def _token(key: str) -> str:
    return hmac.new(_secret(), b"session:" + key.encode(), hashlib.sha256).hexdigest()[:32]


def _notice(payment: HostedPayment, kind: str) -> SignedNotice:
    body = {"id": f"evt_{payment.pk}_{kind}", "type": f"payment.{kind}", "reference": payment.token}
    raw = json.dumps(body, sort_keys=True).encode()
    return SignedNotice(raw=raw, headers=sign(raw, clock.now()))


def _object(payment: HostedPayment) -> ProviderObject:
    state = ProviderState(payment.outcome) if payment.outcome else ProviderState.PENDING
    return ProviderObject(
        reference=payment.token,
        state=state,
        amount_fen=payment.amount_fen,
        livemode=False,
        paid_at=payment.paid_at,
        payer="演示付款人" if state is ProviderState.PAID else "",
    )


def _locked(token: str) -> HostedPayment:
    try:
        return lock(HostedPayment.objects.filter(token=token)).get()
    except HostedPayment.DoesNotExist as error:
        raise ProviderUnavailable(f"the demo provider knows no payment {token}") from error


def choose(token: str, choice: Choice) -> list[SignedNotice]:
    """Do what the person on the hosted page chose and return the callbacks to deliver now."""
    return decide(token, choice).notices


def decide(token: str, choice: Choice) -> Decided:
    """Do what the person on the hosted page chose; a session that has ended changes no more and calls nobody.

    Raises ProviderUnavailable for a token that is not known.
    """
    with transaction.atomic():
        may_be_lost()
        payment = _locked(token)
        if payment.outcome or payment.notify_at:
            return Decided([], payment.return_path)
        if choice is Choice.FAIL:
            payment.outcome = ProviderState.FAILED
        elif choice is Choice.LATE:
            payment.notify_at = clock.now() + LATE
        else:
            payment.outcome, payment.paid_at = ProviderState.PAID, clock.now()
        payment.save()
    if choice is Choice.LATE:
        return Decided([], payment.return_path)
    notice = _notice(payment, "failed" if choice is Choice.FAIL else "succeeded")
    return Decided([notice] * (2 if choice is Choice.DUPLICATE else 1), payment.return_path)


def call_back(token: str) -> list[SignedNotice]:
    """Return the callback of a session that was paid, signed now: what got no answer is told once more."""
    payment = HostedPayment.objects.filter(token=token, outcome=ProviderState.PAID).first()
    return [] if payment is None else [_notice(payment, "succeeded")]


def land_late_payments() -> list[SignedNotice]:
    """Let the late payments that are due succeed and return their callbacks. Safe to call again.

    A session that the shop has ended meanwhile lands all the same: that is the case to be shown.
    """
    with transaction.atomic():
        due = list(lock(HostedPayment.objects.filter(clock.due("notify_at", within=LATE))))
        for payment in due:
            payment.outcome, payment.paid_at, payment.notify_at = ProviderState.PAID, clock.now(), None
            payment.save()
    return [_notice(payment, "succeeded") for payment in due]


def _movements(payment: HostedPayment) -> Iterator[BillRow]:
    """Return what a hosted payment moved on the demo provider's own books."""
    if payment.paid_at is None:
        return
    token, key = payment.token, payment.idempotency_key
    yield _movement(token, LineKind.PAYMENT, token, payment.amount_fen, key, payment.paid_at)
    for execution, fen in payment.refunds.items():
        # Refunds of before the demo provider kept their times went out some time after the payment.
        told = payment.refund_times.get(execution)
        moment = dt.datetime.fromisoformat(told) if told else payment.paid_at
        yield _movement(f"re_{execution}", LineKind.REFUND, token, -fen, execution, moment)


def _movement(line_id: str, kind: LineKind, source: str, fen: int, key: str, moment: dt.datetime) -> BillRow:
    return BillRow(
        line_id=line_id,
        kind=kind,
        channel_kind=kind.value,
        occurred_at=moment,
        available_at=moment,
        settled_minor=fen,
        fee_minor=0,
        net_minor=fen,
        settled_currency=CURRENCY,
        source=source,
        source_minor=fen,
        source_currency=CURRENCY,
        key=key,
    )


class DemoProvider:
    """The shop's side of the demo provider."""

    name = "demo"
    by_hand = False
    #: A late payment lands in an expired session: that is the case to be shown.
    expiry_is_final = False

    def create_session(self, request: SessionRequest) -> ProviderSession:
        """Open a hosted payment, or return the one of this key, which its token is made from."""
        token = request.known_reference or _token(request.idempotency_key)
        with transaction.atomic():
            # A provider's books are not on the shop's disk; what the shop does with them next waits for it.
            may_be_lost()
            new = HostedPayment(
                idempotency_key=request.idempotency_key,
                token=token,
                amount_fen=request.amount_fen,
                return_path=request.return_path,
                created_at=clock.now(),
            )
            HostedPayment.objects.bulk_create([new], ignore_conflicts=True)
        return ProviderSession(reference=token, redirect_url=reverse("gateways:demo_page", args=[token]))

    def fetch(self, reference: str) -> ProviderObject:
        """Return the payment as the hosted page left it."""
        payment = HostedPayment.objects.filter(token=reference).first()
        if payment is None:
            raise ProviderUnavailable(f"the demo provider knows no payment {reference}")
        return _object(payment)

    def expire(self, reference: str) -> ProviderObject:
        """End an unpaid session; one that waits for its late callback is ended too, and lands later."""
        with transaction.atomic():
            payment = _locked(reference)
            if not payment.outcome:
                payment.outcome = ProviderState.EXPIRED
                payment.save()
        return _object(payment)

    def refund(self, reference: str, fen: int, idempotency_key: str) -> RefundResult:
        """Send play money back, once per key and never more than was paid."""
        with transaction.atomic():
            payment = _locked(reference)
            if idempotency_key not in payment.refunds:
                if payment.outcome != ProviderState.PAID:
                    return RefundResult(state=RefundState.FAILED, message="not paid")
                if sum(payment.refunds.values()) + fen > payment.amount_fen:
                    return RefundResult(state=RefundState.FAILED, message="more than was paid")
                payment.refunds[idempotency_key] = fen
                payment.refund_times[idempotency_key] = clock.now().isoformat()
                payment.save()
        return RefundResult(state=RefundState.DONE, reference=f"re_{idempotency_key}")

    def bill_page(self, since: dt.datetime, until: dt.datetime, after: str) -> BillPage:
        """Return the payments and refunds of [since, until), newest first; play money has no fees."""
        books = HostedPayment.objects.filter(outcome=ProviderState.PAID)
        rows = [row for payment in books.iterator() for row in _movements(payment)]
        found = sorted(
            (row for row in rows if since <= row.occurred_at < until),
            key=lambda row: (row.occurred_at, row.line_id),
            reverse=True,
        )
        start = next((place for place, row in enumerate(found, start=1) if row.line_id == after), 0)
        shown = tuple(found[start : start + BILL_PAGE])
        more = len(found) > start + BILL_PAGE
        raw = json.dumps([[row.line_id, row.kind, row.source_minor, row.key] for row in shown])
        return BillPage(raw=raw, rows=shown, after=shown[-1].line_id if more else "")

    def fetch_refund(self, reference: str) -> RefundNews:
        """Refuse: the demo provider answers a refund at once and never speaks of it again."""
        raise ProviderUnavailable("the demo provider sends no notices of refunds")

    def verify_notice(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedNotice:
        """Check time and HMAC over the raw bytes. Raises BadNotice."""
        fields = dict(part.partition("=")[::2] for part in headers.get(SIGNATURE_HEADER, "").split(","))
        stamp, given = fields.get("t", ""), fields.get("v1", "")
        wanted = hmac.new(_secret(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        if not stamp.isdecimal() or not hmac.compare_digest(wanted.encode(), given.encode()):
            raise BadNotice("the signature does not hold")
        if abs(clock.now().timestamp() - int(stamp)) > WINDOW_SECONDS:
            raise BadNotice("the notice is too old")
        try:
            body = json.loads(raw)
            return VerifiedNotice(provider_event_id=str(body["id"]), reference=str(body["reference"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadNotice("the notice cannot be read") from error
