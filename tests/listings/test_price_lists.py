"""Prices agreed with organisations: dated, approved by a second person, seen and paid by nobody else."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.exceptions import ListingError
from shop.listings.marking import MARKED_TABLES
from shop.listings.price_list_files import check_prices, read_price_file
from shop.listings.price_list_models import PriceList, PriceListRow
from shop.listings.selectors import agreed_tiers
from shop.listings.services import (
    approve_price_list,
    draft_price_list,
    end_price_list,
    propose_price_list,
    refuse_price_list,
    withdraw_price_list,
)
from shop.ordering.deals import Deal
from shop.ordering.quotes import quote_basket
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from tests.factories import make_user
from tests.factories.orders import make_basket
from tests.factories.price_lists import approved_list
from tests.procurement.cast import approve, draft, make_goods, make_union, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(last: int) -> Any:
    return make_user(phone=f"+861380000004{last}", grants=[(Role.STAFF, ScopeKind.ALL, "")])


def csv(*rows: str) -> bytes:
    return "\n".join(["货号,协议价,起始数量", *rows]).encode("gbk")


def drafted(*rows: str, **fields: Any) -> PriceList:
    given: dict[str, Any] = {
        "name": "工会协议价",
        "units": ["un-001"],
        "starts_on": clock.today(),
        "ends_on": None,
        "file_name": "a.csv",
        "read": read_price_file(csv(*rows)),
        "actor_id": 1,
    }
    return draft_price_list(**given | fields)


def test_a_bulk_quote_takes_the_lowest_of_everyones_and_the_agreed_price() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods, tea=20, pears=2)
    units = [union.unit.code]
    assert [line.unit_fen for line in bulk_quote(request).lines] == [9_500, 2_000]
    approved_list(goods.tea, units=units, price="90", least="20")
    # Above the price from ten on: everyone's is lower.
    approved_list(goods.tea, units=units, price="99", name="另一份")
    approved_list(goods.pears, units=units, price="18.5")
    assert [line.unit_fen for line in bulk_quote(request).lines] == [9_000, 1_850]
    services.save_quantities(request_id=request.pk, quantities={goods.tea.pk: 19}, actor_id=union.buyer.pk)
    assert [line.unit_fen for line in bulk_quote(request).lines] == [9_500, 1_850]


def test_the_order_is_placed_at_the_agreed_price_that_was_submitted() -> None:
    union, goods = make_union(), make_goods()
    agreed = approved_list(goods.tea, units=[union.unit.code])
    request = submitted(union, goods, tea=20)
    assert request.goods_fen == 180_000
    end_price_list(list_id=agreed.pk, actor_id=1)
    record = approve(request, union.approver).record
    assert record is not None
    assert (record.goods_fen, record.shares.get().fen) == (180_000, 180_000)


def test_a_list_that_ends_before_the_approval_sends_the_request_back() -> None:
    union, goods = make_union(), make_goods()
    agreed = approved_list(goods.tea, units=[union.unit.code])
    request = submitted(union, goods, tea=20)
    PriceList.objects.filter(pk=agreed.pk).update(ends_on=clock.today() - dt.timedelta(days=1))
    decision = approve(request, union.approver)
    assert decision.record is None
    assert decision.changes == ("“黄茶”：提交时单价 ¥90.00，现为 ¥95.00。",)


def test_an_agreed_price_reaches_no_other_unit_no_resident_and_no_kept_page() -> None:
    union, other, goods = make_union(), make_union(code="un-002", first_phone=60), make_goods()
    approved_list(goods.tea, units=[union.unit.code], price="77.77")
    own, others = draft(union, goods, tea=20), draft(other, goods, tea=20)
    shown = as_(union.buyer).get(f"/unit/requests/{own.number}/").content.decode()
    assert "77.77" in shown
    assert [line.unit_fen for line in bulk_quote(own).lines] == [7_777]
    assert [line.unit_fen for line in bulk_quote(others).lines] == [9_500]
    for reader, path in (
        (as_(other.buyer), f"/unit/requests/{others.number}/"),
        (as_(other.buyer), "/unit/template/xlsx/"),
        (Client(), goods.tea.get_absolute_url()),
        (as_(union.buyer), goods.tea.get_absolute_url()),
        (Client(), "/catalogue/"),
        (Client(), "/search/?q=黄茶"),
    ):
        answer = reader.get(path)
        assert (answer.status_code, b"77.77" in answer.content) == (200, False), path
    # The buyer of the unit as a resident.
    basket = make_basket(lines=[(goods.tea, 20)], owner=union.buyer)
    assert [line.unit_fen for line in quote_basket(basket=basket, province="").lines] == [9_500]
    # Nothing of it is remembered with the shelf, which everybody shares.
    assert not [table for table in MARKED_TABLES if "pricelist" in table]


def test_a_deal_holds_until_its_last_moment_and_only_for_its_goods() -> None:
    union, goods = make_union(), make_goods()
    approved_list(goods.tea, units=[union.unit.code], price="80")
    request = draft(union, goods, tea=20, pears=1)

    def prices(valid_until: dt.datetime | None) -> list[int]:
        deal = Deal(union.unit.code, {goods.tea.pk: 8_800}, valid_until)
        quote = quote_basket(basket=request.basket, province="", pool="bulk", deal=deal)
        return [line.unit_fen for line in quote.lines]

    now = clock.now()
    assert prices(None) == [8_800, 2_000]
    assert prices(now + dt.timedelta(seconds=60)) == [8_800, 2_000]
    assert prices(now) == [8_000, 2_000]


def test_lists_hold_between_their_days_once_a_second_person_approved() -> None:
    goods = make_goods()
    make_union()
    today = clock.today()
    found = drafted("WC-TEA-001,90,1", "WC-TEA-001,85,50", ends_on=today + dt.timedelta(days=5))
    assert drafted("WC-TEA-001,90,1", "WC-TEA-001,85,50", ends_on=today + dt.timedelta(days=5)) == found

    def fens(on: dt.date) -> list[int]:
        return [tier.price_fen for tier in agreed_tiers("un-001", [goods.tea.pk], on).get(goods.tea.pk, [])]

    assert fens(today) == []
    propose_price_list(list_id=found.pk, actor_id=1)
    assert fens(today) == []
    with pytest.raises(ListingError) as error:
        approve_price_list(list_id=found.pk, actor_id=1)
    assert error.value.code == "own_proposal"
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceList.objects.filter(pk=found.pk).update(decided_by=1)
    approve_price_list(list_id=found.pk, actor_id=2)
    assert approve_price_list(list_id=found.pk, actor_id=3).decided_by == 2
    days = [today + dt.timedelta(days=number) for number in (-1, 0, 5, 6)]
    assert [fens(day) for day in days] == [[], [9_000, 8_500], [9_000, 8_500], []]
    end_price_list(list_id=found.pk, actor_id=3)
    assert fens(days[2]) == []
    acts = JournalEntry.objects.filter(object_type="price_list").order_by("pk")
    assert [(entry.action, entry.actor_id) for entry in acts] == [
        ("price_list.drafted", 1),
        ("price_list.proposed", 1),
        ("price_list.approved", 2),
        ("price_list.ended", 3),
    ]
    with pytest.raises(ListingError) as error:
        withdraw_price_list(list_id=found.pk, actor_id=1)
    assert error.value.code == "wrong_state"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("NONE,5,1", "A 货号", "没有货号 NONE。"),
        ("WC-TEA-001,abc,1", "B 协议价", "不是金额"),
        ("WC-TEA-001,0,1", "B 协议价", "价格必须大于零"),
        ("WC-TEA-001,100,1", "B 协议价", "统一售价为 ¥100.00，协议价须低于它。"),
        ("WC-TEA-001,90,0", "C 起始数量", "1 到 99999"),
        ("WC-TEA-001,90,x", "C 起始数量", "不是"),
    ],
)
def test_every_bad_row_is_named_and_nothing_is_handed_in(row: str, column: str, reason: str) -> None:
    make_goods()
    make_union()
    found = drafted("LQ-FRT-001,18,", row)
    checked = check_prices(read_price_file(csv("LQ-FRT-001,18,", row)).rows, found.columns)
    assert [(fault.row, fault.column) for fault in checked.faults] == [(3, column)]
    assert reason in checked.faults[0].reason
    with pytest.raises(ListingError) as error:
        propose_price_list(list_id=found.pk, actor_id=1)
    assert (error.value.code, PriceListRow.objects.count()) == ("faults", 0)
    assert PriceList.objects.get().state == "draft"


def test_a_price_given_twice_is_named() -> None:
    make_goods()
    read = read_price_file(csv("WC-TEA-001,90,1", "wc-tea-001,80,", "WC-TEA-001,80,2"))
    checked = check_prices(read.rows, read.columns)
    assert [(fault.row, fault.reason) for fault in checked.faults] == [(3, "第 2 行已有该数量的价格。")]
    assert [(one.row, one.least, one.fen) for one in checked.good] == [(2, 1, 9_000), (4, 2, 8_000)]


def test_staff_agree_on_prices_from_a_file(client: Client) -> None:
    make_goods()
    union = make_union()
    first, second = as_(staff(1)), as_(staff(2))
    fields: dict[str, Any] = {"name": "教育系统", "units": "un-001", "starts_on": f"{clock.today()}"}
    desk = "/dashboard/price-lists/"
    wrong: list[tuple[dict[str, str], bytes]] = [
        ({"units": "un-404"}, csv("WC-TEA-001,90,1")),
        ({"name": " "}, csv("WC-TEA-001,90,1")),
        ({"ends_on": "2020-01-01"}, csv("WC-TEA-001,90,1")),
        ({}, b"x,y"),
        ({}, b""),
    ]
    for texts, raw in wrong:
        answer = first.post(desk, fields | texts | {"file": SimpleUploadedFile("a.csv", raw)})
        assert (answer.status_code, PriceList.objects.count()) == (422, 0), texts
    file = SimpleUploadedFile("a.csv", csv("WC-TEA-001,90,1", "NONE,1,1"))
    page = first.post(desk, fields | {"file": file})["Location"]
    shown = first.get(page).content.decode()
    assert "第 3 行" in shown
    first.post(f"{page}decide/", {"act": "propose"})
    assert PriceList.objects.get().state == "draft"
    first.post(f"{page}decide/", {"act": "withdraw"})
    file = SimpleUploadedFile("a.csv", csv("WC-TEA-001,90,1"))
    page = first.post(desk, fields | {"file": file})["Location"]
    first.post(f"{page}decide/", {"act": "propose"})
    first.post(f"{page}decide/", {"act": "approve"})
    assert PriceList.objects.latest("pk").state == "proposed"
    assert 'value="approve"' not in first.get(page).content.decode()
    second.post(f"{page}decide/", {"act": "refuse"})
    assert PriceList.objects.latest("pk").state == "proposed"
    second.post(f"{page}decide/", {"act": "approve"})
    assert PriceList.objects.latest("pk").state == "approved"
    assert "已生效" in second.get(desk).content.decode()
    assert as_(union.buyer).get(desk).status_code == 404
    refused = drafted("LQ-FRT-001,18,")
    propose_price_list(list_id=refused.pk, actor_id=1)
    assert refuse_price_list(list_id=refused.pk, note="太低", actor_id=2).note == "太低"
