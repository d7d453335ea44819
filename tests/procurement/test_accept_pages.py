"""The pages of counting on a phone: choose a part, count, add photos; many lines, other people's parts."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.ordering.models import OrderRecord
from shop.ordering.services import set_stock
from shop.procurement import services
from shop.procurement.acceptance_forms import LINES
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import AcceptanceReport, PayBy
from tests.factories import RECIPIENT, make_product, make_region, make_supplier, pay
from tests.files.uploads import photo
from tests.fulfilment.cast import open_supplier_orders, ship
from tests.procurement.cast import Goods, Union, approve, approved, make_goods, make_union, shipped

pytestmark = pytest.mark.django_db
SIGNED = {"signer": "张师傅", "received_on": "2026-01-02"}
MOST_QUERIES = 12


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


def paid(union: Union, goods: Goods, **units: int) -> OrderRecord:
    record = approved(union, goods, **units)
    pay(record)
    return record


def test_a_supplier_or_a_parcel_is_chosen_and_counted(union: Union, goods: Goods) -> None:
    record = paid(union, goods, tea=20, pears=4)
    open_supplier_orders(record)
    tea_co = record.supplier_orders.get(supplier__code="tea-co")
    pear_co = record.supplier_orders.get(supplier__code="pear-co")
    share = record.shares.get(supplier=tea_co.supplier)
    parcel = ship(tea_co, units={share.pk: 8}, number="EMS000901")
    ship(tea_co, units={share.pk: 12}, number="EMS000902")
    page = f"/unit/orders/{record.number}/accept/"
    buyer = as_(union.buyer)
    shown = text(buyer.get(page))
    assert f"?part=s{tea_co.pk}" in shown
    assert f"?part=p{parcel.pk}" in shown
    # Nothing of this supplier is on its way.
    assert f"?part=s{pear_co.pk}" not in shown
    assert buyer.post(page, SIGNED).status_code == 422
    count = f"{page}?part=p{parcel.pk}"
    form = text(buyer.get(count))
    assert 'max="8"' in form
    assert 'capture="environment"' in form
    report = buyer.post(count, SIGNED | {f"accepted_{share.line_id}": "8"})["Location"]
    shown = text(as_(union.approver).get(report))
    assert "EMS000901" in shown
    assert "EMS000902" not in shown
    assert "张师傅" in shown
    assert f"?part=p{parcel.pk}" not in text(buyer.get(page))
    assert AcceptanceReport.objects.get().parcel == parcel
    for junk in ("s999999999", "p0", "s²", "x1", "p-1", "all", "s1 "):
        answer = buyer.get(page, {"part": junk})
        assert (answer.status_code, f"?part=s{tea_co.pk}" in text(answer)) == (200, True), junk


def test_damage_is_reported_with_photos_which_the_unit_alone_sees(union: Union, goods: Goods) -> None:
    record = shipped(paid(union, goods, tea=20))
    line = record.shares.get().line_id
    page = f"/unit/orders/{record.number}/accept/"
    buyer, approver = as_(union.buyer), as_(union.approver)
    # One supplier, one parcel: there is nothing to choose.
    assert f'name="accepted_{line}"' in text(buyer.get(page))
    counted = SIGNED | {f"accepted_{line}": 19, f"damaged_{line}": 1, f"reason_{line}": "罐体压坏"}
    refused = buyer.post(page, counted)
    assert (refused.status_code, "至少一张" in text(refused)) == (422, True)
    not_a_photo = SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")
    assert buyer.post(page, counted | {"photos": [not_a_photo]}).status_code == 422
    seven = buyer.post(page, counted | {"camera": photo(), "photos": [photo() for _one in range(6)]})
    assert seven.status_code == 422
    assert (AcceptanceReport.objects.count(), StoredFile.objects.count()) == (0, 0)
    sent = counted | {"camera": photo(name="1.jpg"), "photos": [photo(name="2.jpg")], "form_key": "k"}
    report = buyer.post(page, sent)["Location"]
    again = counted | {"camera": photo(), "form_key": "k"}
    assert buyer.post(page, again)["Location"] == report
    assert StoredFile.objects.count() == 2
    assert "/files/" not in text(approver.get(report))
    encode_photos()
    shown = text(approver.get(report))
    (link, *_others) = re.findall(r'href="(/files/[^"]+)"', shown)
    assert approver.get(link).status_code == 200
    # The address is the approver's own, for five minutes.
    assert buyer.get(link).status_code == 404
    other = make_union(code="un-002", first_phone=60)
    assert as_(other.second).get(report).status_code == 404


def test_who_does_not_report_is_told_so_and_who_does_not_approve_too(union: Union, goods: Goods) -> None:
    record = shipped(paid(union, goods, tea=20))
    line = record.shares.get().line_id
    page = f"/unit/orders/{record.number}/"
    approver, buyer = as_(union.approver), as_(union.buyer)
    assert f"{page}accept/" in text(buyer.get(page))
    assert f"{page}accept/" not in text(approver.get(page))
    assert "采购人才能填报" in text(approver.get(f"{page}accept/"))
    refused = approver.post(f"{page}accept/", SIGNED | {f"accepted_{line}": 20})
    assert (refused.status_code, AcceptanceReport.objects.count()) == (422, 0)
    found = services.report_acceptance(
        record_id=record.pk, counted=[services.Counted(line, 20)], actor_id=union.second.pk
    )
    shown = text(buyer.get(f"/unit/reports/{found.number}/"))
    assert "复核通过" not in shown
    assert "复核人" in shown


def long_order(union: Union, count: int, *, first: int = 0) -> OrderRecord:
    """Return a paid and shipped order with so many goods of two suppliers."""
    region = make_region()
    quantities = {}
    for number in range(first, first + count):
        supplier = make_supplier(code=f"s-{number % 2}", name_zh=f"供应商{number % 2}", region=region)
        product = make_product(supplier=supplier, sku=f"SKU-{number}", name_zh=f"茶{number}号")
        set_stock(stockrecord=product.stockrecords.get(), pool="bulk", on_hand=9)
        quantities[product.pk] = 1
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    buyer = union.buyer.pk
    services.save_quantities(request_id=request.pk, quantities=quantities, actor_id=buyer)
    services.save_delivery(
        request_id=request.pk,
        recipient=RECIPIENT,
        pay_by=PayBy.TRANSFER,
        message="",
        purpose="",
        actor_id=buyer,
    )
    request.refresh_from_db()
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=buyer)
    record = approve(request, union.approver).record
    assert record is not None
    pay(record)
    return shipped(record)


def test_of_many_lines_a_form_holds_a_page_and_the_pages_ask_as_often(union: Union, goods: Goods) -> None:
    client = as_(union.buyer)
    counts: dict[str, set[int]] = {"choose": set(), "count": set()}
    for first, size in ((0, 4), (4, 2 * LINES + 20)):
        record = long_order(union, size, first=first)
        page = f"/unit/orders/{record.number}/accept/"
        part = f"{page}?part=s{record.supplier_orders.order_by('pk')[0].pk}"
        for name, address in (("choose", page), ("count", part)):
            with CaptureQueriesContext(connection) as captured:
                shown = text(client.get(address))
            counts[name].add(len(captured))
        assert shown.count('name="accepted_') == min(size // 2, LINES)
    assert {name: len(found) for name, found in counts.items()} == {"choose": 1, "count": 1}, counts
    assert max(counts["choose"] | counts["count"]) <= MOST_QUERIES, counts
    # What the first page held is counted; the rest stands on the first page afterwards.
    lines = re.findall(r'name="(accepted_\d+)"', shown)
    assert client.post(part, SIGNED | dict.fromkeys(lines, "1")).status_code == 302
    left = text(client.get(part))
    assert left.count('name="accepted_') == 10
    assert f'"{lines[0]}"' not in left
    # A page that was open meanwhile names what is counted already, and drops nothing in silence.
    late = client.post(part, SIGNED | {lines[0]: "1"})
    assert (late.status_code, AcceptanceReport.objects.count()) == (422, 1)
