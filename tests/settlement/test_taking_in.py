"""What each event does to what a supplier is owed; every sum to the fen."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction

from shop.ledger.services import post_event
from shop.outbox.models import OutboxMessage
from shop.settlement import services
from shop.settlement.exceptions import SettlementError
from shop.settlement.models import SettlementEntry, Standing, SupplierAccount, SupplierStatement, TakenEvent
from shop.settlement.taking import TOPICS
from tests.ledger.story import Story, charge, item, share
from tests.settlement.cast import (
    CODE,
    OCTOBER,
    REVIEWER,
    TELLER,
    account,
    assert_settled,
    in_november,
    received,
    refund,
    sale,
    seller,
    steps,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_paid_goods_and_freight_are_collected_and_not_owed_yet() -> None:
    story = sale()
    assert steps(story.last) == [
        ("goods", "clearing", "pending", 10_000),
        ("freight", "clearing", "pending", 800),
    ]
    assert account() == {"collected": 10_800, "pending": 10_800}
    assert_settled()


def test_a_receipt_makes_goods_owed_unit_by_unit_and_freight_with_the_first() -> None:
    story = sale()
    story.parcel("shipped", 1, 1).parcel("shipped", 2, 2).parcel("signed", 1, 1)
    assert account() == {"collected": 10_800, "pending": 10_800}
    story.parcel("received", 1, 1)
    assert steps(story.last) == [
        ("goods", "pending", "payable", 3_333),
        ("freight", "pending", "payable", 800),
    ]
    story.parcel("received", 2, 2)
    assert steps(story.last) == [("goods", "pending", "payable", 6_667)]
    assert account() == {"collected": 10_800, "payable": 10_800}
    assert_settled()


def test_a_refund_takes_goods_out_at_the_request_and_gives_them_back_when_it_fails() -> None:
    story = received(sale())
    story.refund("requested", "R1", item("share:1", 1, 3_333))
    assert account() == {"collected": 10_800, "pending": 3_333, "payable": 7_467}
    assert_settled()
    story.refund("failed", "R1", item("share:1", 1, 3_333))
    assert account() == {"collected": 10_800, "payable": 10_800}
    refund(story, 10_000, 3, name="R2")
    assert account() == {"collected": 800, "payable": 800}
    assert_settled()


def test_goods_in_dispute_are_not_owed_until_their_replacement_is_there() -> None:
    story = received(sale()).dispute("opened", "A1", (1, 2))
    assert account() == {"collected": 10_800, "pending": 6_666, "payable": 4_134}
    assert_settled()
    refund(story, 3_334, 1)
    assert account() == {"collected": 7_466, "pending": 6_666, "payable": 800}
    story.dispute("settled", "A1", (1, 2))
    assert account() == {"collected": 7_466, "payable": 7_466}
    assert_settled()


def test_a_refund_of_goods_in_dispute_ends_the_dispute() -> None:
    story = refund(received(sale()).dispute("opened", "A1", (1, 2)), 10_000, 3)
    assert account() == {"collected": 800, "payable": 800}
    story.dispute("settled", "A1", (1, 2))
    assert account() == {"collected": 800, "payable": 800}
    assert_settled()


def test_freight_that_goes_back_is_no_longer_owed() -> None:
    story = received(sale())
    paid = item("charge:1", 0, 500) | {"parts": [{"payment_key": "pay-YS1", "fen": 500}]}
    story.refund("requested", "R1", item("charge:1", 0, 500)).refund("executed", "R1", paid)
    assert steps(story.last) == [
        ("freight", "payable", "pending", 500),
        ("freight", "pending", "clearing", 500),
    ]
    assert account() == {"collected": 10_300, "payable": 10_300}
    assert_settled()


def test_goods_refunded_before_they_left_owe_no_freight_that_went_back_with_them() -> None:
    story = sale()
    goods = item("share:1", 3, 10_000) | {"parts": [{"payment_key": "pay-YS1", "fen": 10_000}]}
    freight = item("charge:1", 0, 800) | {"parts": [{"payment_key": "pay-YS1", "fen": 800}]}
    story.refund("requested", "R1", item("share:1", 3, 10_000), item("charge:1", 0, 800))
    story.refund("executed", "R1", goods, freight)
    assert account() == {}
    assert_settled()


def test_a_unit_s_goods_are_owed_when_its_report_accepts_them_and_they_are_paid() -> None:
    seller()
    story = Story(
        [share(1, 10_000, 3)], [charge(1, 800)], number="YS1", by_acceptance=True, post=tell
    ).place()
    story.parcel("shipped", 1, 3).parcel("received", 1, 3).accept("AR-1", 2)
    assert not SupplierAccount.objects.exists()
    story.pay()
    assert account() == {"collected": 10_800, "pending": 3_334, "payable": 7_466}
    story.accept("AR-2", 1)
    assert account() == {"collected": 10_800, "payable": 10_800}
    assert_settled()


def test_fees_and_donations_are_not_the_supplier_s() -> None:
    shares, charges = [share(1, 10_000, 3)], [charge(1, 300, "fee"), charge(2, 200, "donation")]
    Story(shares, charges, number="YS1", post=tell).place().pay()
    assert account() == {"collected": 10_000, "pending": 10_000}
    assert_settled()


def test_each_supplier_of_an_order_has_its_own() -> None:
    tea, pears = share(1, 10_000, 3), share(2, 5_000, 2, supplier="LQ-02")
    freight = [charge(1, 800), charge(2, 600, supplier="LQ-02") | {"supplier": "LQ-02"}]
    story = Story([tea, pears], freight, number="YS1", post=tell).place().pay()
    story.parcel("shipped", 1, 0, 2).parcel("received", 1, 0, 2)
    assert account() == {"collected": 10_800, "pending": 10_800}
    assert account("LQ-02") == {"collected": 5_600, "payable": 5_600}
    assert_settled()


def test_commission_follows_the_goods_there_and_back_and_never_the_freight() -> None:
    with in_november():
        seller()
        rate = services.propose_rate(
            supplier=CODE, category="", rate_bp=333, starts_on=OCTOBER.replace(month=12, day=1),
            reason="合同", proposed_by=TELLER,
        )  # fmt: skip
        services.approve_rate(rate_id=rate.pk, approved_by=REVIEWER)
    sale("YS0", key=9)
    story = sale(day="2026-12-01")
    story.parcel("shipped", 1, 3, day="2026-12-02").parcel("received", 1, 3, day="2026-12-05")
    assert ("commission", "payable", "commission", 333) in steps(story.last)
    story.refund("requested", "R1", item("share:1", 1, 3_333), day="2026-12-06")
    # 6667 fen are left: 222.01 fen of commission, so 111 go back.
    assert steps(story.last)[-1] == ("commission", "commission", "payable", 111)
    assert account()["commission"] == 222
    assert Standing.objects.get(source_key="share:9").rate_bp == 0
    assert_settled()


def test_an_event_told_twice_changes_nothing_the_second_time() -> None:
    story = received(sale())
    before = SettlementEntry.objects.count()
    for event in story.told:
        if event.topic in TOPICS:
            assert services.take_event(event) == []
    assert SettlementEntry.objects.count() == before
    assert_settled()


def test_an_event_that_cannot_be_leaves_nothing() -> None:
    story = sale()
    before = TakenEvent.objects.count()
    story.post = services.take_event
    with pytest.raises(SettlementError, match="never shipped"), transaction.atomic():
        story.parcel("received", 7, 3)
    assert TakenEvent.objects.count() == before
    assert account() == {"collected": 10_800, "pending": 10_800}


def test_an_order_from_before_is_taken_in_with_its_next_event_or_by_the_command() -> None:
    first, second = (
        Story([share(n, 10_000, 3)], number=f"YS{n}", post=post_event).place().pay() for n in (1, 2)
    )
    assert not TakenEvent.objects.exists()
    first.post = tell
    first.parcel("shipped", 1, 3)
    assert account() == {"collected": 10_000, "pending": 10_000}
    call_command("catch_up_settlement")
    assert account() == {"collected": 20_000, "pending": 20_000}
    told = OutboxMessage.objects.filter(topic__in=TOPICS).count()
    assert TakenEvent.objects.count() == told == len([*first.told, *second.told]) - 2
    call_command("catch_up_settlement")
    assert account() == {"collected": 20_000, "pending": 20_000}
    assert_settled()


def test_entries_and_statements_can_never_be_changed() -> None:
    seller()
    received(sale())
    with in_november():
        services.draw_statements(through=OCTOBER, demo=True, actor_id=TELLER)
    for model in (SettlementEntry, SupplierStatement):
        row = model.objects.first()
        assert row is not None
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(demo=False)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.filter(pk=row.pk)._raw_delete(model.objects.db)


def test_the_database_takes_only_whole_steps_between_accounts() -> None:
    story = sale()
    entry = SettlementEntry.objects.first()
    assert entry is not None and story.last is not None
    for change in (
        {"fen": 0},
        {"debit": "paid", "credit": "payable"},
        {"credit": "clearing"},
        {"supplier": ""},
    ):
        entry.pk = None
        entry.source_key = "share:77"
        fields = {name: getattr(entry, name) for name in change}
        for name, value in change.items():
            setattr(entry, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save(force_insert=True)
        for name, value in fields.items():
            setattr(entry, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierAccount.objects.update(payable_fen=1)
