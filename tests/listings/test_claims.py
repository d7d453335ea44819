"""Origin claims: a dated decision with its proof, frozen on the orders placed after it."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.listings import services
from shop.listings.models import ClaimDecision, ClaimState, ProductOrigin
from shop.listings.selectors.claims import claims, claims_ending, claims_to_decide
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, make_supplier, place
from tests.suppliers.cast import held, paper, refused
from tests.worker import drain
from worker.routes import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.urls("shop.config.urls")]
DAY = dt.timedelta(days=1)


def verify(*, start: int = 0, end: int = 300, **changes: Any) -> ClaimDecision:
    values = {"upload": paper(), "actor_id": 7}
    today = clock.today()
    return services.verify_claim(
        sku="tea-001", valid_from=today + start * DAY, valid_until=today + end * DAY, **{**values, **changes}
    )


def verdict(record: OrderRecord) -> tuple[str, str]:
    share = record.shares.get()
    return (share.eligibility, share.reason)


def test_a_decision_counts_for_orders_placed_after_it() -> None:
    tea = make_product(claim_state=ClaimState.PENDING, stock=9)
    assert [claim.product_id for claim in claims_to_decide(SYSTEM)] == [tea.pk]
    before = place(lines=[(tea, 1)])
    decision = verify(note="产地证明 2026-018")
    after = place(lines=[(tea, 1)])
    services.reject_claim(sku="tea-001", reason="证明被撤销", actor_id=8)
    assert services.reject_claim(sku="tea-001", reason="证明被撤销", actor_id=8) is None
    rejected = place(lines=[(tea, 1)])
    assert [verdict(one) for one in (before, after, rejected)] == [
        ("pending", "claim_pending"),
        ("eligible", ""),
        ("ineligible", "claim_rejected"),
    ]
    assert list(claims_to_decide(SYSTEM)) == []
    told = list(OutboxMessage.objects.filter(topic="claim.decided").order_by("seq"))
    assert [(one.payload["state"], one.payload["decision_id"], one.seq) for one in told] == [
        ("verified", decision.pk, 1),
        ("rejected", ClaimDecision.objects.order_by("pk").last().pk, 2),  # type: ignore[union-attr]
    ]
    assert [route.name for route in ROUTES["claim.decided"]] == ["ledger.follow_claim"]
    drain()
    acts = JournalEntry.objects.filter(object_type="listing", action__startswith="claim.").order_by("pk")
    assert list(acts.values_list("action", "actor_id", "reason")) == [
        ("claim.verified", 7, "产地证明 2026-018"),
        ("claim.rejected", 8, "证明被撤销"),
    ]


def test_a_claim_holds_on_both_its_days_and_not_outside() -> None:
    tea = make_product(claim_state=ClaimState.PENDING, stock=9)
    verify(start=2, end=4)
    found = []
    for days in (1, 2, 4, 5):
        with time_machine.travel(clock.now() + days * DAY, tick=False):
            found.append(verdict(place(lines=[(tea, 1)]))[1])
    assert found == ["claim_pending", "", "", "claim_expired"]


def test_a_renewal_takes_no_day_away() -> None:
    tea = make_product(claim_state=ClaimState.PENDING, stock=9)
    verify(start=-10, end=20)
    assert refused(lambda: verify(start=22, end=400)) == ("gap", "valid_from")
    verify(start=21, end=400)
    origin = ProductOrigin.objects.get()
    today = clock.today()
    assert (origin.valid_from, origin.valid_until) == (today - 10 * DAY, today + 400 * DAY)
    assert verdict(place(lines=[(tea, 1)]))[0] == "eligible"
    days = ClaimDecision.objects.order_by("pk").values_list("valid_from", "valid_until")
    assert list(days) == [(today - 10 * DAY, today + 20 * DAY), (today + 21 * DAY, today + 400 * DAY)]


def test_the_proof_may_be_a_checked_paper_of_the_supplier() -> None:
    own, other = make_supplier(), make_supplier(code="other")
    make_product(supplier=own, claim_state=ClaimState.PENDING)
    foreign = held(other, "origin_proof", days=90)
    licence = held(own, "food_licence", days=90)
    for document in (foreign, licence):
        assert refused(partial(verify, upload=None, document_id=document.pk)) == ("file", "document")
    proof = held(own, "origin_proof", days=90)
    assert verify(upload=None, document_id=proof.pk).file == proof.file


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": 5, "end": 4}, "valid_until"),
        ({"start": -9, "end": -1}, "valid_until"),
        ({"end": 2000}, "valid_until"),
        ({"upload": None}, "file"),
        ({"document_id": 1}, "file"),
    ],
)
def test_what_is_wrong_with_a_verification_is_named(changes: dict[str, Any], field: str) -> None:
    make_product(claim_state=ClaimState.PENDING)
    assert refused(lambda: verify(**changes))[1] == field
    assert refused(lambda: services.reject_claim(sku="tea-001", reason=" ", actor_id=7))[1] == "reason"
    assert refused(lambda: services.reject_claim(sku="none", reason="x", actor_id=7))[1] == "sku"
    assert ProductOrigin.objects.get().claim_state == ClaimState.PENDING
    assert not ClaimDecision.objects.exists()
    assert not StoredFile.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_decisions_are_never_changed() -> None:
    make_product(claim_state=ClaimState.PENDING)
    verify()
    for statement in (
        "UPDATE listings_claimdecision SET reason = 'x'",
        "DELETE FROM listings_claimdecision",
    ):
        with (
            pytest.raises(Exception, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimDecision.objects.create(
            product=ProductOrigin.objects.get().product,
            region=ProductOrigin.objects.get().region,
            state="verified",
            decided_by=1,
            decided_at=clock.now(),
        )


def test_each_step_before_the_end_is_told_of_once() -> None:
    make_product(valid_until=clock.today() + 61 * DAY)
    make_product(sku="endless")
    assert services.remind_of_claims() == 0
    told = []
    for days in (1, 2, 31, 54, 62, 63):
        with time_machine.travel(clock.now() + days * DAY, tick=False):
            told.append((services.remind_of_claims(), services.remind_of_claims()))
    assert told == [(1, 0), (0, 0), (1, 0), (1, 0), (1, 0), (0, 0)]
    assert [claim.product.listing.sku for claim in claims_ending(SYSTEM)] == ["tea-001"]
    drain()
    # A new proof is a new beginning.
    verify(end=900)
    assert list(claims_ending(SYSTEM)) == []
    assert services.remind_of_claims() == 0


def test_a_scope_sees_the_claims_of_its_own() -> None:
    make_product()
    assert claims(Scope(regions=frozenset({"wangcang"}))).count() == 1
    assert claims(Scope(suppliers=frozenset({"wangcang-tea"}))).count() == 1
    assert claims(Scope(regions=frozenset({"longquan"}))).count() == 0
