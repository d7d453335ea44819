"""Sales told to both books, a supplier with a bank account, and the periods in which they are settled."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine

from shop.core import clock
from shop.core.clock import SHANGHAI
from shop.gateways import services as gateways
from shop.ledger.services import post_event
from shop.operations.invariants import settlement_against_ledger
from shop.outbox.events import Event
from shop.settlement import services
from shop.settlement.invariants import violations
from shop.settlement.models import (
    PayeeAccount,
    PayoutList,
    SettlementEntry,
    SupplierAccount,
    SupplierStatement,
)
from shop.settlement.taking import TOPICS
from shop.suppliers.models import Supplier
from tests.factories import make_supplier
from tests.gateways.bank import COLUMNS, make_account
from tests.ledger.story import Story, charge, item, share

TELLER, REVIEWER, THIRD = 901, 902, 903
CODE = "WC-01"
NUMBER = "6222020000000001234"
#: Stories happen in September and October 2026; October is over then.
NOW = dt.datetime(2026, 11, 5, 10, tzinfo=SHANGHAI)
SEPTEMBER, OCTOBER = dt.date(2026, 9, 30), dt.date(2026, 10, 31)


def tell(event: Event) -> None:
    """Let ledger and settlement take an event, as the relay does."""
    post_event(event)
    if event.topic in TOPICS:
        services.take_event(event)


def seller(code: str = CODE) -> Supplier:
    return make_supplier(code=code, name_zh="木门茶业")


def sale(
    number: str = "YS1", *, fen: int = 10_000, units: int = 3, freight: int = 800, key: int = 1, **fields: Any
) -> Story:
    """Return an order of tea with its freight, placed and paid on 30 September."""
    shares = [share(key, fen, units, **fields.pop("dims", {}))]
    charges = [charge(key, freight)] if freight else []
    return Story(shares, charges, number=number, post=tell, **fields).place().pay()


def received(story: Story, *, day: str = "2026-10-03", units: int = 3) -> Story:
    """Let the whole order be shipped and received."""
    return story.parcel("shipped", 1, units, day=day).parcel("received", 1, units, day=day)


def refund(
    story: Story, fen: int, units: int, *, name: str = "R1", day: str = "2026-10-10", key: int = 1
) -> Story:
    """Ask for goods back and send the money."""
    asked = item(f"share:{key}", units, fen)
    paid = asked | {"parts": [{"payment_key": f"pay-{story.number}", "fen": fen}]}
    return story.refund("requested", name, asked, day=day).refund("executed", name, paid, day=day)


def account(code: str = CODE) -> dict[str, int]:
    """Return a supplier's balances without empty ones."""
    row = SupplierAccount.objects.get(supplier=code)
    names = ("collected", "pending", "payable", "listed", "paid", "commission")
    return {name: value for name in names if (value := getattr(row, f"{name}_fen"))}


def steps(event: Event | None) -> list[tuple[str, str, str, int]]:
    """Return (kind, debit, credit, fen) of an event's entries."""
    assert event is not None
    rows = SettlementEntry.objects.filter(event_id=event.event_id).order_by("pk")
    return list(rows.values_list("kind", "debit", "credit", "fen"))


def verified(supplier: Supplier) -> PayeeAccount:
    """Give a supplier a bank account that two people have seen."""
    made = services.propose_payee_account(
        supplier_code=supplier.code,
        holder=supplier.name_zh,
        bank="示例银行旺苍支行",
        number=NUMBER,
        proposed_by=TELLER,
    )
    return services.verify_payee_account(account_id=made.pk, verified_by=REVIEWER)


def owed_last_month(code: str, *, number: str = "", key: int = 1) -> SupplierStatement:
    """Let a supplier sell and deliver share `key` on the last day of last month, and draw up its statement."""
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    story = Story(
        [share(key, 10_000, 3, supplier=code)], number=number or f"YS-{code}", post=tell, day=f"{last}"
    )
    # A certificate of the same order has a payment of its own.
    received(story.place().pay((f"pay-{number}-{key}", 10_000)), day=f"{last}")
    services.draw_statements(through=last, demo=True, actor_id=TELLER)
    return SupplierStatement.objects.get(supplier__code=code)


def approved_list() -> PayoutList:
    """Make a list and let another person approve it."""
    made = services.make_payout_list(demo=True, made_by=TELLER)
    return services.approve_payout_list(number=made.number, approved_by=REVIEWER)


def bank_pays(*rows: tuple[str, str, str, str, str]) -> None:
    """Bring a statement of (serial, yuan, payee, account, remark) sent today, and let it be matched."""
    own = make_account()
    lines = [",".join(COLUMNS.values())]
    for serial, yuan, payee, number, remark in rows:
        lines.append(f"2026-11-05,{serial},,{yuan},{payee},{number},{remark}")
    raw = "\n".join(lines).encode()
    file = gateways.upload_statement(account_id=own.pk, name="s.csv", raw=raw, imported_by=TELLER)
    gateways.confirm_statement(file_id=file.pk, confirmed_by=REVIEWER)
    gateways.settle_lines()
    services.match_payouts()


@contextmanager
def in_november() -> Iterator[None]:
    """Let it be 5 November: September and October are over."""
    with time_machine.travel(NOW, tick=False):
        yield


def assert_settled() -> None:
    """Assert that every promise of settlement holds, and that it agrees with the ledger."""
    assert [*violations(), *settlement_against_ledger()] == []
