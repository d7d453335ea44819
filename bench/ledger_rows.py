"""A ledger of generated sales, day by day over two years, with all that its entries need to be true.

An order has four lines of a catalogue of 2,200 products and leaves 22 entries: captured, paid, shipped, received; of
one in thirty a line goes back a month later. A third are bought by 300 units. Nothing is random between two runs.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

FIRST_DAY, DAYS = dt.date(2024, 1, 1), 731
LINES, PER_ORDER, REFUND_EVERY = 4, 22, 30
PRODUCTS, SUPPLIERS, TOWNSHIPS, UNITS = 2200, 60, 40, 300
PLACES = (
    ("wangcang", "east-west"),
    ("kangding", "counterpart"),
    ("longquan", "mountain-sea"),
    ("gongzhuling", "cooperation"),
    ("lvyuan", "cooperation"),
)
KINDS = ("union", "canteen", "state_owned", "private", "social")

COLUMNS = (
    *("event_id", "source_key", "kind", "stage", "payment_key", "leg", "fen", "ex_tax_fen", "units"),
    *("occurred_at", "booked_on", "relates_to", "part", "order_number", "line_number"),
    *("region", "township", "programme", "supplier", "supplier_name", "product", "product_name"),
    *("category", "certification", "buyer_kind", "credited_organisation", "mode", "channel"),
    *("grade", "rule_version", "eligibility", "ineligible_reason", "demo"),
)
_NO_DIMS = ("",) * 13
Row = tuple[Any, ...]
#: Table (by its place in TABLES), row.
Written = tuple[int, Row]
ENTRY, POSTED, MESSAGE, PROGRESS, PAYMENT = range(5)
TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ledger_ledgerentry", COLUMNS),
    ("ledger_postedevent", ("event_id", "topic", "stream", "occurred_at")),
    (
        "outbox_outboxmessage",
        (
            *("event_id", "topic", "version", "stream", "seq", "payload"),
            *("occurred_at", "stored_at", "routed_at"),
        ),
    ),
    (
        "ledger_shareprogress",
        (
            *("source_key", "order_number", "units", "by_acceptance", "unshipped", "in_transit"),
            *("received", "disputed", "refunding", "confirmed", "gone"),
        ),
    ),
    (
        "gateways_payment",
        (
            *("key", "provider", "fen", "applied_fen", "refunded_fen", "returned_fen", "moved_fen"),
            *("captured_at", "payer", "payer_account", "verified_by", "held_reason", "demo"),
        ),
    ),
)


class Sale:
    """One order: number `n` of `whole` spread over the days."""

    def __init__(self, n: int, whole: int) -> None:
        self.n = n
        self.day = FIRST_DAY + dt.timedelta(days=n * DAYS // whole)
        self.number = f"YS{self.day:%Y%m%d}-{n:08d}"
        self.payment = f"pay-{n}"
        self.lines = [self._line(line) for line in range(LINES)]
        self.fen = sum(fen for _, fen, _, _ in self.lines)
        self.refunds = n % REFUND_EVERY == 0
        #: When on each of its days: within the same day in Shanghai and at Greenwich.
        self.second = n * 7919 % (16 * 3600)

    def _line(self, line: int) -> tuple[str, int, Row, Row]:
        """Return the source, its fen, its dimensions and its facts."""
        drawn = (self.n * 7919 + line * 104_729) * 2_654_435_761 % 2**32
        product = drawn % PRODUCTS
        region, programme = PLACES[product % len(PLACES)]
        by_unit = self.n % 10 >= 7
        unit = f"un-{self.n * 31 % UNITS:03d}" if by_unit else ""
        buyer = (KINDS[self.n * 31 % UNITS % len(KINDS)], unit, "direct", "bulk")
        dims = (
            *(region, f"township-{product % TOWNSHIPS}", programme),
            *(f"S-{product % SUPPLIERS:02d}", f"供应商{product % SUPPLIERS:02d}"),
            *(f"P-{product:04d}", f"产品{product:04d}", f"category-{product % 30}"),
            "geographical" if product % 7 == 0 else "",
            *(buyer if by_unit else ("resident", "", "assisted", "web")),
        )
        grade = "D" if drawn % 33 == 0 else "B"
        facts = ("ineligible", "no_pairing") if drawn % 50 == 0 else ("eligible", "")
        return f"share:{self.n * LINES + line + 1}", 1_000 + drawn % 20_000, dims, (grade, "1", *facts)

    def events(self) -> list[tuple[dt.date, str]]:
        """Return the days of what happens, and what."""
        steps = [(self.day, "captured"), (self.day, "paid")]
        steps += [(self.day + dt.timedelta(days=2), "shipped"), (self.day + dt.timedelta(days=6), "received")]
        back = self.day + dt.timedelta(days=35)
        return steps + ([(back, "requested"), (back, "executed")] if self.refunds else [])

    def written(self, step: str, day: dt.date, seq: int) -> Iterator[Written]:
        """Yield the rows of a step."""
        event = _uuid(f"{self.n} {step}")
        moment = f"{day} {dt.timedelta(seconds=self.second)!s:0>8}+00"
        yield POSTED, (event, f"bench.{step}", self.number, moment)
        yield MESSAGE, (event, f"bench.{step}", 1, self.number, seq, "{}", *(moment,) * 3)
        if step == "captured":
            yield from self._standing(moment)
        for entry in self._entries(step, day):
            yield ENTRY, (event, *entry[:8], moment, day, *entry[8:])

    def _standing(self, moment: str) -> Iterator[Written]:
        back = self.lines[0][1] if self.refunds else 0
        yield (
            PAYMENT,
            (
                *(self.payment, "demo", self.fen, self.fen, back, 0, 0, moment),
                *("", "", "", "", True),
            ),
        )
        for number, (source, _, _, _) in enumerate(self.lines):
            gone = 2 if self.refunds and number == 0 else 0
            yield PROGRESS, (source, self.number, 2, False, 0, 0, 0, 0, 0, 2 - gone, gone)

    def _entries(self, step: str, day: dt.date) -> Iterator[Row]:
        plain = ("B", "1", "", "")
        if step in ("captured", "paid"):
            leg, fen = ("capture", self.fen) if step == "captured" else ("apply", -self.fen)
            money = (self.payment, "unapplied", "none", self.payment, leg, fen, 0, 0, None, 0)
            yield (*money, self.number, 0, *_NO_DIMS, *plain, True)
        lines = list(enumerate(self.lines, start=1))
        for number, (source, fen, dims, facts) in lines[:1] if step in ("requested", "executed") else lines:
            for stage, leg, sign, month in self._moves(step):
                own = (
                    source,
                    "goods",
                    stage,
                    self.payment,
                    leg,
                    sign * fen,
                    sign * (fen * 100 // 109),
                    sign * 2,
                )
                yield (*own, month, 0, self.number, number, *dims, *facts, True)

    def _moves(self, step: str) -> list[tuple[str, str, int, dt.date | None]]:
        confirmed = (self.day + dt.timedelta(days=6)).replace(day=1)
        moves: dict[str, list[tuple[str, str, int, dt.date | None]]] = {
            "captured": [],
            "paid": [("unshipped", "apply", 1, None)],
            "shipped": [("unshipped", "move", -1, None), ("in_transit", "move", 1, None)],
            "received": [("in_transit", "move", -1, None), ("confirmed", "move", 1, None)],
            "requested": [("confirmed", "move", -1, confirmed), ("refunding", "move", 1, confirmed)],
            "executed": [("refunding", "refund", -1, self.day.replace(day=1))],
        }
        return moves[step]


def _uuid(text: str) -> str:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def sales(entries: int) -> Iterator[Written]:
    """Yield the rows of about so many entries in the order in which they would have been posted."""
    whole = max(1, entries // PER_ORDER)
    waiting: dict[dt.date, list[tuple[Sale, str, int]]] = {}
    n = 0
    for offset in range(DAYS + 40):
        day = FIRST_DAY + dt.timedelta(days=offset)
        while n < whole and n * DAYS // whole == offset:
            sale = Sale(n, whole)
            n += 1
            for seq, (when, step) in enumerate(sale.events(), start=1):
                waiting.setdefault(when, []).append((sale, step, seq))
        # Of one order the steps of a day follow each other, since they come in one piece and sorting keeps that.
        for sale, step, seq in sorted(waiting.pop(day, ()), key=lambda due: due[0].second):
            yield from sale.written(step, day, seq)
