"""The balance transactions of the Stripe account: every movement of money on it, page by page."""

import datetime as dt
from typing import Any

import stripe
from stripe.params import BalanceTransactionListParams

from shop.gateways.providers.base import BillPage, BillRow, LineKind
from shop.gateways.providers.stripe.client import mark

PAGE = 100
_KINDS = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
    "refund_failure": LineKind.REFUND_FAILED,
    "payment_failure_refund": LineKind.REFUND_FAILED,
}
#: Between Stripe and the account's holder: fees, and money on its way to the bank.
_OWN = (
    *(
        "stripe_fee",
        "stripe_fx_fee",
        "tax_fee",
        "fee_credit_funding",
        "payout",
        "payout_cancel",
        "payout_failure",
    ),
    *("payout_minimum_balance_hold", "payout_minimum_balance_release", "topup", "topup_reversal"),
    *("reserve_transaction", "reserve_hold", "reserve_release", "reserved_funds", "contribution"),
)
#: Movements that take from the shop; their source counts from the buyer's side.
_OUTGOING = ("refund", "payment_refund")


def page_of(client: stripe.StripeClient, since: dt.datetime, until: dt.datetime, after: str) -> BillPage:
    """Return a page of the movements of [since, until), newest first, with the objects behind them."""
    asked: BalanceTransactionListParams = {
        "limit": PAGE,
        "expand": ["data.source"],
        "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
    }
    if after:
        asked["starting_after"] = after
    listed = client.v1.balance_transactions.list(asked)
    response = listed.last_response
    assert response is not None, "a list that came over the network has its response"
    return BillPage(
        raw=str(response.body),
        rows=tuple(_row(line) for line in listed.data),
        after=listed.data[-1].id if listed.has_more and listed.data else "",
    )


def _kind(line: stripe.BalanceTransaction) -> LineKind:
    if line.reporting_category.startswith("dispute"):
        return LineKind.DISPUTE
    return _KINDS.get(line.type) or (LineKind.OWN if line.type in _OWN else LineKind.OTHER)


def _row(line: stripe.BalanceTransaction) -> BillRow:
    # An object that the key may not read comes as its id alone.
    source: Any = line.source
    opened = None if source is None or isinstance(source, str) else source
    marks = getattr(opened, "metadata", None)
    amount = int(getattr(opened, "amount", 0) or 0)
    return BillRow(
        line_id=line.id,
        kind=_kind(line),
        channel_kind=line.type,
        occurred_at=dt.datetime.fromtimestamp(line.created, dt.UTC),
        available_at=dt.datetime.fromtimestamp(line.available_on, dt.UTC),
        settled_minor=line.amount,
        fee_minor=line.fee,
        net_minor=line.net,
        settled_currency=line.currency.upper(),
        source=source if isinstance(source, str) else str(getattr(opened, "id", "")),
        source_minor=-amount if line.type in _OUTGOING else amount,
        source_currency=str(getattr(opened, "currency", "") or "").upper(),
        key=mark(marks, "execution") or mark(marks, "attempt"),
        description=(line.description or "")[:200],
    )
