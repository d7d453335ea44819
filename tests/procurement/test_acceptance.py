"""Counting by supplier and by parcel: what is missing, damaged, sent again; who signs, who approves."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from shop.accounts.models import User
from shop.accounts.scope import SYSTEM
from shop.buyers.services import remove_member
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.fulfilment.models import Parcel
from shop.fulfilment.reshipping import ship_replacement
from shop.ledger.models import LedgerEntry
from shop.notifications.models import BuyerNotice
from shop.ordering.desk_models import Acceptance, Reshipment
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.reshipments import cancel_reshipment
from shop.ordering.services import (
    UnitsOf,
    record_reship_signed,
    request_refund,
    set_stock,
    withdraw_refund,
)
from shop.procurement import services
from shop.procurement.acceptance import MOST_PHOTOS
from shop.procurement.acceptance_pages import photos_of
from shop.procurement.models import AcceptanceReport, PayBy, Remedy
from shop.procurement.services import Arrival, Counted
from shop.procurement.standing import Part, standing_of
from tests.factories import make_organisation, make_user, pay
from tests.files.uploads import photo
from tests.fulfilment.cast import open_supplier_orders, ship
from tests.procurement.cast import Goods, Union, approved, give_terms, make_goods, make_union, shipped
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def on_terms(union: Union, goods: Goods, **units: int) -> OrderRecord:
    """Return an order on terms that the suppliers may ship."""
    give_terms(union.unit)
    record = approved(union, goods, pay_by=PayBy.TERMS, **units)
    drain()
    record.refresh_from_db()
    return record


def report(record: OrderRecord, union: Union, *counted: Counted, **arrival: Any) -> AcceptanceReport:
    return services.report_acceptance(
        record_id=record.pk, counted=counted, actor_id=union.buyer.pk, arrival=Arrival(**arrival)
    )


def code_of(call: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(ShopError) as refused:
        call(*args, **fields)
    return refused.value.code


def line_of(record: OrderRecord, sku: str) -> int:
    return record.shares.get(dims__product=sku).line_id


def tea_of(record: OrderRecord) -> Any:
    """Return the standing of the tea."""
    return standing_of(record)[0]


def stages(record: OrderRecord) -> dict[str, int]:
    drain()
    sums: dict[str, int] = {}
    for stage, fen in LedgerEntry.objects.filter(order_number=record.number, kind="goods").values_list(
        "stage", "fen"
    ):
        sums[stage] = sums.get(stage, 0) + fen
    return {stage: fen for stage, fen in sums.items() if fen}


def test_a_report_is_about_one_supplier_or_one_parcel_of_the_order(union: Union, goods: Goods) -> None:
    record = on_terms(union, goods, tea=20, pears=4)
    tea_co = record.supplier_orders.get(supplier__code="tea-co")
    pear_co = record.supplier_orders.get(supplier__code="pear-co")
    tea, pears = line_of(record, "WC-TEA-001"), line_of(record, "LQ-FRT-001")
    share = record.shares.get(line=tea)
    first = ship(tea_co, units={share.pk: 8}, number="EMS000901")
    ship(tea_co, units={share.pk: 12}, number="EMS000902")
    ship(pear_co)
    assert [(line.sku, line.to_report) for line in standing_of(record, Part(parcel=first))] == [
        ("WC-TEA-001", 8)
    ]
    # Nine units are shipped, but not in this parcel; pears are not this supplier's.
    assert code_of(report, record, union, Counted(tea, 9), parcel_id=first.pk) == "units"
    assert code_of(report, record, union, Counted(pears, 1), supplier_order_id=tea_co.pk) == "unknown_part"
    other = make_union(code="un-002", first_phone=60)
    foreign = on_terms(other, goods, tea=20)
    foreign_order = foreign.supplier_orders.get()
    assert (
        code_of(report, record, union, Counted(tea, 1), supplier_order_id=foreign_order.pk) == "unknown_part"
    )
    assert not AcceptanceReport.objects.exists()

    of_parcel = report(record, union, Counted(tea, 8), parcel_id=first.pk)
    assert (of_parcel.parcel, of_parcel.supplier_order) == (first, None)
    assert [line.to_report for line in standing_of(record, Part(parcel=first))] == [0]
    assert [line.to_report for line in standing_of(record, Part(supplier_order=tea_co))] == [12]
    assert code_of(report, record, union, Counted(tea, 1), parcel_id=first.pk) == "units"
    rest = report(record, union, Counted(tea, 12), supplier_order_id=tea_co.pk)
    assert (rest.parcel, rest.supplier_order) == (None, tea_co)
    with pytest.raises(IntegrityError, match="acceptance_of_one_part"), transaction.atomic():
        AcceptanceReport.objects.filter(pk=rest.pk).update(parcel=first)


def test_parcels_are_received_by_the_worker_once_their_goods_are_counted(union: Union, goods: Goods) -> None:
    record = on_terms(union, goods, tea=20)
    order, share = record.supplier_orders.get(), record.shares.get()
    first = ship(order, units={share.pk: 8}, number="EMS000901")
    second = ship(order, units={share.pk: 12}, number="EMS000902")
    done = report(record, union, Counted(share.line_id, 8), parcel_id=first.pk)
    services.approve_acceptance(report_id=done.pk, actor_id=union.approver.pk)
    states = lambda: list(Parcel.objects.order_by("pk").values_list("state", flat=True))
    assert states() == ["shipped", "shipped"]
    drain()
    assert states() == ["received", "shipped"]
    # A report that nobody has approved receives nothing.
    waiting = report(record, union, Counted(share.line_id, 12), parcel_id=second.pk)
    assert services.receive_counted_parcels(record_id=record.pk, actor_id=union.approver.pk) == 0
    services.approve_acceptance(report_id=waiting.pk, actor_id=union.approver.pk)
    drain()
    assert states() == ["received", "received"]
    assert services.receive_counted_parcels(record_id=record.pk, actor_id=union.approver.pk) == 0
    record.refresh_from_db()
    assert record.fulfilment_state == "received"
    assert stages(record) == {"receivable": 20 * 9_500}
    assert_kept()


def test_missing_units_speak_for_themselves_and_damage_needs_words_and_a_photo(
    union: Union, goods: Goods
) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    tea = line_of(record, "WC-TEA-001")
    damaged = Counted(tea, 17, damaged=1, reason="罐体压坏", short=2)
    assert code_of(report, record, union, damaged) == "photo_missing"
    wordless = Counted(tea, 17, damaged=1)
    assert code_of(report, record, union, wordless, photos=[photo()]) == "reason_missing"
    many = [photo() for _number in range(MOST_PHOTOS + 1)]
    assert code_of(report, record, union, damaged, photos=many) == "photos"
    tomorrow = clock.today() + dt.timedelta(days=1)
    assert code_of(report, record, union, damaged, photos=[photo()], received_on=tomorrow) == "received_later"
    nothing = SimpleUploadedFile("a.jpg", b"")
    assert code_of(report, record, union, damaged, photos=[photo(), nothing]) == "empty"
    assert not AcceptanceReport.objects.exists()
    assert not StoredFile.objects.exists()

    found = report(record, union, damaged, photos=[photo(), photo()], signer=" 张师傅 ")
    assert (found.signer, found.received_on) == ("张师傅", clock.today())
    assert list(StoredFile.objects.values_list("account", "owner_key").distinct()) == [
        ("organisation:un-001", found.number)
    ]
    (line,) = found.lines.all()
    assert (line.accepted_units, line.short_units, line.damaged_units, line.rejected_units) == (17, 2, 1, 3)
    assert [file.url for file in photos_of([found], user_id=1)[found.number]] == ["", ""]
    encode_photos()
    assert all(file.thumb for file in photos_of([found], user_id=1)[found.number])

    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    record.refresh_from_db()
    assert (record.due_fen, stages(record)) == (17 * 9_500, {"receivable": 17 * 9_500})
    assert_kept()


def test_of_a_paid_order_missing_goods_become_a_refund_that_says_so(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20)
    pay(record)
    shipped(record)
    found = report(record, union, Counted(line_of(record, "WC-TEA-001"), 18, short=2))
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    wish = RefundRequest.objects.get()
    assert (wish.fen, wish.reason) == (19_000, "验收时短少")


def test_units_whose_refund_is_refused_are_counted_anew_and_owed(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20)
    pay(record)
    shipped(record)
    tea = line_of(record, "WC-TEA-001")
    found = report(record, union, Counted(tea, 18, short=2))
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    assert tea_of(record).to_report == 0
    withdraw_refund(request_id=RefundRequest.objects.get().pk, reason="有签收照片", actor_id=99)
    assert (tea_of(record).rejected, tea_of(record).to_report) == (2, 2)
    last = report(record, union, Counted(tea, 1, short=1))
    services.approve_acceptance(report_id=last.pk, actor_id=union.approver.pk)
    assert (record.shares.get().accepted_units, tea_of(record).to_report) == (19, 0)
    assert code_of(report, record, union, Counted(tea, 1)) == "units"


def test_rejected_units_whose_refund_is_refused_are_told_from_refunds_of_what_never_left(
    union: Union, goods: Goods
) -> None:
    record = approved(union, goods, tea=20)
    pay(record)
    drain(failures_expected=True)
    open_supplier_orders(record)
    order, share = record.supplier_orders.get(), record.shares.get()
    ship(order, units={share.pk: 12}, number="EMS000901")
    # Eight that never left are refunded, three of the twelve are broken.
    asked = request_refund(
        record_id=record.pk, portions=[UnitsOf(share.pk, 8)], reason="不要了", actor_id=union.buyer.pk
    )
    found = report(record, union, Counted(share.line_id, 9, short=3))
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    row = tea_of(record)
    assert (row.gone, row.gone_shipped, row.to_report) == (11, 3, 0)
    wish = RefundRequest.objects.exclude(pk=asked.pk).get()
    withdraw_refund(request_id=wish.pk, reason="有签收照片", actor_id=99)
    # As many are gone as before were rejected, yet none of those: they are counted anew.
    row = tea_of(record)
    assert (row.gone, row.gone_shipped, row.rejected, row.to_report) == (8, 0, 3, 3)
    last = report(record, union, Counted(share.line_id, 3))
    services.approve_acceptance(report_id=last.pk, actor_id=union.approver.pk)
    assert (record.shares.get().accepted_units, tea_of(record).to_report) == (12, 0)


def test_goods_that_are_sent_again_are_counted_when_they_have_come(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    tea = line_of(record, "WC-TEA-001")
    again = Counted(tea, 17, short=1, damaged=2, reason="压坏", remedy=Remedy.RESHIP)
    found = report(record, union, again, photos=[photo()])
    assert not Reshipment.objects.exists()
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    replacement = Reshipment.objects.get()
    assert (replacement.units, replacement.reason) == (3, "验收时短少、破损：压坏")
    record.refresh_from_db()
    # No money moves: the three units are still owed, and paid for once they are accepted.
    assert (record.due_fen, RefundRequest.objects.count()) == (20 * 9_500, 0)
    assert (tea_of(record).replacing, tea_of(record).rejected, tea_of(record).to_report) == (3, 0, 0)
    assert code_of(report, record, union, Counted(tea, 1)) == "units"
    assert stages(record) == {"receivable": 17 * 9_500}

    ship_replacement(
        scope=SYSTEM,
        reshipment_id=replacement.pk,
        courier="邮政EMS",
        tracking_number="EMS000777",
        actor_id=1,
    )
    assert tea_of(record).to_report == 0
    record_reship_signed(reshipment_id=replacement.pk, signed_at=clock.now(), actor_id=1, reason="signed")
    assert (tea_of(record).replacing, tea_of(record).to_report) == (0, 3)
    last = report(record, union, Counted(tea, 3), supplier_order_id=record.supplier_orders.get().pk)
    services.approve_acceptance(report_id=last.pk, actor_id=union.approver.pk)
    assert record.shares.get().accepted_units == 20
    assert stages(record) == {"receivable": 20 * 9_500}
    assert_kept()


def test_a_replacement_that_is_called_off_leaves_the_units_to_be_decided(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    tea = line_of(record, "WC-TEA-001")
    found = report(record, union, Counted(tea, 18, short=2, remedy=Remedy.RESHIP))
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    cancel_reshipment(reshipment_id=Reshipment.objects.get().pk, reason="无货", actor_id=1)
    assert tea_of(record).to_report == 2
    money = report(record, union, Counted(tea, 0, short=2))
    services.approve_acceptance(report_id=money.pk, actor_id=union.approver.pk)
    record.refresh_from_db()
    assert (record.due_fen, tea_of(record).to_report) == (18 * 9_500, 0)
    assert stages(record) == {"receivable": 18 * 9_500}
    assert_kept()


def test_goods_that_are_gone_are_not_promised_again(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    set_stock(stockrecord=goods.tea.stockrecords.get(), pool="bulk", on_hand=0)
    counted = Counted(line_of(record, "WC-TEA-001"), 18, short=2, remedy=Remedy.RESHIP)
    found = report(record, union, counted)
    with pytest.raises(ShopError):
        services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    found.refresh_from_db()
    assert (found.state, Acceptance.objects.count(), Reshipment.objects.count()) == ("reported", 0, 0)


def test_buyers_report_and_approvers_approve_but_a_report_is_never_stuck(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    tea = line_of(record, "WC-TEA-001")
    count: dict[str, Any] = {"record_id": record.pk, "counted": [Counted(tea, 20)]}
    assert code_of(services.report_acceptance, actor_id=union.approver.pk, **count) == "not_a_member"
    found = services.report_acceptance(actor_id=union.second.pk, **count)
    # Another buyer does not approve while the unit has an approver.
    approve: dict[str, Any] = {"report_id": found.pk}
    assert code_of(services.approve_acceptance, actor_id=union.buyer.pk, **approve) == "not_a_member"
    remove_member(organisation_id=union.unit.pk, user_id=union.approver.pk, role="approver", actor_id=None)
    assert code_of(services.approve_acceptance, actor_id=union.approver.pk, **approve) == "not_a_member"
    assert code_of(services.approve_acceptance, actor_id=union.second.pk, **approve) == "own_report"
    services.approve_acceptance(actor_id=union.buyer.pk, **approve)
    found.refresh_from_db()
    assert found.state == "approved"


def test_the_owner_lets_a_report_count_and_without_approver_and_owner_any_other_member_does(
    union: Union, goods: Goods
) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    tea = line_of(record, "WC-TEA-001")
    owner, finance, acceptor = (make_user(phone=f"+861390000008{number}") for number in range(3))
    make_organisation(code="un-001", owner=owner, finance=finance, acceptor=acceptor)
    report_by: dict[str, Any] = {"record_id": record.pk, "actor_id": acceptor.pk}
    first = services.report_acceptance(counted=[Counted(tea, 5)], **report_by)
    assert code_of(services.approve_acceptance, report_id=first.pk, actor_id=finance.pk) == "not_a_member"
    assert code_of(services.withdraw_acceptance, report_id=first.pk, actor_id=finance.pk) == "not_a_member"
    assert services.approve_acceptance(report_id=first.pk, actor_id=owner.pk).state == "approved"
    for person in (union.approver, union.second):
        remove_member(organisation_id=union.unit.pk, user_id=person.pk, role="approver", actor_id=None)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    BuyerNotice.objects.all().delete()
    second = services.report_acceptance(counted=[Counted(tea, 15)], **report_by)
    drain()
    told = BuyerNotice.objects.filter(kind="unit_acceptance_reported").values_list("user", flat=True)
    assert set(told) == {union.buyer.pk, union.second.pk, finance.pk}
    assert services.approve_acceptance(report_id=second.pk, actor_id=finance.pk).state == "approved"


def test_an_approver_whose_account_is_closed_holds_no_report_up(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    remove_member(organisation_id=union.unit.pk, user_id=union.second.pk, role="approver", actor_id=None)
    found = report(record, union, Counted(line_of(record, "WC-TEA-001"), 20))
    approve: dict[str, Any] = {"report_id": found.pk}
    assert code_of(services.approve_acceptance, actor_id=union.second.pk, **approve) == "not_a_member"
    type(union.approver).objects.filter(pk=union.approver.pk).update(is_active=False)
    assert code_of(services.approve_acceptance, actor_id=union.approver.pk, **approve) == "not_a_member"
    services.approve_acceptance(actor_id=union.second.pk, **approve)
    found.refresh_from_db()
    assert found.state == "approved"


def test_a_form_sent_twice_reports_once(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    counted = Counted(line_of(record, "WC-TEA-001"), 5)
    first = report(record, union, counted, form_key="k1")
    assert report(record, union, counted, form_key="k1") == first
    assert report(record, union, counted, form_key="k2") != first
    assert tea_of(record).waiting == 10


def test_a_report_from_before_there_were_photos_can_still_be_approved(union: Union, goods: Goods) -> None:
    record = shipped(on_terms(union, goods, tea=20))
    report_ = report(record, union, Counted(line_of(record, "WC-TEA-001"), 20))
    with pytest.raises(IntegrityError, match="acceptance_damage_has_reason"), transaction.atomic():
        report_.lines.update(damaged_units=1)
    report_.lines.update(damaged_units=1, reason="碎", accepted_units=19)
    services.approve_acceptance(report_id=report_.pk, actor_id=union.approver.pk)
    assert tea_of(record).rejected == 1
