"""The fair-price card: what a price is compared with, and when the buyer has to say why."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.fair_price import fair_prices, gap_bp, shown_gap
from shop.procurement.models import PurchaseRequest
from shop.procurement.rule_models import ContractRule, PriceBand, ReferencePrice
from shop.procurement.rules import (
    band_today,
    contract_from_fen,
    set_contract_rule,
    set_price_band,
    set_reference_price,
)
from tests.factories import make_user
from tests.procurement.cast import Goods, Union, approved, draft, make_goods, make_union, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.data]
REASON = "节前只有这一家能按时送到"


def refused(call: Any, **fields: Any) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code, error.value.field


def noted(fen: int, sku: str = "WC-TEA-001") -> ReferencePrice:
    return set_reference_price(sku=sku, fen=fen, source="新发地周报", noted_on=clock.today(), actor_id=1)


def submit(request: PurchaseRequest, union: Union, **reasons: str) -> PurchaseRequest:
    return services.submit_request(
        request_id=request.pk,
        digest=bulk_quote(request).digest,
        reasons={int(product[1:]): text for product, text in reasons.items()},
        actor_id=union.buyer.pk,
    )


@pytest.mark.parametrize(
    ("fen", "reference", "points", "shown"),
    [
        (9_500, 10_000, -500, "−5.0%"),
        (10_000, 10_000, 0, "0.0%"),
        (10_330, 10_000, 330, "+3.3%"),
        (10_001, 30_000, -6666, "−66.7%"),
        (1, 3, -6667, "−66.7%"),
        (5, None, None, ""),
    ],
)
def test_a_gap_is_told_in_per_cent(fen: int, reference: int | None, points: int | None, shown: str) -> None:
    assert (gap_bp(fen, reference), shown_gap(points)) == (points, shown)


def test_a_price_stands_beside_list_price_own_last_three_and_reference() -> None:
    union, goods = make_union(), make_goods()
    other = make_union(code="un-002", first_phone=60)
    approved(other, goods, tea=1)
    start, prices = clock.now() - dt.timedelta(days=9), []
    for day, fen in enumerate((9_100, 9_200, 9_300, 9_400)):
        with clock.set_to(start + dt.timedelta(days=day)):
            goods.tea.price_tiers.update(price_fen=fen)
            prices.append((clock.today(), approved(union, goods, tea=10).number, fen))
    request = submitted(union, goods, tea=10, pears=2)
    found = fair_prices(union.unit, [(goods.tea.pk, 9_400), (goods.pears.pk, 2_000)])
    tea, pears = found[goods.tea.pk], found[goods.pears.pk]
    assert [(row.on, row.order_number, row.unit_fen) for row in tea.bought] == prices[:0:-1]
    assert (tea.list_fen, tea.list_gap, tea.reference_fen, tea.gap) == (10_000, "−6.0%", 9_400, "0.0%")
    assert (pears.bought, pears.reference_fen, pears.gap, pears.is_over) == ((), None, "", False)
    noted(8_000)
    tea = fair_prices(union.unit, [(goods.tea.pk, 9_400)])[goods.tea.pk]
    assert (tea.reference_fen, tea.reference_source, tea.gap) == (8_000, "新发地周报", "+17.5%")
    client = Client()
    client.force_login(union.approver)
    answer = client.get(f"/unit/requests/{request.number}/")
    shown = answer.content.decode()
    assert all(word in shown for word in ("新发地周报", "+17.5%", "零售价", "93.00", "价格核对"))
    check = answer.context["price_check"]
    assert (check["compared"], check["kinds"], check["over"]) == (1, 2, 0)
    assert check["off_fen"] == 10 * 600


def test_without_a_band_nothing_has_to_be_explained() -> None:
    union, goods = make_union(), make_goods()
    noted(100)
    assert band_today() is None
    assert submitted(union, goods, tea=20).state == "submitted"


def test_above_the_band_the_buyer_says_why_and_the_approver_reads_it() -> None:
    union, goods = make_union(), make_goods()
    tea = f"p{goods.tea.pk}"
    set_price_band(over_bp=500, starts_on=clock.today(), actor_id=1)
    noted(9_048)
    # 9500 is 4.996 % above: within the band.
    assert submit(draft(union, goods, tea=20), union).lines.get().gap_reason == ""
    noted(9_047)
    request = draft(union, goods, tea=20, pears=1)
    field = f"reason_{goods.tea.pk}"
    assert refused(submit, request=request, union=union) == ("reason_missing", field)
    assert refused(submit, request=request, union=union, **{tea: "  "}) == ("reason_missing", field)
    request.refresh_from_db()
    assert (request.state, request.round, request.lines.count()) == ("draft", 0, 0)
    submit(request, union, **{tea: REASON, f"p{goods.pears.pk}": "not asked for"})
    reasons = dict(request.lines.values_list("sku", "gap_reason"))
    assert reasons == {"WC-TEA-001": REASON, "LQ-FRT-001": ""}
    client = Client()
    client.force_login(union.approver)
    answer = client.get(f"/unit/requests/{request.number}/")
    assert REASON in answer.content.decode()
    assert answer.context["price_check"]["over"] == 1


def test_the_review_asks_for_the_reason_at_the_goods(live_band: tuple[Union, Goods]) -> None:
    union, goods = live_band
    request = draft(union, goods, tea=20)
    client, page = Client(), f"/unit/requests/{request.number}/submit/"
    client.force_login(union.buyer)
    field = f"reason_{goods.tea.pk}"
    shown = client.get(page)
    assert f'name="{field}"' in shown.content.decode()
    digest = shown.context["digest"]
    answer = client.post(page, {"digest": digest, field: ""})
    assert (answer.status_code, answer.context["missing"]) == (409, field)
    assert f'id="{field}_error"' in answer.content.decode()
    assert client.post(page, {"digest": digest, field: REASON}).status_code == 302
    client.post(f"/unit/requests/{request.number}/reopen/")
    assert f'value="{REASON}"' in client.get(page).content.decode()


@pytest.fixture
def live_band() -> tuple[Union, Goods]:
    """Give a union and goods of which the tea lies above the band."""
    union, goods = make_union(), make_goods()
    set_price_band(over_bp=0, starts_on=clock.today(), actor_id=1)
    noted(9_000)
    return union, goods


def test_rules_hold_from_their_day_on_and_an_empty_one_ends_them() -> None:
    with clock.set_to(clock.now() - dt.timedelta(days=1)):
        today, tomorrow = clock.today(), clock.today() + dt.timedelta(days=1)
        assert (band_today(), contract_from_fen()) == (None, None)
        set_price_band(over_bp=300, starts_on=today, actor_id=1)
        set_price_band(over_bp=None, starts_on=tomorrow, actor_id=1)
        set_contract_rule(from_fen=5_000_000, starts_on=tomorrow, actor_id=1)
        assert (band_today(), contract_from_fen()) == (300, None)
        set_price_band(over_bp=400, starts_on=today, actor_id=1)
        assert (band_today(), PriceBand.objects.count()) == (400, 2)
    assert (band_today(), contract_from_fen()) == (None, 5_000_000)
    entry = JournalEntry.objects.filter(action="price_band.set").latest("pk")
    assert (entry.before, entry.after["over_bp"]) == ({"over_bp": 300}, 400)


def test_a_rule_that_makes_no_sense_is_refused_and_not_written() -> None:
    make_goods()
    today, yesterday = clock.today(), clock.today() - dt.timedelta(days=1)
    actor: dict[str, Any] = {"actor_id": 1}
    assert refused(set_price_band, over_bp=1, starts_on=yesterday, **actor) == ("past", "starts_on")
    assert refused(set_price_band, over_bp=-1, starts_on=today, **actor) == ("range", "over_percent")
    assert refused(set_contract_rule, from_fen=-1, starts_on=today, **actor) == ("amount", "from_fen")
    price: dict[str, Any] = {"sku": "WC-TEA-001", "fen": 1, "source": "市场", "noted_on": today, **actor}
    for wrong, field in (
        ({"sku": "WC-9"}, "sku"),
        ({"fen": 0}, "price_fen"),
        ({"source": " "}, "source"),
        ({"noted_on": today + dt.timedelta(days=1)}, "noted_on"),
    ):
        assert refused(set_reference_price, **price | wrong)[1] == field
    assert not (
        PriceBand.objects.exists() or ContractRule.objects.exists() or ReferencePrice.objects.exists()
    )


def test_staff_set_the_rules_on_their_page() -> None:
    make_goods()
    client = Client()
    client.force_login(make_user(phone="+8613800000041", grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    page, day = "/dashboard/purchasing-rules/", str(clock.today())
    assert client.post(page, {"act": "band", "over_percent": "5.25", "starts_on": day}).status_code == 302
    contract = {"act": "contract", "from_fen": "50,000", "starts_on": day}
    assert client.post(page, contract).status_code == 302
    price = {"act": "reference", "sku": "WC-TEA-001", "price_fen": "92.5", "source": "周报", "noted_on": day}
    assert client.post(page, price).status_code == 302
    assert (band_today(), contract_from_fen(), ReferencePrice.objects.get().fen) == (525, 5_000_000, 9_250)
    wrong = client.post(page, price | {"sku": "WC-9"})
    assert (wrong.status_code, list(wrong.context["forms"]["reference"].errors)) == (422, ["sku"])
    shown = client.get(page).content.decode()
    assert all(word in shown for word in ("5.25", "50,000.00", "92.50", "周报"))


def test_the_comparison_asks_four_times_for_any_number_of_goods() -> None:
    union, goods = make_union(), make_goods()
    approved(union, goods, tea=1, pears=1)
    for lines in ([(goods.tea.pk, 1)], [(goods.tea.pk, 1), (goods.pears.pk, 1)]):
        with CaptureQueriesContext(connection) as captured:
            fair_prices(union.unit, lines)
        assert len(captured) == 4
