"""The calls that a shop makes, each with its typed parameters and Stripe's rules behind them."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from stripe.params import (
    BalanceTransactionListParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
)
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionListParams,
    SessionRetrieveParams,
)

from tests.stripe_peer.books import Books, Row
from tests.stripe_peer.checking import Refusal, check

#: What this account may use; a type that is not here would never be shown to a buyer.
ACCOUNT_METHODS = ("card", "alipay", "wechat_pay", "link")
LEAST_FEN, MARKS, MARK_LENGTH = 400, 50, 500
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60


@dataclass(frozen=True)
class Call:
    """A call whose parameters have been read."""

    books: Books
    base: str
    reference: str
    params: Row


def _missing(param: str) -> Refusal:
    return Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)


def _not_there(call: Call, what: str) -> Refusal:
    return Refusal(f"No such {what}: '{call.reference}'", code="resource_missing", param="id", status=404)


def create_session(call: Call) -> Row:
    """Open a Checkout Session in payment mode."""
    params, now = call.params, int(time.time())
    if params.get("mode") != "payment":
        raise _missing("mode")
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise _missing(name)
    if not params["success_url"].startswith(("http://", "https://")):
        raise Refusal("Not a valid URL", code="url_invalid", param="success_url")
    _check_methods(params)
    _check_marks(params.get("metadata", {}))
    _check_marks(params.get("payment_intent_data", {}).get("metadata", {}))
    ends = params.get("expires_at", now + LONGEST)
    if not now + SHORTEST <= ends <= now + LONGEST:
        raise Refusal(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    currency, total = _total(params["line_items"])
    session_id = call.books.new_id("cs_test_" + "x" * 33)
    return call.books.add(
        "sessions",
        {
            "id": session_id,
            "object": "checkout.session",
            "mode": "payment",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": total,
            "currency": currency,
            "client_reference_id": params.get("client_reference_id"),
            "metadata": params.get("metadata", {}),
            "intent_metadata": params.get("payment_intent_data", {}).get("metadata", {}),
            "payment_intent": None,
            "customer_details": None,
            "payment_method_types": params.get("allowed_payment_method_types", list(ACCOUNT_METHODS)),
            "success_url": params["success_url"],
            "cancel_url": params.get("cancel_url"),
            "url": f"{call.base}/c/pay/{session_id}",
            "created": now,
            "expires_at": ends,
            "livemode": False,
        },
    )


def _check_methods(params: Row) -> None:
    wanted = params.get("allowed_payment_method_types", list(ACCOUNT_METHODS))
    for method in wanted:
        if method not in ACCOUNT_METHODS:
            raise Refusal(
                f"The payment method type {method} is invalid.", param="allowed_payment_method_types"
            )
    client = params.get("payment_method_options", {}).get("wechat_pay", {}).get("client")
    if "wechat_pay" in wanted and client != "web":
        raise Refusal(
            "WeChat Pay on Checkout needs the client web.", param="payment_method_options[wechat_pay][client]"
        )


def _check_marks(marks: Row) -> None:
    if len(marks) > MARKS or any(len(str(text)) > MARK_LENGTH for text in marks.values()):
        raise Refusal("Metadata is limited to 50 keys of 500 characters.", param="metadata")


def _total(items: list[Row]) -> tuple[str, int]:
    currencies, total = set(), 0
    for place, item in enumerate(items):
        price = item.get("price_data")
        if not price or "unit_amount" not in price or "product_data" not in price:
            raise _missing(f"line_items[{place}][price_data][unit_amount]")
        currencies.add(price["currency"])
        total += price["unit_amount"] * item.get("quantity", 1)
    if currencies != {"cny"}:
        raise Refusal("All prices must be in one supported currency.", param="line_items")
    if total < LEAST_FEN:
        raise Refusal("The amount is too small.", code="amount_too_small", param="line_items")
    return "cny", total


def get_session(call: Call) -> Row:
    """Return a session; one whose time is over has ended."""
    session = call.books.tables["sessions"].get(call.reference)
    if session is None:
        raise _not_there(call, "checkout.session")
    if session["status"] == "open" and session["expires_at"] <= time.time():
        call.books.expire(session["id"])
    return session


def expire_session(call: Call) -> Row:
    """End an open session."""
    session = get_session(call)
    try:
        call.books.expire(session["id"])
    except ValueError as error:
        raise Refusal(f'Only Checkout Sessions with a status in ["open"] can be expired. {error}') from error
    return session


def create_refund(call: Call) -> Row:
    """Send money of a payment back."""
    intent = call.books.tables["intents"].get(call.params.get("payment_intent", ""))
    if intent is None or intent["status"] != "succeeded":
        raise Refusal("No successful charge to refund.", code="resource_missing", param="payment_intent")
    asked: Any = call.params.get("amount")
    fen = int(intent["amount"] if asked is None else asked)
    if fen <= 0:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    _check_marks(call.params.get("metadata", {}))
    try:
        return call.books.refund(intent, fen, call.params.get("metadata", {}), call.params.get("reason"))
    except ValueError as error:
        raise Refusal(str(error), code="charge_already_refunded", param="amount") from error


def get_refund(call: Call) -> Row:
    """Return a refund."""
    refund = call.books.tables["refunds"].get(call.reference)
    if refund is None:
        raise _not_there(call, "refund")
    return refund


def _listed(call: Call, rows: list[Row], url: str) -> Row:
    """Return a page, newest first: of `created`, behind `starting_after`, at most `limit`."""
    newest = rows[::-1]
    span = call.params.get("created")
    if isinstance(span, dict):
        newest = [row for row in newest if _within(row["created"], span)]
    limit: int = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal("Limit must be between 1 and 100.", param="limit")
    if after := call.params.get("starting_after"):
        ids = [row["id"] for row in newest]
        if after not in ids:
            raise Refusal(f"No such object: '{after}'", code="resource_missing", param="starting_after")
        newest = newest[ids.index(after) + 1 :]
    return {"object": "list", "url": url, "has_more": len(newest) > limit, "data": newest[:limit]}


def _within(moment: int, span: Row) -> bool:
    return span.get("gte", moment) <= moment <= span.get("lte", moment) and span.get(
        "gt", moment - 1
    ) < moment < span.get("lt", moment + 1)


def list_sessions(call: Call) -> Row:
    """Return a page of sessions."""
    return _listed(call, list(call.books.tables["sessions"].values()), "/v1/checkout/sessions")


def list_refunds(call: Call) -> Row:
    """Return a page of refunds, of one payment if it is named."""
    intent = call.params.get("payment_intent")
    rows = [row for row in call.books.tables["refunds"].values() if intent in (None, row["payment_intent"])]
    return _listed(call, rows, "/v1/refunds")


def list_transactions(call: Call) -> Row:
    """Return a page of the account's movements."""
    return _listed(call, list(call.books.tables["transactions"].values()), "/v1/balance_transactions")


#: Method and pattern of the path → typed parameters and what is done. `*` stands for an id.
CALLS: dict[tuple[str, str], tuple[type, Callable[[Call], Row]]] = {
    ("POST", "/v1/checkout/sessions"): (SessionCreateParams, create_session),
    ("GET", "/v1/checkout/sessions"): (SessionListParams, list_sessions),
    ("GET", "/v1/checkout/sessions/*"): (SessionRetrieveParams, get_session),
    ("POST", "/v1/checkout/sessions/*/expire"): (SessionExpireParams, expire_session),
    ("POST", "/v1/refunds"): (RefundCreateParams, create_refund),
    ("GET", "/v1/refunds"): (RefundListParams, list_refunds),
    ("GET", "/v1/refunds/*"): (RefundRetrieveParams, get_refund),
    ("GET", "/v1/balance_transactions"): (BalanceTransactionListParams, list_transactions),
}


def answer(books: Books, base: str, method: str, path: str, tree: Row) -> Row:
    """Do a call and return its answer, expanded. Raises Refusal."""
    parts = path.strip("/").split("/")
    for (wanted, pattern), (typed, act) in CALLS.items():
        steps = pattern.strip("/").split("/")
        fits = len(steps) == len(parts) and all(a in ("*", b) for a, b in zip(steps, parts, strict=True))
        if wanted == method and fits:
            params = check(tree, typed)
            reference = parts[steps.index("*")] if "*" in steps else ""
            with books.lock:
                given = deepcopy(act(Call(books, base, reference, params)))
                for words in params.get("expand", []):
                    _expand(books, given, words.split("."))
            given.pop("intent_metadata", None)
            return given
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def _expand(books: Books, row: Any, words: list[str]) -> None:
    if not words or row is None:
        return
    if isinstance(row, list):
        for part in row:
            _expand(books, part, words)
        return
    name, *rest = words
    if name not in row:
        raise Refusal(f"This property cannot be expanded ({name}).", param="expand")
    if isinstance(row[name], str):
        row[name] = deepcopy(books.find(row[name])) or row[name]
    _expand(books, row[name], rest)
