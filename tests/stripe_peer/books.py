"""What the peer remembers: sessions, payments, charges, refunds, movements of the account, events."""

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

#: The account is kept in another currency than the buyers pay in, as it is for a shop abroad.
SETTLED_IN, RATE_PERCENT, FEE_PERMILLE = "hkd", 109, 34
API_VERSION = "2026-10-28.endive"
DAY = 86_400


class Books:
    """Everything of one account. Every method may be called from several threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables: dict[str, dict[str, Row]] = {
            name: {} for name in ("sessions", "intents", "charges", "refunds", "transactions")
        }
        self.events: list[Row] = []
        self.listeners: list[Callable[[Row], None]] = []
        self.refund_status = "succeeded"
        self._numbers = itertools.count(1)

    def new_id(self, prefix: str) -> str:
        """Return an id of the length Stripe's have."""
        return f"{prefix}_{next(self._numbers):024d}"

    def find(self, reference: str) -> Row | None:
        """Return whatever has this id."""
        return next((rows[reference] for rows in self.tables.values() if reference in rows), None)

    def add(self, table: str, row: Row) -> Row:
        """Keep a new row."""
        with self.lock:
            self.tables[table][row["id"]] = row
        return row

    def tell(self, kind: str, about: Row, *, livemode: bool = False, **more: Any) -> Row:
        """Write an event about a row as it is now, and hand it to the listeners."""
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "type": kind,
            "data": {"object": dict(about)},
            "livemode": livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        } | more
        with self.lock:
            self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    # --- what buyers do on the hosted page ---------------------------------------

    def pay(self, session_id: str, *, method: str = "card", payer: str = "王芳") -> Row:
        """Pay an open session at once; return the event."""
        with self.lock:
            session = self._open(session_id)
            intent = self._intent(session, "succeeded")
            self._charge(intent, method)
            session |= {"status": "complete", "payment_status": "paid", "url": None}
            session["customer_details"] = {"name": payer, "email": "buyer@example.com"}
            return self.tell("checkout.session.completed", session)

    def start_slow_payment(self, session_id: str) -> Row:
        """Begin a payment that the buyer's bank still thinks about; return the event."""
        with self.lock:
            session = self._open(session_id)
            self._intent(session, "processing")
            session |= {"status": "complete", "payment_status": "unpaid", "url": None}
            return self.tell("checkout.session.completed", session)

    def end_slow_payment(self, session_id: str, *, paid: bool) -> Row:
        """Let the buyer's bank decide; return the event."""
        with self.lock:
            session = self.tables["sessions"][session_id]
            intent = self.tables["intents"][session["payment_intent"]]
            if not paid:
                intent["status"] = "requires_payment_method"
                return self.tell("checkout.session.async_payment_failed", session)
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
            self._charge(intent, "alipay")
            session["payment_status"] = "paid"
            return self.tell("checkout.session.async_payment_succeeded", session)

    def decline(self, session_id: str) -> Row:
        """Refuse a card: the session stays open, the buyer may try another one; return the event."""
        with self.lock:
            self._open(session_id)
            intent = {
                "id": self.new_id("pi"),
                "object": "payment_intent",
                "status": "requires_payment_method",
            }
            return self.tell("payment_intent.payment_failed", intent)

    def expire(self, session_id: str) -> Row:
        """End an open session; return the event."""
        with self.lock:
            session = self._open(session_id)
            session |= {"status": "expired", "url": None}
            return self.tell("checkout.session.expired", session)

    def _open(self, session_id: str) -> Row:
        session = self.tables["sessions"][session_id]
        if session["status"] != "open":
            raise ValueError(f"This Session is {session['status']}.")
        return session

    def _intent(self, session: Row, status: str) -> Row:
        intent = self.add(
            "intents",
            {
                "id": self.new_id("pi"),
                "object": "payment_intent",
                "amount": session["amount_total"],
                "amount_received": session["amount_total"] if status == "succeeded" else 0,
                "currency": session["currency"],
                "status": status,
                "latest_charge": None,
                "livemode": False,
                "created": int(time.time()),
                "metadata": dict(session["intent_metadata"]),
            },
        )
        session["payment_intent"] = intent["id"]
        return intent

    def _charge(self, intent: Row, method: str) -> Row:
        charge = self.add(
            "charges",
            {
                "id": self.new_id("ch"),
                "object": "charge",
                "amount": intent["amount"],
                "amount_refunded": 0,
                "currency": intent["currency"],
                "status": "succeeded",
                "paid": True,
                "payment_intent": intent["id"],
                "payment_method_details": {"type": method},
                "livemode": False,
                "created": int(time.time()),
                "metadata": dict(intent["metadata"]),
            },
        )
        intent["latest_charge"] = charge["id"]
        settled = charge["amount"] * RATE_PERCENT // 100
        self.move("charge", charge["id"], settled, fee=settled * FEE_PERMILLE // 1000)
        return charge

    # --- money back ---------------------------------------------------------------

    def refund(self, intent: Row, fen: int, metadata: Row, reason: str | None) -> Row:
        """Send money of a charge back, as `refund_status` says; more than is left raises ValueError."""
        with self.lock:
            charge = self.tables["charges"][intent["latest_charge"]]
            if fen > charge["amount"] - charge["amount_refunded"]:
                raise ValueError(
                    "Charge has already been refunded."
                    if charge["amount"] == charge["amount_refunded"]
                    else "Refund amount is greater than unrefunded amount on charge."
                )
            charge["amount_refunded"] += fen
            refund = self.add(
                "refunds",
                {
                    "id": self.new_id("re"),
                    "object": "refund",
                    "amount": fen,
                    "charge": charge["id"],
                    "payment_intent": intent["id"],
                    "currency": charge["currency"],
                    "status": self.refund_status,
                    "reason": reason,
                    "failure_reason": None,
                    "created": int(time.time()),
                    "metadata": metadata,
                },
            )
            self.move("refund", refund["id"], -fen * RATE_PERCENT // 100)
            self.tell("refund.created", refund)
            return refund

    def end_refund(self, refund_id: str, *, done: bool) -> Row:
        """Finish a refund that is under way, or let one come back that had gone out; return the event."""
        with self.lock:
            refund = self.tables["refunds"][refund_id]
            if done:
                refund["status"] = "succeeded"
                return self.tell("refund.updated", refund)
            refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
            self.tables["charges"][refund["charge"]]["amount_refunded"] -= refund["amount"]
            self.move("refund_failure", refund["id"], refund["amount"] * RATE_PERCENT // 100)
            return self.tell("refund.failed", refund)

    def move(
        self,
        kind: str,
        source: str | None,
        amount: int,
        *,
        fee: int = 0,
        category: str = "",
    ) -> Row:
        """Write a movement of the account."""
        now = int(time.time())
        return self.add(
            "transactions",
            {
                "id": self.new_id("txn"),
                "object": "balance_transaction",
                "amount": amount,
                "fee": fee,
                "net": amount - fee,
                "currency": SETTLED_IN,
                "created": now,
                "available_on": now + 2 * DAY,
                "type": kind,
                "reporting_category": category or kind,
                "source": source,
                "description": None,
                "status": "pending",
            },
        )
