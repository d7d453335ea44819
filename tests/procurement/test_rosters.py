"""Lists of people: read in every form, every bad row named, nothing before the yes, shared out, erased on their day."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.accounts.models import User
from shop.core.exceptions import ShopError
from shop.fulfilment.consignment_models import Consignment
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.services import confirm_receipt
from shop.journal.models import JournalEntry
from shop.ordering.forgetting import forget_contacts
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.content import content_digest
from shop.procurement.models import PurchaseRequest, RequestState, UploadFile
from shop.procurement.roster_files import MAX_PEOPLE, ReadRoster, read_roster
from shop.procurement.roster_models import Roster, RosterFile, RosterPerson
from shop.procurement.rosters import KEPT_DAYS, WAITING_DAYS, forget_rosters
from tests.factories import make_freight_template
from tests.procurement.cast import (
    Goods,
    Union,
    approve,
    approved,
    draft,
    make_union,
    seen_of,
    submitted,
)
from tests.procurement.people import (
    FOUR,
    HOME,
    all_numbers,
    filled_in,
    goods_to_many,
    hand_over,
    ordered,
    sheet,
    ship_list,
    with_people,
)
from tests.procurement.test_uploads import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return goods_to_many()


def faults(read: ReadRoster) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.reason) for fault in read.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_files_of_every_encoding_are_read(encoding: str) -> None:
    names = "2026 中秋慰问名单,,\n\n姓名（必填）,联系电话,收货地址\n"
    text = f"{names} 张三 ,１３８ 0000 0011,浙江省 杭州市 西湖区 文三路１号\n"
    [person] = read_roster(text.encode(encoding)).people
    assert (person.row, person.name, person.phone, person.sets) == (4, "张三", "+8613800000011", 1)
    assert (person.province, person.city, person.county, person.street) == (
        "浙江省",
        "杭州市",
        "西湖区",
        "文三路1号",
    )


def test_workbooks_with_an_address_in_parts_and_numbers_as_numbers_are_read() -> None:
    raw = workbook(
        ["姓名", "手机", "省", "市", "区县", "详细地址", "份数"],
        ["张三", 13800000011, "四川省", "广元市", "旺苍县", "东河镇1号", 2],
    )
    [person] = read_roster(raw).people
    assert (person.phone, person.county, person.street, person.sets) == (
        "+8613800000011",
        "旺苍县",
        "东河镇1号",
        2,
    )


def test_every_bad_row_is_named_with_column_and_reason() -> None:
    read = read_roster(
        sheet(
            f"张三,13800000011,,{HOME.format(1)},",
            f",13800000012,,{HOME.format(2)},",
            f"李四,1380000,,{HOME.format(3)},",
            f"王五,,,{HOME.format(4)},",
            "赵六,13800000013,,西湖区文三路5号,",
            "孙七,13800000014,,,",
            f"周八,13800000015,,{HOME.format(6)},0",
            f"张三,138 0000 0011,,{HOME.format(9)},",
        )
    )
    assert [person.name for person in read.people] == ["张三"]
    assert faults(read) == [
        (3, "A 姓名", "缺少姓名。"),
        (4, "B 手机号", "这不是手机号。请填写 11 位数字，国外号码以 + 和国家代码开头。"),
        (5, "B 手机号", "缺少手机号，快递配送需要。"),
        (6, "D 地址", "请写完整地址：省、市、区县和详细地址。"),
        (7, "D 地址", "地址和部门都没有填。合并单元格只有第一格有内容。"),
        (8, "E 份数", "请填写 1 到 99 的整数。"),
        (9, "A 姓名", "第 2、9 行都是“张三”：同一个人重复了。"),
    ]


def test_one_number_of_several_names_is_doubted_and_a_name_twice_in_a_department_refused() -> None:
    read = read_roster(
        sheet(
            f"张三,13800000011,,{HOME.format(1)},",
            f"张丽,13800000011,,{HOME.format(1)},",
            "王五,,财务部,,",
            "王五,,工会,,",
        )
    )
    assert (read.faults, read.doubts) == ((), ((2, 3),))
    twice = read_roster(sheet("王五,,财务部,,", "王五,,财务部,,"))
    assert faults(twice) == [(3, "A 姓名", "第 2、3 行都是“王五”：同一个人重复了。")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"a,b\n1,2\n", "no_columns"),
        ("姓名,电话\n张三,13800000011\n".encode(), "no_columns"),
        ("姓名,手机,手机号,地址\n".encode(), "column_twice"),
        ("姓名,部门\n".encode(), "no_rows"),
        (b" " * 2_000_000 + b"x" * 200_000, "too_large"),
        (b"PK\x03\x04 no workbook", "unreadable"),
    ],
)
def test_files_that_are_no_list_of_people_are_refused(raw: bytes, code: str) -> None:
    with pytest.raises(ShopError) as refused:
        read_roster(raw)
    assert refused.value.code == code


def test_more_people_than_a_list_holds_are_refused() -> None:
    many = sheet(*(f"人{number},,工会,," for number in range(MAX_PEOPLE + 1)))
    with pytest.raises(ShopError) as refused:
        read_roster(many)
    assert refused.value.code == "too_many_rows"


def test_nothing_counts_before_the_yes_and_then_it_is_whole(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20)
    read = read_roster(sheet(*FOUR))
    file = services.store_roster(request_id=request.pk, name="名单.csv", read=read, actor_id=union.buyer.pk)
    assert not Roster.objects.exists()
    again = services.store_roster(request_id=request.pk, name="again.csv", read=read, actor_id=union.buyer.pk)
    assert again.pk == file.pk
    for _twice in range(2):
        roster = services.confirm_roster(
            request_id=request.pk, seen=read.digest, are_sure=False, actor_id=union.buyer.pk
        )
    assert (roster.headcount, roster.sets, roster.parcels, roster.departments) == (4, 5, 3, 1)
    assert roster.destinations == [["四川省", 1, 1], ["浙江省", 1, 1], ["", 3, 1]]
    assert not RosterFile.objects.exists()
    with pytest.raises(ShopError) as refused:
        services.store_roster(request_id=request.pk, name="b.csv", read=read, actor_id=union.buyer.pk)
    assert (refused.value.code, Roster.objects.count(), RosterPerson.objects.count()) == ("same_roster", 1, 4)


def test_a_list_that_is_not_what_was_looked_at_or_is_doubted_changes_nothing(
    union: Union, goods: Goods
) -> None:
    request = draft(union, goods)
    raw = sheet(f"张三,13800000011,,{HOME.format(1)},", f"张丽,13800000011,,{HOME.format(1)},")
    read = read_roster(raw)
    services.store_roster(request_id=request.pk, name="a.csv", read=read, actor_id=union.buyer.pk)
    for seen, are_sure, actor, code in (
        ("x", True, union.buyer, "changed"),
        (read.digest, False, union.buyer, "doubts"),
        (read.digest, True, union.approver, "not_a_member"),
    ):
        with pytest.raises(ShopError) as refused:
            services.confirm_roster(request_id=request.pk, seen=seen, are_sure=are_sure, actor_id=actor.pk)
        assert (refused.value.code, Roster.objects.count()) == (code, 0)
    with pytest.raises(ShopError) as refused:
        services.store_roster(
            request_id=request.pk, name="c.csv", read=read_roster(sheet(",,,,1")), actor_id=union.buyer.pk
        )
    assert (refused.value.code, RosterFile.objects.get().digest) == ("faults", read.digest)


def test_freight_is_the_sum_of_the_parcels(union: Union, goods: Goods) -> None:
    supplier = goods.tea.listing.supplier
    make_freight_template(
        supplier=supplier,
        starts_on=timezone.localdate() - dt.timedelta(days=1),
        provinces=("浙江省", "四川省"),
        free_from_fen=None,
    )
    request = draft(union, goods, tea=20)
    alone = bulk_quote(PurchaseRequest.objects.get(pk=request.pk)).freight_fen
    with_people(request, union, *FOUR)
    spread = bulk_quote(PurchaseRequest.objects.get(pk=request.pk))
    weight = goods.tea.listing.gross_weight_g
    kilos = [max(1, -(-weight * 20 * sets // 5 // 1000)) for sets in (1, 1, 3)]
    assert spread.freight_fen == sum(800 + 200 * (kilo - 1) for kilo in kilos)
    assert alone == 800 + 200 * (max(1, -(-weight * 20 // 1000)) - 1)


def test_a_province_that_a_supplier_does_not_serve_is_named(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20)
    with_people(request, union, *FOUR[:3], "孙七,13800000017,,甘肃省兰州市城关区东岗西路1号,2")
    messages = [problem.message for problem in bulk_quote(PurchaseRequest.objects.get()).blocking]
    assert messages == ["木门茶业暂不配送至甘肃省。"]


def test_goods_that_cannot_be_shared_out_evenly_are_not_submitted(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=21)
    with_people(request, union, *FOUR)
    request = PurchaseRequest.objects.get()
    with pytest.raises(ShopError) as refused:
        services.submit_request(
            request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
        )
    assert refused.value.code == "uneven"
    assert "25" in str(refused.value)
    assert PurchaseRequest.objects.get().state == RequestState.DRAFT


def test_other_people_are_another_content(union: Union, goods: Goods) -> None:
    request = submitted(union, goods, tea=20)
    before = seen_of(request)
    services.reopen_request(request_id=request.pk, actor_id=union.buyer.pk)
    with_people(request, union, *FOUR)
    request = PurchaseRequest.objects.get()
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    assert content_digest(PurchaseRequest.objects.get()) != before
    with pytest.raises(ShopError) as refused:
        services.approve_request(request_id=request.pk, seen=before, actor_id=union.approver.pk)
    assert (refused.value.code, OrderRecord.objects.count()) == ("changed_since_seen", 0)
    with pytest.raises(ShopError) as fixed:
        services.drop_roster(request_id=request.pk, actor_id=union.buyer.pk)
    assert fixed.value.code == "not_a_draft"
    assert approve(request, union.approver).record is not None


def test_nobody_of_a_list_stands_in_journal_events_or_uploads(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20)
    with_people(request, union, *FOUR)
    request = PurchaseRequest.objects.get()
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    assert approve(request, union.approver).record is not None
    told = [str(entry.__dict__) for entry in JournalEntry.objects.all()]
    told += [str(message.payload) for message in OutboxMessage.objects.all()]
    for person in RosterPerson.objects.exclude(phone=""):
        assert not [text for text in told if person.phone in text or person.name in text]
    assert not UploadFile.objects.exists()


def test_people_are_erased_on_their_day_and_the_sums_stay(union: Union, goods: Goods) -> None:
    record = ordered(union, goods, FOUR)
    hand_over(record)
    services.make_consignments()
    order = SupplierOrder.objects.get()
    ship_list(order, filled_in(order, all_numbers(order)))
    start = timezone.now()
    with time_machine.travel(start + dt.timedelta(days=KEPT_DAYS), tick=False):
        assert forget_rosters() == 0
        confirm_receipt(record_id=record.pk, actor_id=None)
    received = start + dt.timedelta(days=KEPT_DAYS)
    with time_machine.travel(received + dt.timedelta(days=KEPT_DAYS - 1), tick=False):
        assert forget_rosters() == 0
    assert RosterPerson.objects.exclude(name="").count() == 4
    with time_machine.travel(received + dt.timedelta(days=KEPT_DAYS), tick=False):
        assert (forget_rosters(), forget_rosters()) == (1, 0)
    people = RosterPerson.objects.order_by("number")
    assert set(people.values_list("name", "phone", "department", "city", "street")) == {("",) * 5}
    assert list(people.values_list("province", "sets")) == [("浙江省", 1), ("四川省", 1), ("", 1), ("", 2)]
    roster = Roster.objects.get()
    assert (roster.headcount, roster.sets, roster.parcels) == (4, 5, 3)
    assert roster.erased_at is not None
    assert set(Consignment.objects.values_list("name", "phone", "street", "department")) == {("",) * 4}
    assert sorted(Consignment.objects.values_list("sets", flat=True)) == [1, 1, 3]


def test_what_is_never_confirmed_or_ordered_goes_as_a_whole(union: Union, goods: Goods) -> None:
    waiting, unordered, withdrawn = (draft(union, goods) for _number in range(3))
    read = read_roster(sheet(*FOUR))
    services.store_roster(request_id=waiting.pk, name="a.csv", read=read, actor_id=union.buyer.pk)
    for request in (unordered, withdrawn):
        with_people(request, union, *FOUR)
    services.cancel_request(request_id=withdrawn.pk, actor_id=union.buyer.pk)
    start = timezone.now()
    assert forget_rosters() == 1
    assert list(Roster.objects.values_list("request", flat=True)) == [unordered.pk]
    with time_machine.travel(start + dt.timedelta(days=WAITING_DAYS), tick=False):
        assert forget_rosters() == 1
    with time_machine.travel(start + dt.timedelta(days=KEPT_DAYS), tick=False):
        assert forget_rosters() == 1
    assert not RosterFile.objects.exists() and not RosterPerson.objects.exists()


def test_a_request_in_place_of_another_goes_to_the_same_people(union: Union, goods: Goods) -> None:
    record = ordered(union, goods, FOUR)
    services.cancel_order(record_id=record.pk, reason="地址有误", actor_id=union.buyer.pk)
    new = services.copy_request(record_id=record.pk, actor_id=union.buyer.pk)
    assert Roster.objects.get(request=new).people.count() == 4
    assert Roster.objects.get(request__record=record).people.count() == 4


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def upload(client: Client, page: str, *rows: str) -> Any:
    return client.post(page, {"file": SimpleUploadedFile("名单.csv", sheet(*rows))})


def test_a_list_is_uploaded_looked_at_and_taken_over_on_its_pages(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20)
    client, page = as_(union.buyer), f"/unit/requests/{request.number}/roster/"
    refused = upload(client, page, FOUR[0], "李四,,,,")
    assert refused.status_code == 422
    assert "第 3 行，D 地址 列：地址和部门都没有填" in text(refused)
    assert not RosterFile.objects.exists()
    check = upload(client, page, *FOUR)["Location"]
    assert check == f"{page}check/"
    shown = client.get(check)
    assert (shown.context["headcount"], shown.context["sets"]) == (4, 5)
    assert "138****0011" in text(shown) and "13800000011" not in text(shown)
    done = client.post(check, {"seen": shown.context["file"].digest})
    assert done["Location"] == f"/unit/requests/{request.number}/"
    assert "4 位收货人" in text(client.get(done["Location"]))
    again = upload(client, page, *FOUR)
    assert again.status_code == 422
    assert "与本采购单现有的名单相同" in text(again)
    reader = as_(union.approver)
    seen = text(reader.get(page))
    assert "张三" in seen and "名单.csv" in seen and "13800000011" not in seen and 'type="file"' not in seen
    client.post(f"{page}drop/")
    assert not Roster.objects.exists() and not RosterPerson.objects.exists()


def test_the_pages_ask_as_often_for_three_hundred_people_as_for_thirty(union: Union, goods: Goods) -> None:
    asked = []
    for count in (30, 300):
        request = draft(union, goods, tea=20)
        client, page = as_(union.buyer), f"/unit/requests/{request.number}/"
        rows = [f"人{number},,工会{number % 7},," for number in range(count)]
        upload(client, f"{page}roster/", *rows)
        counts = []
        for address in (f"{page}roster/check/", f"{page}roster/", page, f"{page}submit/"):
            if address == f"{page}roster/":
                seen = RosterFile.objects.get(request=request).digest
                client.post(f"{page}roster/check/", {"seen": seen})
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            counts.append(len(captured))
        asked.append(counts)
    assert asked[0] == asked[1]
    assert max(asked[0][:2]) <= 12, asked


def test_writing_ten_times_the_people_takes_no_more_than_eleven_times_the_statements(
    union: Union, goods: Goods
) -> None:
    written = []
    for count in (300, 3_000):
        request = draft(union, goods, tea=20)
        read = read_roster(sheet(*(f"人{number},,工会,," for number in range(count))))
        with CaptureQueriesContext(connection) as captured:
            services.store_roster(request_id=request.pk, name="a.csv", read=read, actor_id=union.buyer.pk)
            services.confirm_roster(
                request_id=request.pk, seen=read.digest, are_sure=False, actor_id=union.buyer.pk
            )
        written.append(len(captured))
    assert RosterPerson.objects.count() == 3_300
    assert written[1] <= 11 * written[0]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_template_is_read_back(union: Union, kind: str) -> None:
    raw = as_(union.buyer).get(f"/unit/roster-template/{kind}/").content
    with pytest.raises(ShopError) as refused:
        read_roster(raw)
    assert refused.value.code == "no_rows"


def test_a_units_order_keeps_its_recipient_when_its_buyer_has_closed_the_account(
    union: Union, goods: Goods
) -> None:
    record = approved(union, goods)
    User.objects.filter(pk=union.buyer.pk).update(
        phone=None,
        email=None,
        first_name="",
        last_name="",
        closed_at=timezone.now(),
        is_active=False,
        phone_verified=False,
    )
    with time_machine.travel(timezone.now() + dt.timedelta(days=4 * 366), tick=False):
        assert forget_contacts() == 0
    record.refresh_from_db()
    assert record.recipient_name
