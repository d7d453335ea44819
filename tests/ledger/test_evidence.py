"""Evidence: dated facts, the grade that follows from them, and what the ledger does about a change."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from shop.core.exceptions import ShopError
from shop.gateways.models import BillLine, BillPage
from shop.journal.models import JournalEntry
from shop.ledger import handlers
from shop.ledger.evidence import find_lines, record_evidence
from shop.ledger.fact_models import EvidenceFact, EvidenceKind, KeyCollision
from shop.ledger.grading import grades_of
from shop.ledger.models import LedgerEntry
from shop.ledger.services import post_event
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place
from tests.gateways.cast import paid_online
from tests.ledger.story import Story, at, event_of, share, total
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]

LINE, ACCEPTANCE, INVOICE = EvidenceKind.CHANNEL_LINE, EvidenceKind.ACCEPTANCE, EvidenceKind.INVOICE
CLERK = 101


def deliver(event: Event) -> None:
    """Take an event in as the routes would."""
    handled = {"order.paid": handlers.post_paid, "order.accepted": handlers.post_accepted}
    handled.get(event.topic, post_event)(event)


def catch_up() -> None:
    """Post what the facts have told of."""
    for message in OutboxMessage.objects.filter(topic="evidence.graded").order_by("pk"):
        post_event(event_of(message))


def fact(story: Story, kind: EvidenceKind, reference: str = "1", **changes: object) -> None:
    words = {"order_number": story.number, "kind": kind, "reference": reference, "actor_id": CLERK}
    record_evidence(**words | changes)  # type: ignore[arg-type]
    catch_up()


def of_unit(number: str = "YS-UNIT", key: int = 1) -> Story:
    """Return an organisation's order of 3 units, shipped."""
    story = Story([share(key, 9000, 3)], number=number, by_acceptance=True, post=deliver).place()
    return story.parcel("shipped", 1, 3)


def grades() -> dict[str, int]:
    return {grade: fen for grade in "ABD" if (fen := total(kind="goods", grade=grade))}


def test_all_three_make_the_highest_grade_and_one_that_falls_away_takes_it_back() -> None:
    story = of_unit().pay(("p", 9000)).accept("AR-1", 3)
    fact(story, LINE)
    assert grades() == {"B": 9000}
    fact(story, INVOICE, "26330000000000000001")
    assert grades() == {"A": 9000}
    assert grades_of(story.number) == {"p": "A"}
    fact(story, INVOICE, "26330000000000000001", holds=False, reason="红冲")
    assert grades() == {"B": 9000}
    assert total(kind="goods", stage="confirmed", grade="B") == 9000
    call_command("verify_ledger")
    call_command("replay_ledger")
    entry = JournalEntry.objects.filter(action="evidence.recorded").latest("pk")
    assert (entry.actor_id, entry.object_key, entry.reason) == (CLERK, story.number, "红冲")


def test_a_payment_that_is_not_verified_any_more_leaves_the_headline() -> None:
    story = of_unit().pay(("p", 9000)).accept("AR-1", 3)
    fact(story, EvidenceKind.PAYMENT, holds=False, reason="回单是假的")
    assert grades() == {"D": 9000}
    fact(story, EvidenceKind.PAYMENT, reference="2")
    assert grades() == {"B": 9000}


def test_facts_of_before_the_payment_hold_for_the_money() -> None:
    story = of_unit().accept("AR-1", 3)
    fact(story, LINE)
    fact(story, EvidenceKind.NO_INVOICE)
    assert grades() == {}
    story.pay(("p", 9000), day="2026-10-20")
    catch_up()
    assert grades() == {"A": 9000}
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_a_fact_of_one_payment_moves_that_payment_alone() -> None:
    story = of_unit().pay(("p", 4000), ("q", 5000)).accept("AR-1", 3)
    fact(story, EvidenceKind.NO_INVOICE)
    fact(story, LINE, payment_key="q")
    assert grades() == {"A": 5000, "B": 4000}


def test_the_same_fact_twice_is_one_fact_and_facts_stay() -> None:
    story = of_unit().pay(("p", 9000)).accept("AR-1", 3)
    fact(story, LINE)
    before = EvidenceFact.objects.count(), JournalEntry.objects.count(), OutboxMessage.objects.count()
    fact(story, LINE)
    assert before == (
        EvidenceFact.objects.count(),
        JournalEntry.objects.count(),
        OutboxMessage.objects.count(),
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EvidenceFact.objects.update(holds=False, reason="x")


def refused(act: Callable[[], object], code: str) -> None:
    before = EvidenceFact.objects.count(), OutboxMessage.objects.count(), LedgerEntry.objects.count()
    with pytest.raises(ShopError) as error:
        act()
    assert error.value.code == code
    assert before == (
        EvidenceFact.objects.count(),
        OutboxMessage.objects.count(),
        LedgerEntry.objects.count(),
    )


def test_what_is_no_fact_is_refused() -> None:
    story = of_unit().pay(("p", 9000))
    refused(lambda: fact(story, LINE, " "), "reference")
    refused(lambda: fact(story, LINE, holds=False), "reason")
    refused(lambda: fact(story, LINE, order_number="YS-NONE"), "unknown")


def test_an_invoice_that_proves_another_order_waits_in_the_register() -> None:
    first, second = of_unit().pay(("p", 9000)), of_unit("YS-OTHER", key=2).pay(("q", 9000))
    fact(first, INVOICE, "2633 0000 0000 0000 0001")
    refused(lambda: fact(second, INVOICE, "26330000000000000001"), "taken")
    collision = KeyCollision.objects.get()
    assert (collision.key.owner, collision.owner, collision.state) == (
        "invoice:YS-UNIT",
        "invoice:YS-OTHER",
        "open",
    )


def test_lines_of_bills_are_found_for_what_organisations_bought() -> None:
    record = place(lines=[(make_product(stock=9), 2)])
    payment = paid_online(record)
    drain()
    page = BillPage.objects.create(provider="demo", digest="0", raw="", fetched_at=at("2026-10-02"))
    BillLine.objects.create(
        provider="demo",
        line_id="L1",
        page=page,
        kind="payment",
        channel_kind="payment",
        occurred_at=at("2026-10-01"),
        available_at=at("2026-10-01"),
        settled_minor=payment.fen,
        fee_minor=0,
        net_minor=payment.fen,
        settled_currency="cny",
        payment=payment,
    )
    assert find_lines() == 0
    OrderRecord.objects.update(buyer_kind="union")
    assert (find_lines(), find_lines()) == (1, 0)
    found = EvidenceFact.objects.get()
    assert (found.kind, found.payment_key, found.reference, found.recorded_by) == (
        "channel_line",
        payment.key,
        "bill:L1",
        None,
    )
