"""Five thousand rows: the same number of queries as for fifty, forms within Django's limit, whole sums on top."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.listings.models import CatalogueChange
from shop.ordering.models import Allocation, LineShare, OrderRecord, StockBalance
from shop.procurement import services
from shop.procurement.drafts import lines_of, rows_of
from shop.procurement.models import PayBy, PurchaseRequest, UploadFile
from tests.factories import RECIPIENT
from tests.procurement.cast import Union, make_goods, make_union
from tests.procurement.many import many_goods

pytestmark = [pytest.mark.django_db, pytest.mark.data]

#: Statements in which five thousand rows are written that the database takes in batches.
MOST_BATCHES = {"postgresql": 40, "sqlite": 700}


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w+)"', text(answer))
    assert found, name
    return found[1]


def file_of(skus: list[str], units: int = 1) -> SimpleUploadedFile:
    rows = "\n".join(f"{sku},{units}" for sku in skus)
    return SimpleUploadedFile("list.csv", f"货号,数量\n{rows}\n".encode())


def asked(act: Callable[[], Any]) -> tuple[int, Any]:
    """Return how often an act asks when nothing of the catalogue is remembered, and its answer."""
    CatalogueChange.objects.create(mark=1)
    with CaptureQueriesContext(connection) as captured:
        answer = act()
    return len(captured), answer


def buy(union: Union, skus: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Let a file become an order; return how often its pages ask, and its steps write."""
    buyer, approver = as_(union.buyer), as_(union.approver)
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    page = f"/unit/requests/{request.number}/"
    reads: dict[str, int] = {}
    writes: dict[str, int] = {}
    writes["upload"], answer = asked(lambda: buyer.post(f"{page}upload/", {"file": file_of(skus)}))
    preview = answer["Location"]
    reads["preview"], answer = asked(lambda: buyer.get(preview))
    assert answer.context["good_kinds"] == len(skus)
    reads["faults"], _faults = asked(lambda: buyer.get(f"{preview}faults.csv"))
    seen = hidden(answer, "seen")
    writes["confirm"], answer = asked(lambda: buyer.post(f"{preview}confirm/", {"seen": seen}))
    assert answer["Location"] == page
    reads["pad"], answer = asked(lambda: buyer.get(page))
    assert (answer.context["kinds"], len(answer.context["lines"])) == (len(skus), min(len(skus), 100))
    services.save_delivery(
        request_id=request.pk,
        recipient=RECIPIENT,
        pay_by=PayBy.TRANSFER,
        message="",
        purpose="",
        actor_id=union.buyer.pk,
    )
    reads["review"], answer = asked(lambda: buyer.get(f"{page}submit/"))
    digest = hidden(answer, "digest")
    writes["submit"], answer = asked(lambda: buyer.post(f"{page}submit/", {"digest": digest}))
    assert answer["Location"] == page
    reads["request"], answer = asked(lambda: approver.get(page))
    yes = {"decision": "approve", "seen": hidden(answer, "seen")}
    writes["approve"], answer = asked(lambda: approver.post(f"{page}decide/", yes))
    assert "/unit/orders/" in answer["Location"]
    order = answer["Location"]
    reads["order"], answer = asked(lambda: approver.get(order))
    assert answer.context["units"] == len(skus)
    return reads, writes


def test_a_pad_of_five_thousand_rows_asks_as_often_as_one_of_fifty() -> None:
    union, goods = make_union(), make_goods()
    skus = many_goods(goods.tea, 5_000)
    buy(union, skus[:50])
    few_reads, few_writes = buy(union, skus[:50])
    many_reads, many_writes = buy(union, skus)
    # More goods than a process keeps (MOST_GOODS) are read once more by a page that looks at them twice.
    assert all(0 <= many_reads[name] - few_reads[name] <= 2 for name in many_reads), (few_reads, many_reads)
    more = {name: many_writes[name] - few_writes[name] for name in many_writes}
    assert max(more.values()) <= MOST_BATCHES[connection.vendor], more
    record = OrderRecord.objects.latest("pk")
    assert LineShare.objects.filter(record=record).count() == 5_000
    # Of the bulk pool each unit is held once, and retail has none of them.
    held = Allocation.objects.filter(line__order__record=record)
    assert set(held.values_list("balance__pool", "units")) == {("bulk", 1)}
    sums = StockBalance.objects.filter(stockrecord__partner_sku__in=skus).values_list("on_hand", "allocated")
    assert sorted(set(sums)) == [(500, 1), (500, 3)]


def test_hundreds_of_bad_rows_are_corrected_page_by_page() -> None:
    union, goods = make_union(), make_goods()
    client = as_(union.buyer)
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    rows = "\n".join(["WC-TEA-001,2", *(f"WC-TAE-001,{number}" for number in range(600))])
    preview = client.post(f"/unit/requests/{request.number}/upload/", {"text": rows})["Location"]
    page = client.get(f"{preview}?bad=12")
    assert (page.context["bad_count"], page.context["good_kinds"], page.context["goods_fen"]) == (
        600,
        1,
        20_000,
    )
    fields = re.findall(r'name="(sku_\d+|quantity_\d+)"', text(page))
    assert len(fields) == 100
    assert text(page).count('name="fix"') == 50
    typed = {field: "WC-TEA-001" if field.startswith("sku") else "1" for field in fields}
    assert client.post(f"{preview}?bad=12", typed)["Location"] == f"{preview}?bad=12"
    left = client.get(f"{preview}?bad=12")
    assert (left.context["bad_count"], left.context["bad_page"].number) == (550, 11)
    assert rows_of(UploadFile.objects.get())[600].sku == "WC-TEA-001"
    assert goods.tea.pk not in lines_of(request)


def test_of_a_large_pad_what_must_be_changed_comes_first_and_the_sums_are_whole() -> None:
    union, goods = make_union(), make_goods()
    skus = many_goods(goods.tea, 150)
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    client, page = as_(union.buyer), f"/unit/requests/{request.number}/"
    preview = client.post(f"{page}upload/", {"file": file_of(skus)})["Location"]
    client.post(f"{preview}confirm/", {"seen": hidden(client.get(preview), "seen")})
    last = max(lines_of(request))
    StockBalance.objects.filter(stockrecord__product=last, pool="bulk").update(on_hand=0)
    shown = client.get(page)
    assert (shown.context["bad"], shown.context["lines"][0]["product_id"]) == (1, last)
    assert (shown.context["goods_fen"], shown.context["units"]) == (1_500_000, 150)
    second = client.get(f"{page}?page=2")
    assert len(second.context["lines"]) == 50
    of_page = second.context["lines"][0]["product_id"]
    assert client.post(f"{page}?page=2", {f"units_{of_page}": "7"})["Location"] == f"{page}?page=2"
    assert lines_of(request)[of_page] == 7
    assert len(lines_of(request)) == 150
    assert client.post(page, {"remove": str(last)})["Location"] == page
    assert last not in lines_of(request)


def test_the_same_list_again_is_said_to_be_one(client: Client) -> None:
    union, goods = make_union(), make_goods()
    buyer = as_(union.buyer)
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    page = f"/unit/requests/{request.number}/"
    for again in range(2):
        preview = buyer.post(f"{page}upload/", {"file": file_of(["WC-TEA-001"], 5)})["Location"]
        shown = buyer.get(preview)
        assert ("这份清单之前已经带入过本采购单" in text(shown)) is bool(again)
        posted = {"seen": hidden(shown, "seen"), "mode": "add"}
        buyer.post(f"{preview}confirm/", posted)
        assert lines_of(request) == {goods.tea.pk: 5}
    assert "再次累加会重复计数" in text(buyer.get(preview))
    assert buyer.post(f"{preview}confirm/", posted | {"mode": "replace"})["Location"] == page
    assert lines_of(PurchaseRequest.objects.get()) == {goods.tea.pk: 5}
