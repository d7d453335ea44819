"""A purchase of one's own counts for one's unit by one's word, once, and no longer than that."""

from collections.abc import Callable
from functools import partial

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.models import Sum

from shop.accounts.models import User
from shop.journal.models import JournalEntry
from shop.ledger.consents import ConsentError, consent_of, decide_consent
from shop.ledger.fact_models import ConsentDecision
from shop.ledger.models import LedgerEntry
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, make_user, place
from tests.factories.buyers import make_organisation
from tests.gateways.cast import paid_online
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def member() -> User:
    person = make_user(phone="+8613800000061", name="工会会员")
    make_organisation(code="un-1", buyer=person)
    return person


def order_of(person: User, *, paid: bool = True) -> OrderRecord:
    record = place(lines=[(make_product(price_fen=3_333, stock=20), 3)], buyer=person)
    if paid:
        paid_online(record)
    drain()
    return record


def say(record: OrderRecord, person: User, *, given: bool = True, unit: str = "un-1") -> bool:
    done = decide_consent(number=record.number, organisation=unit, given=given, actor_id=person.pk)
    drain()
    return done


def credited() -> dict[str, int]:
    rows = LedgerEntry.objects.filter(kind="goods").values_list("credited_organisation")
    return {code: fen for code, fen in rows.annotate(fen=Sum("fen")).order_by("credited_organisation") if fen}


def test_consent_credits_the_unit_and_its_end_takes_it_back(member: User) -> None:
    record = order_of(member)
    assert credited() == {"": 9_999}
    assert (say(record, member), say(record, member)) == (True, False)
    assert (credited(), consent_of(record.number)) == ({"un-1": 9_999}, "un-1")
    entry = LedgerEntry.objects.filter(leg="restate").latest("pk")
    assert (entry.buyer_kind, entry.mode) == ("resident", "assisted")
    assert (say(record, member, given=False), say(record, member, given=False)) == (True, False)
    assert (credited(), consent_of(record.number)) == ({"": 9_999}, "")
    words = JournalEntry.objects.filter(action__startswith="consent.").order_by("pk")
    assert list(words.values_list("action", "actor_id", "before", "after")) == [
        ("consent.given", member.pk, {"unit": ""}, {"unit": "un-1"}),
        ("consent.withdrawn", member.pk, {"unit": "un-1"}, {"unit": ""}),
    ]
    assert_kept()
    call_command("replay_ledger")


def test_a_word_given_before_the_money_came_holds_for_it(member: User) -> None:
    record = order_of(member, paid=False)
    say(record, member)
    assert not OutboxMessage.objects.filter(topic="credit.applied").exists()
    paid_online(record)
    drain()
    assert credited() == {"un-1": 9_999}
    assert_kept()


def test_the_last_of_two_words_holds_though_the_first_is_still_on_its_way(member: User) -> None:
    record = order_of(member)
    for given in (True, False):
        decide_consent(number=record.number, organisation="un-1", given=given, actor_id=member.pk)
    drain()
    assert credited() == {"": 9_999}
    assert_kept()


def refused(act: Callable[[], object], code: str) -> None:
    before = (ConsentDecision.objects.count(), JournalEntry.objects.count(), OutboxMessage.objects.count())
    with pytest.raises(ConsentError) as error:
        act()
    assert error.value.code == code
    after = (ConsentDecision.objects.count(), JournalEntry.objects.count(), OutboxMessage.objects.count())
    assert after == before


def test_only_an_own_purchase_counts_and_only_for_an_own_unit(member: User) -> None:
    stranger = make_user(phone="+8613800000062", name="外人")
    own, other = order_of(member), order_of(stranger)
    refused(partial(say, other, member), "not_own")
    refused(partial(say, own, stranger), "not_own")
    refused(partial(say, own, member, unit="un-9"), "unit")
    refused(partial(say, other, stranger), "unit")
    refused(
        lambda: decide_consent(number="YS-NONE", organisation="un-1", given=True, actor_id=member.pk),
        "not_own",
    )


def test_what_was_said_stays_said(member: User) -> None:
    say(order_of(member), member)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentDecision.objects.update(given=False)
