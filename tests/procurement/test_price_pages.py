"""Asked prices as unit, supplier and staff use them: a whole talk, isolation, bad input, constant queries."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.operations.selectors import kinds_of_work
from shop.procurement import services
from shop.procurement.drafts import lines_of
from shop.procurement.models import PurchaseRequest
from shop.procurement.price_models import AgreedPrices, PriceOffer, PriceRequest
from tests.factories import make_product, make_user
from tests.procurement.cast import Goods, Union, draft, make_goods, make_union
from tests.procurement.price_cast import SHOP, agreed, ask, counter, make_seller, of, offer

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
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def later(days: int) -> str:
    return (clock.today() + dt.timedelta(days=days)).isoformat()


def staff() -> Any:
    return make_user(phone="+8613700000009", name="店员", grants=[(Role.STAFF, ScopeKind.ALL, "")])


def test_prices_are_asked_from_a_draft_talked_about_and_put_on_it(union: Union, goods: Goods) -> None:
    buyer, seller = as_(union.buyer), as_(make_seller())
    request = draft(union, goods, tea=20)
    ask_page = f"/unit/prices/ask/?draft={request.number}"
    assert f'href="{ask_page}"' in buyer.get(f"/unit/requests/{request.number}/").content.decode()
    assert "WC-TEA-001  20" in buyer.get(ask_page).content.decode()
    page = buyer.post(
        ask_page,
        {"goods": "WC-TEA-001 20", "whom": "suppliers", "province": "浙江省", "note": "中秋慰问"},
    )["Location"]
    number = page.rstrip("/").rsplit("/", 1)[1]
    assert PriceRequest.objects.get().draft == request

    theirs = f"/supplier/prices/{number}/"
    assert number in seller.get("/supplier/prices/").content.decode()
    shown = text(seller.get(theirs))
    assert "un-001 工会" in shown
    assert "中秋慰问" in shown
    tea = goods.tea.pk
    given = {
        f"price_{tea}": "９０",
        f"from_{tea}": "20",
        "last_day": later(20),
        "note": "含包装",
        "seen": "0",
    }
    assert seller.post(theirs, {"act": "offer", **given})["Location"] == theirs
    # The same form again: somebody has spoken since it was opened.
    assert "有更新的报价" in text(seller.post(theirs, {"act": "offer", **given}, follow=True))

    assert "¥90.00" in text(buyer.get(page))
    less = {f"price_{tea}": "80.00", f"from_{tea}": "20", "last_day": later(20), "note": "", "seen": "1"}
    assert buyer.post(page, {"act": "offer", **less})["Location"] == page
    seller.post(theirs, {"act": "accept", "revision": "2"})
    asked = PriceRequest.objects.get()
    assert (asked.state, asked.revisions) == ("accepted", 2)

    assert buyer.post(page, {"act": "order", "draft": "1"})["Location"] == f"/unit/requests/{request.number}/"
    shown = text(buyer.get(f"/unit/requests/{request.number}/"))
    assert number in shown
    assert f"有效至 {later(20)}" in shown
    assert AgreedPrices.objects.get().request == request
    drop = f"/unit/requests/{request.number}/prices/drop/"
    buyer.post(drop, {"number": number})
    assert AgreedPrices.objects.count() == 0
    made = buyer.post(page, {"act": "order"})["Location"].rstrip("/").rsplit("/", 1)[1]
    assert lines_of(PurchaseRequest.objects.get(number=made)) == {tea: 20}


def test_the_shop_is_asked_for_goods_of_several_suppliers_and_staff_have_it_to_do(
    union: Union, goods: Goods
) -> None:
    buyer, clerk = as_(union.buyer), as_(staff())
    lines = {"goods": "WC-TEA-001 20\nLQ-FRT-001 50", "whom": "shop"}
    page = buyer.post("/unit/prices/ask/", lines)["Location"]
    asked = PriceRequest.objects.get()
    assert asked.supplier is None
    [work] = [work for work in kinds_of_work(SHOP, clock.now()) if work.code == "price_answer"]
    assert list(work.rows) == [asked]
    theirs = reverse("prices:staff_price", args=[asked.number])
    assert theirs in clerk.get("/dashboard/prices/").content.decode()
    # Only the pears: what is left empty costs what everybody pays.
    given = {f"price_{goods.pears.pk}": "18", "last_day": later(5), "note": "", "seen": "0"}
    clerk.post(theirs, {"act": "offer", **given})
    assert list(work.rows.all()) == []
    [line] = PriceOffer.objects.get().lines.all()
    assert (line.product, line.unit_fen, line.min_quantity) == (goods.pears, 1_800, 50)
    shown = text(buyer.get(page))
    assert "¥18.00" in shown
    assert "未报价，按商城现价" in shown


def test_two_suppliers_are_asked_by_one_form(union: Union, goods: Goods) -> None:
    answer = as_(union.buyer).post(
        "/unit/prices/ask/", {"goods": "WC-TEA-001 20\nLQ-FRT-001 50", "whom": "suppliers"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/unit/prices/"
    assert "已向 2 家供应商询价" in text(answer)


def test_another_unit_and_another_supplier_find_nothing(union: Union, goods: Goods) -> None:
    asked = agreed(union, goods)
    other = make_union(code="un-002", first_phone=60)
    stranger, rival = as_(other.buyer), as_(make_seller("pear-co", "+8613700000002"))
    request = draft(union, goods)
    for client, address in (
        (stranger, f"/unit/prices/{asked.number}/"),
        (stranger, f"/unit/prices/ask/?draft={request.number}"),
        (rival, f"/supplier/prices/{asked.number}/"),
        (rival, f"/dashboard/prices/{asked.number}/"),
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"act": "order"}).status_code == 404, address
    assert asked.number not in stranger.get("/unit/prices/?tab=agreed").content.decode()
    assert asked.number not in rival.get("/supplier/prices/?tab=agreed").content.decode()
    # A draft of another unit is not theirs to give; their own is never put at these prices.
    theirs = draft(other, goods)
    drop = {"number": asked.number}
    assert stranger.post(f"/unit/requests/{request.number}/prices/drop/", drop).status_code == 404
    stranger.post(f"/unit/requests/{theirs.number}/prices/drop/", drop)
    assert AgreedPrices.objects.count() == 0


def test_an_approver_reads_and_cannot_speak(union: Union, goods: Goods) -> None:
    asked = ask(union, goods)
    offer(asked, goods, 8_000)
    approver, page = as_(union.approver), f"/unit/prices/{asked.number}/"
    shown = approver.get(page).content.decode()
    assert 'value="accept"' not in shown
    assert 'value="offer"' not in shown
    approver.post(page, {"act": "accept", "revision": "1"})
    asked.refresh_from_db()
    assert asked.state == "offered"
    assert as_(union.buyer).get(page).content.decode().count('value="accept"') == 1


def test_what_is_refused_stands_at_its_field_and_nothing_is_sent(union: Union, goods: Goods) -> None:
    asked = ask(union, goods)
    seller, page, tea = as_(make_seller()), f"/supplier/prices/{asked.number}/", goods.tea.pk
    full = {f"price_{tea}": "90", f"from_{tea}": "20", "last_day": later(3), "seen": "0", "act": "offer"}
    for changed, words in (
        ({f"price_{tea}": "95.01"}, "没有报价时单价为 ¥95.00"),
        ({f"price_{tea}": ""}, "请至少为一种商品报价"),
        ({f"price_{tea}": "x"}, "输入"),
        ({f"from_{tea}": "21"}, "小于或等于"),
        ({"last_day": later(-1)}, "180 天"),
        ({"last_day": "x"}, "日期"),
        ({"act": "refuse", "note": " "}, "请说明原因"),
    ):
        answer = seller.post(page, full | changed)
        assert answer.status_code == 422, changed
        assert words in text(answer), changed
    assert (PriceOffer.objects.count(), PriceRequest.objects.get().state) == (0, "asked")
    assert seller.post(page, {"act": "nonsense"}).status_code == 302
    bad = as_(union.buyer).post("/unit/prices/ask/", {"goods": "WC-TEA-009 1", "whom": "shop"})
    assert bad.status_code == 422
    assert "第 1 行：没有货号“WC-TEA-009”。" in text(bad)


def test_prices_that_are_over_are_said_to_be(union: Union, goods: Goods) -> None:
    asked = agreed(union, goods)
    request = draft(union, goods, tea=20)
    services.order_at_prices(
        scope=of(union), number=asked.number, draft_id=request.pk, actor_id=union.buyer.pk
    )
    end = PriceOffer.objects.get().valid_until
    with time_machine.travel(end, tick=False):
        buyer = as_(union.buyer)
        page = text(buyer.get(f"/unit/prices/{asked.number}/"))
        assert "请重新询价" in page
        assert 'value="order"' not in buyer.get(f"/unit/prices/{asked.number}/").content.decode()
        assert "请取消使用或重新询价" in text(buyer.get(f"/unit/requests/{request.number}/"))
        answer = buyer.post(f"/unit/requests/{request.number}/submit/", {"digest": "x"})
        assert answer.status_code == 409
        assert f"{asked.number} 议定的价格有效至" in text(answer)


def test_a_talk_asks_as_often_for_many_goods_and_revisions_as_for_few(union: Union, goods: Goods) -> None:
    buyer = as_(union.buyer)
    counts = []
    for size in (2, 12):
        more = {
            make_product(supplier=goods.tea.listing.supplier, sku=f"S-{size}-{n}", price_fen=10_000).pk: 20
            for n in range(size)
        }
        [asked] = services.ask_price(
            organisation_id=union.unit.pk,
            quantities={goods.tea.pk: 20, **more},
            of_shop=False,
            actor_id=union.buyer.pk,
        )
        for _turn in range(size):
            offer(asked, goods, 9_000)
            counter(union, asked, goods, 8_000)
        offer(asked, goods, 8_500)
        services.accept_price(
            scope=of(union), number=asked.number, revision=2 * size + 1, actor_id=union.buyer.pk
        )
        for _order in range(size):
            services.order_at_prices(
                scope=of(union),
                number=asked.number,
                draft_id=draft(union, goods).pk,
                actor_id=union.buyer.pk,
            )
        buyer.get(f"/unit/prices/{asked.number}/")
        with CaptureQueriesContext(connection) as captured:
            assert buyer.get(f"/unit/prices/{asked.number}/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert max(counts) <= 12, [query["sql"][:120] for query in captured]
