"""A unit's pages as its members use them: isolation, bad input, steps, constant queries."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Role, ScopeKind
from shop.ordering.models import OrderRecord
from shop.ordering.services import set_stock
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.drafts import lines_of
from shop.procurement.models import AcceptanceReport, PayBy, PurchaseRequest, UploadFile
from tests.factories import RECIPIENT, make_product, make_region, make_supplier, make_user, pay
from tests.fulfilment.cast import open_supplier_orders
from tests.procurement.cast import (
    Goods,
    Union,
    approve,
    approved,
    draft,
    give_terms,
    make_goods,
    make_union,
    shipped,
    submitted,
)
from tests.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def seen_on(client: Client, page: str) -> dict[str, str]:
    """Return the yes of an approver who has the page open."""
    found = re.search(r'name="seen" value="(\w+)"', text(client.get(page)))
    assert found
    return {"decision": "approve", "seen": found[1]}


def csv(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("清单.csv", "\n".join(["货号,数量", *lines]).encode("gbk"))


def test_a_file_with_two_bad_rows_becomes_a_placed_order(union: Union, goods: Goods) -> None:
    buyer, approver = as_(union.buyer), as_(union.approver)
    page = buyer.post("/unit/requests/new/")["Location"]
    number = page.rstrip("/").rsplit("/", 1)[1]
    preview = buyer.post(f"{page}upload/", {"file": csv("WC-TEA-001,20", "WC-TEA-02,1", "LQ-FRT-001,500")})[
        "Location"
    ]
    shown = text(buyer.get(preview))
    assert "3 行中 1 行可下单，2 行要改" in shown
    assert "第 3 行，A 货号 列：没有货号 WC-TEA-02。" in shown
    assert "第 4 行，B 数量 列：集采库存只剩 200。" in shown
    assert "改为 200" in shown
    assert lines_of(PurchaseRequest.objects.get()) == {}
    faults = buyer.get(f"{preview}faults.csv")
    assert faults["Content-Disposition"].startswith("attachment")
    assert faults.content.decode("utf-8-sig").splitlines()[1:] == [
        "3,A 货号,WC-TEA-02,没有货号 WC-TEA-02。",
        "4,B 数量,500,集采库存只剩 200。",
    ]
    rows = {"sku_3": "", "quantity_3": "", "sku_4": "LQ-FRT-001", "quantity_4": "500"}
    buyer.post(preview, rows | {"fix": "4:quantity:10"})
    shown = text(buyer.get(preview))
    assert "全部行都可下单" in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen
    assert buyer.post(f"{preview}confirm/", {"seen": seen[1]})["Location"] == page
    request = PurchaseRequest.objects.get()
    assert lines_of(request) == {goods.tea.pk: 20, goods.pears.pk: 10}
    assert buyer.post(page, {"next": "1"})["Location"] == f"{page}delivery/"
    to = {
        "recipient_name": "王芳",
        "phone": "13800000001",
        "province": "浙江省",
        "city": "杭州市",
        "county": "萧山区",
        "street": "市心中路1号",
        "purpose": "中秋慰问",
    }
    refused = buyer.post(f"{page}delivery/", to | {"pay_by": "terms"})
    assert (refused.status_code, "目前不能使用" in text(refused)) == (422, True)
    assert buyer.post(f"{page}delivery/", to | {"pay_by": "transfer"})["Location"] == f"{page}submit/"
    review = text(buyer.get(f"{page}submit/"))
    assert "2,100<small>.00" in review
    digest = re.search(r'name="digest" value="(\w+)"', review)
    assert digest
    wrong = buyer.post(f"{page}submit/", {"digest": "x"})
    assert (wrong.status_code, PurchaseRequest.objects.get().state) == (409, "draft")
    buyer.post(f"{page}submit/", {"digest": digest[1]})
    assert "通过并下单" in text(approver.get(page))
    assert "通过并下单" not in text(buyer.get(page))
    yes = seen_on(approver, page)
    buyer.post(f"{page}decide/", yes)
    assert not OrderRecord.objects.exists()
    placed = approver.post(f"{page}decide/", yes)
    record = OrderRecord.objects.get()
    assert placed["Location"] == f"/unit/orders/{record.number}/"
    assert approver.post(f"{page}decide/", yes)["Location"] == placed["Location"]
    assert OrderRecord.objects.count() == 1
    assert number in text(buyer.get("/unit/requests/?state=placed"))
    # The unit's order is not one of the buyer's own.
    assert record.number not in text(buyer.get("/orders/"))
    assert buyer.get(f"/orders/{record.number}/")["Location"] == f"/unit/orders/{record.number}/"
    assert buyer.get(f"/orders/{record.number}/cancel/").status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "请选择文件或粘贴内容"),
        ({"text": "茶 很多"}, "找不到列名"),
        ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04")}, "工作簿无法读取"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * (2 * 1024 * 1024 + 1))}, "文件超过 2 MB"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "文件是空的"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    union: Union, data: dict[str, Any], sentence: str
) -> None:
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    for file in data.values():
        if isinstance(file, SimpleUploadedFile):
            file.seek(0)
    answer = as_(union.buyer).post(f"/unit/requests/{request.number}/upload/", data)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not UploadFile.objects.exists()


def test_the_pad_names_a_bad_quantity_and_saves_nothing(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20, pears=3)
    buyer, page = as_(union.buyer), f"/unit/requests/{request.number}/"
    fields = {f"units_{goods.tea.pk}": "１５", f"units_{goods.pears.pk}": "2.5"}
    answer = buyer.post(page, fields)
    assert (answer.status_code, "“2.5”不是整数。" in text(answer)) == (422, True)
    assert lines_of(request) == {goods.tea.pk: 20, goods.pears.pk: 3}
    buyer.post(page, fields | {"remove": str(goods.pears.pk)})
    assert lines_of(request) == {goods.tea.pk: 15}
    added = buyer.post(f"{page}add/", {"sku": "LQ-FRT-001", "quantity": "201"})
    assert (added.status_code, "集采库存只剩 200。" in text(added)) == (422, True)
    assert "黄茶" in text(buyer.get(f"{page}add/?q=黄茶"))


def test_what_changed_is_shown_to_the_approver_and_named_to_the_buyer(union: Union, goods: Goods) -> None:
    request = submitted(union, goods, tea=20)
    set_stock(stockrecord=goods.tea.stockrecords.get(), pool="bulk", on_hand=12)
    page = f"/unit/requests/{request.number}/"
    approver = as_(union.approver)
    assert "提交之后有以下变动" in text(approver.get(page))
    approver.post(f"{page}decide/", seen_on(approver, page))
    assert not OrderRecord.objects.exists()
    shown = text(as_(union.buyer).get(page))
    assert "已退回：提交之后有以下变动" in shown
    assert "12" in shown


def test_transfer_instructions_and_acceptance_on_the_order_page(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20, pears=2)
    buyer, approver = as_(union.buyer), as_(union.approver)
    page = f"/unit/orders/{record.number}/"
    assert "data-code" not in text(buyer.get(page))
    buyer.post(f"{page}pay/")
    approver.post(f"{page}pay/")
    assert "data-code" in text(approver.get(page))
    pay(record)
    shipped(record)
    tea = record.shares.get(dims__product="WC-TEA-001").line_id
    pears = record.shares.get(dims__product="LQ-FRT-001").line_id
    orders = {order.supplier.code: f"s{order.pk}" for order in record.supplier_orders.all()}
    accept = f"{page}accept/?part={orders['tea-co']}"
    signed = {"signer": "张师傅", "received_on": "2026-01-01"}
    counted = signed | {f"accepted_{tea}": 18, f"short_{tea}": 2}
    too_many = buyer.post(accept, counted | {f"accepted_{tea}": 19})
    assert (too_many.status_code, "20 件" in text(too_many)) == (422, True)
    # Goods of another supplier are not of this part: there is no field for them.
    assert buyer.post(accept, signed | {f"accepted_{pears}": 2}).status_code == 422
    assert not AcceptanceReport.objects.exists()
    report = buyer.post(accept, counted | {f"reason_{tea}": "少两罐"})["Location"]
    assert "少两罐" in text(approver.get(report))
    assert "复核通过" not in text(buyer.get(report))
    assert "复核验收单" in text(approver.get("/unit/"))
    buyer.post(f"{report}decide/", {"decision": "approve"})
    assert AcceptanceReport.objects.get().state == "reported"
    approver.post(f"{report}decide/", {"decision": "approve"})
    assert AcceptanceReport.objects.get().state == "approved"
    assert "已验收 18 / 22 件" in text(buyer.get(page))


def test_the_invoice_typed_by_the_buyer_is_read_by_staff_and_supplier(union: Union, goods: Goods) -> None:
    request = draft(union, goods, tea=20)
    buyer, page = as_(union.buyer), f"/unit/requests/{request.number}/"
    posted = {
        "recipient_name": RECIPIENT.name,
        "phone": RECIPIENT.phone,
        "province": RECIPIENT.province,
        "city": RECIPIENT.city,
        "county": RECIPIENT.county,
        "street": RECIPIENT.street,
        "pay_by": "transfer",
        "invoice_title": "区教育工会",
        "invoice_tax_number": "9133 0100 7996-55058b",
        "invoice_email": "caiwu@un.cn",
    }
    assert 'value="un-001 工会"' in text(buyer.get(f"{page}delivery/"))
    for field, typed in (("invoice_tax_number", "123"), ("invoice_email", "caiwu"), ("invoice_title", "")):
        answer = buyer.post(f"{page}delivery/", posted | {field: typed})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert buyer.post(f"{page}delivery/", posted).status_code == 302
    shown = ("区教育工会", "91330100799655058B", "caiwu@un.cn")
    assert all(word in text(buyer.get(f"{page}submit/")) for word in shown)
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    record = approve(request, union.approver).record
    assert record is not None
    pay(record)
    open_supplier_orders(record)
    staff = as_(make_user(phone="+8613800000041", grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    supplier = as_(make_user(phone="+8613800000042", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")]))
    for client, url in (
        (buyer, f"/unit/orders/{record.number}/"),
        (staff, f"/dashboard/orders/{record.number}/"),
        (supplier, f"/supplier/orders/{record.supplier_orders.get().pk}/"),
    ):
        assert all(word in text(client.get(url)) for word in shown), url


def test_the_home_shows_what_the_ledger_credits(union: Union, goods: Goods) -> None:
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    drain()
    line = record.shares.get().line_id
    report = services.report_acceptance(
        record_id=record.pk, counted=[services.Counted(line, 20)], actor_id=union.buyer.pk
    )
    services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
    drain()
    shown = text(as_(union.approver).get("/unit/"))
    assert '<b class="text-warning">¥1,900.00</b>' in shown
    assert '<b class="text-primary">¥0.00</b>' in shown
    assert as_(union.buyer).get("/landing/")["Location"] == "/unit/"
    assert "/unit/" in text(as_(union.buyer).get("/account/"))


def test_another_units_members_find_nothing(union: Union, goods: Goods) -> None:
    other = make_union(code="un-002", first_phone=60)
    record = approved(union, goods)
    waiting = submitted(union, goods)
    upload = UploadFile.objects.create(
        request=waiting,
        name="a",
        digest="",
        columns={"sku": "A", "quantity": "B"},
        rows=[],
        uploaded_by=union.buyer,
        uploaded_at=waiting.created_at,
    )
    request = f"/unit/requests/{waiting.number}/"
    for path in (
        request,
        f"{request}upload/",
        f"{request}add/",
        f"{request}delivery/",
        f"{request}submit/",
        f"{request}uploads/{upload.pk}/",
        f"{request}uploads/{upload.pk}/faults.csv",
        f"/unit/orders/{record.number}/",
        f"/unit/orders/{record.number}/accept/",
    ):
        assert as_(other.second).get(path).status_code == 404, path
    for path in ("decide/", "reopen/", "cancel/", f"uploads/{upload.pk}/confirm/"):
        assert as_(other.second).post(f"{request}{path}", {"decision": "approve"}).status_code == 404, path
    assert as_(other.second).post(f"/unit/orders/{record.number}/pay/").status_code == 404
    shown = text(as_(other.second).get("/unit/")) + text(as_(other.second).get("/unit/orders/"))
    assert record.number not in shown
    # A file of one request is not reached through another.
    own = services.create_request(organisation_id=other.unit.pk, actor_id=other.buyer.pk)
    path = f"/unit/requests/{own.number}/uploads/{upload.pk}/"
    assert as_(other.buyer).get(path).status_code == 404


def test_the_template_can_be_filled_and_uploaded(union: Union, goods: Goods) -> None:
    client = as_(union.buyer)
    answer = client.get("/unit/template/xlsx/")
    assert BytesIO(answer.content).read(2) == b"PK"
    assert client.get("/unit/template/csv/").content.decode("utf-8-sig") == "货号,数量\r\n"
    assert client.get("/unit/template/exe/").status_code == 404


def many(first: int, count: int) -> list[Any]:
    """Return products of three suppliers in the bulk pool."""
    region = make_region()
    found = []
    for number in range(first, first + count):
        supplier = make_supplier(code=f"s-{number % 3}", name_zh=f"供应商{number % 3}", region=region)
        product = make_product(supplier=supplier, sku=f"SKU-{number}", name_zh=f"茶{number}号")
        set_stock(stockrecord=product.stockrecords.get(), pool="bulk", on_hand=9)
        found.append(product)
    return found


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


def test_pages_ask_as_often_for_many_rows_as_for_few(union: Union, goods: Goods) -> None:
    client = as_(union.second)
    counts: dict[str, list[int]] = {}
    for first, size in ((0, 3), (3, 30)):
        products = many(first, size)
        request = draft(union, goods, tea=1)
        services.save_quantities(
            request_id=request.pk,
            quantities={product.pk: 1 for product in products},
            actor_id=union.buyer.pk,
        )
        lines = "\n".join(f"SKU-{number},1\nBAD-{number},x" for number in range(first, first + size))
        upload = client.post(f"/unit/requests/{request.number}/upload/", {"text": lines})["Location"]
        paths = {
            "draft": f"/unit/requests/{request.number}/",
            "preview": upload,
            "submit": f"/unit/requests/{request.number}/submit/",
        }
        found = {name: queries(client, path) for name, path in paths.items()}
        found |= {name: queries(client, f"/unit/{name}") for name in ("requests/", "orders/", "")}
        for name, number in found.items():
            counts.setdefault(name, []).append(number)
        record = approved(union, goods, tea=1)
        counts.setdefault("order", []).append(queries(client, f"/unit/orders/{record.number}/"))
    # With the first order come its picture, lines and supplier; from then on nothing grows.
    for name in ("draft", "preview", "submit", "requests/", "order"):
        assert len(set(counts[name])) == 1, (name, counts[name])
    for name, numbers in counts.items():
        assert max(numbers) <= 40, (name, numbers)
