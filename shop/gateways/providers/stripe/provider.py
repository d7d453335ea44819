"""The shop's side of Stripe."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress

import stripe
from stripe.checkout import Session

from shop.core import clock
from shop.gateways.providers.base import (
    BillPage,
    ProviderObject,
    ProviderRefused,
    ProviderSession,
    ProviderUnavailable,
    RefundNews,
    RefundResult,
    RefundState,
    SessionRequest,
    VerifiedNotice,
)
from shop.gateways.providers.stripe import bills, notices, sessions
from shop.gateways.providers.stripe.access import access
from shop.gateways.providers.stripe.client import KeySpent, RequestRefused, ask, mark

_REFUND_STATES = {
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class StripeProvider:
    """Hosted Checkout: the buyer types card numbers on Stripe's page only (PCI SAQ A)."""

    name = "stripe"
    by_hand = False
    expiry_is_final = True

    def create_session(self, request: SessionRequest) -> ProviderSession:
        """Open a session, or return the one of this key; one that has ended leads to the page that says how.

        Raises ProviderUnavailable, and ProviderRefused when this key has opened nothing and never will.
        """
        if request.known_reference:
            return self._session_again(request)
        try:
            if clock.now() - request.asked_at > sessions.KEY_LIFE:
                raise KeySpent("Stripe has forgotten the key")
            opened = ask(
                lambda client: client.v1.checkout.sessions.create(
                    sessions.parameters(request), {"idempotency_key": request.idempotency_key}
                )
            )
        except RequestRefused as error:
            raise ProviderRefused(str(error)) from error
        except KeySpent as error:
            opened = self._found(request, error)
        return ProviderSession(reference=opened.id, redirect_url=opened.url or request.return_path)

    def _found(self, request: SessionRequest, why: Exception) -> Session:
        found = ask(lambda client: sessions.find(client, request))
        if found is None:
            raise ProviderRefused(str(why))
        return found

    def _session_again(self, request: SessionRequest) -> ProviderSession:
        session = self._retrieve(request.known_reference)
        if session.status == "expired":
            raise ProviderRefused("the session has expired")
        return ProviderSession(reference=session.id, redirect_url=session.url or request.return_path)

    def _retrieve(self, reference: str) -> Session:
        try:
            return ask(
                lambda client: client.v1.checkout.sessions.retrieve(
                    reference, {"expand": sessions.WITH_MONEY}
                )
            )
        except RequestRefused as error:
            raise ProviderUnavailable(f"Stripe does not show {reference}: {error}") from error

    def fetch(self, reference: str) -> ProviderObject:
        """Return the session with its payment as Stripe has it now. Raises ProviderUnavailable."""
        return sessions.as_object(self._retrieve(reference))

    def expire(self, reference: str) -> ProviderObject:
        """End an open session and return what it has become. Raises ProviderUnavailable."""
        # Only an open session can be ended: a refused one has been paid, is being paid or has ended before.
        with suppress(RequestRefused):
            ask(lambda client: client.v1.checkout.sessions.expire(reference))
        return self.fetch(reference)

    def refund(self, reference: str, fen: int, idempotency_key: str) -> RefundResult:
        """Send fen of a session's payment back, once per key. Raises ProviderUnavailable.

        The refunds there are, are looked through first: Stripe knows a key for 24 hours only, its list for ever.
        """
        intent = sessions.intent_of(self._retrieve(reference))
        if intent is None:
            return RefundResult(state=RefundState.FAILED, message="not paid")
        known = ask(lambda client: _refund_of(client, intent.id, idempotency_key))
        try:
            refund = known or ask(
                lambda client: client.v1.refunds.create(
                    {
                        "payment_intent": intent.id,
                        "amount": fen,
                        "reason": "requested_by_customer",
                        "metadata": {"execution": idempotency_key},
                    },
                    {"idempotency_key": idempotency_key},
                )
            )
        except RequestRefused as error:
            return RefundResult(state=RefundState.FAILED, message=error.code or str(error))
        except KeySpent as error:
            # Whether money has moved is not known: asked again until the key is free or the refund is seen.
            raise ProviderUnavailable(str(error)) from error
        return _result(refund)

    def fetch_refund(self, reference: str) -> RefundNews:
        """Return a refund as Stripe has it now. Raises ProviderUnavailable."""
        try:
            refund = ask(lambda client: client.v1.refunds.retrieve(reference))
        except RequestRefused as error:
            raise ProviderUnavailable(f"Stripe does not show {reference}: {error}") from error
        return RefundNews(
            idempotency_key=mark(refund.metadata, "execution"),
            fen=refund.amount,
            result=_result(refund),
        )

    def verify_notice(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedNotice:
        """Check signature and age over the raw bytes. Raises BadNotice."""
        return notices.verify(raw, headers, access())

    def bill_page(self, since: dt.datetime, until: dt.datetime, after: str) -> BillPage:
        """Return a page of the account's movements. Raises ProviderUnavailable."""
        try:
            return ask(lambda client: bills.page_of(client, since, until, after))
        except RequestRefused as error:
            raise ProviderUnavailable(f"Stripe does not show the bill: {error}") from error


def _refund_of(client: stripe.StripeClient, intent_id: str, key: str) -> stripe.Refund | None:
    listed = client.v1.refunds.list({"payment_intent": intent_id, "limit": 100})
    for refund in listed.auto_paging_iter():
        if mark(refund.metadata, "execution") == key:
            return refund
    return None


def _result(refund: stripe.Refund) -> RefundResult:
    state = _REFUND_STATES.get(refund.status or "", RefundState.PENDING)
    return RefundResult(state=state, reference=refund.id, message=refund.failure_reason or "")
