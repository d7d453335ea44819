"""What a later decision about an origin claim does to sales before it."""

import pytest
from django.core.management import call_command

from shop.core import clock
from shop.ledger import handlers
from shop.ledger.models import LedgerEntry
from shop.listings import services as listings
from shop.listings.models import ClaimState
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place
from tests.gateways.cast import paid_online
from tests.ledger.story import event_of, total
from tests.suppliers.cast import paper
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def verify() -> None:
    today = clock.today()
    until = today.replace(year=today.year + 1)
    listings.verify_claim(sku="tea-001", valid_from=today, valid_until=until, upload=paper(), actor_id=7)


def paid(state: ClaimState) -> OrderRecord:
    """Return a paid order of a product whose claim stands like this, in the ledger."""
    record = place(lines=[(make_product(claim_state=state, stock=9), 2)])
    paid_online(record)
    drain()
    return record


def counted() -> dict[str, int]:
    return {
        state: fen
        for state in ("eligible", "pending", "ineligible")
        if (fen := total(kind="goods", eligibility=state))
    }


def test_a_pending_sale_joins_when_its_claim_is_verified() -> None:
    record = paid(ClaimState.PENDING)
    whole = record.goods_fen
    assert counted() == {"pending": whole}
    verify()
    drain()
    assert counted() == {"eligible": whole}
    assert set(LedgerEntry.objects.filter(leg="restate").values_list("ineligible_reason", flat=True)) == {""}
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_a_claim_found_false_takes_its_sales_out_now_with_the_reason() -> None:
    record = paid(ClaimState.VERIFIED)
    listings.reject_claim(sku="tea-001", reason="证明是假的", actor_id=7)
    drain()
    assert counted() == {"ineligible": record.goods_fen}
    restated = LedgerEntry.objects.filter(leg="restate")
    assert set(restated.values_list("ineligible_reason", flat=True)) == {"claim_rejected"}
    verify()
    drain()
    assert counted() == {"eligible": record.goods_fen}
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_a_decision_between_placing_and_payment_holds_for_the_money() -> None:
    record = place(lines=[(make_product(claim_state=ClaimState.PENDING, stock=9), 2)])
    verify()
    drain()
    assert not OutboxMessage.objects.filter(topic="claim.applied").exists()
    paid_online(record)
    drain()
    assert counted() == {"eligible": record.goods_fen}


def test_the_last_of_two_decisions_holds_though_the_first_is_still_on_its_way() -> None:
    record = paid(ClaimState.VERIFIED)
    listings.reject_claim(sku="tea-001", reason="证明是假的", actor_id=7)
    _follow_last()
    verify()
    _follow_last()
    drain()
    assert counted() == {"eligible": record.goods_fen}
    assert LedgerEntry.objects.filter(leg="restate", eligibility="ineligible").exists()


def _follow_last() -> None:
    """Let the ledger look at the last decision, and leave what follows from it on its way."""
    handlers.follow_claim(event_of(OutboxMessage.objects.filter(topic="claim.decided").latest("pk")))


def test_the_same_decision_again_posts_nothing_more() -> None:
    paid(ClaimState.PENDING)
    verify()
    drain()
    before = LedgerEntry.objects.count()
    verify()
    drain()
    assert LedgerEntry.objects.count() == before
