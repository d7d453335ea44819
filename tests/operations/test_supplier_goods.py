"""The staff's pages of what suppliers ask for, beside what is on sale now."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shop.core import clock
from shop.listings.models import Listing
from shop.listings.services import edit_product, propose_price, save_draft, set_price, submit_draft
from shop.listings.supplier_models import ProductDraft, Proposal
from shop.ordering.models import StockBalance
from shop.ordering.services import propose_stock
from tests.factories import make_cast, make_price_tier
from tests.listings import supplier_cast as cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_cast().staff)
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def price(listing: Listing) -> Proposal:
    return propose_price(
        scope=cast.scope(),
        listing_id=listing.pk,
        price_fen=13_824,
        seen_fen=listing.price_fen,
        starts_on=clock.today(),
        reason="新茶上市",
        actor_id=make_cast().supplier_user.pk,
    )


def stock(listing: Listing) -> Proposal:
    return propose_stock(
        scope=cast.scope(),
        listing_id=listing.pk,
        pool="retail",
        delta=30,
        seen=10,
        reason="采收入库",
        actor_id=make_cast().supplier_user.pk,
    )


def test_a_proposal_stands_beside_the_present_figure_with_its_history(staff: Client) -> None:
    listing = cast.tea()
    set_price(sku="tea", price_fen=12_000, expected_fen=12_800, actor_id=1)
    make_price_tier(product=listing.product, min_quantity=10, price_fen=11_500)
    listing.refresh_from_db()
    price(listing)
    stock(listing)
    page = words(staff.get("/dashboard/proposals/"))
    assert "¥120.00" in page and "<b>¥138.24</b>" in page and "+18.24 (+15.2%)" in page
    assert "≥10 ¥115.00" in page
    assert "现有 10，已售未发 0，可售 10" in page and "<b>40</b>" in page and "+30" in page
    assert "陈供应" in page and "新茶上市" in page and "采收入库" in page


def test_staff_approve_and_refuse(staff: Client) -> None:
    listing = cast.tea()
    wanted, more = price(listing), stock(listing)
    staff.post(f"/dashboard/proposals/{wanted.pk}/decide/", {"action": "refuse"})
    wanted.refresh_from_db()
    assert wanted.state == "open"
    staff.post(f"/dashboard/proposals/{wanted.pk}/decide/", {"action": "refuse", "note": "涨幅过大"})
    staff.post(f"/dashboard/proposals/{more.pk}/decide/", {"action": "approve", "note": ""})
    assert list(Proposal.objects.order_by("kind").values_list("state", "note")) == [
        ("refused", "涨幅过大"),
        ("applied", ""),
    ]
    listing.refresh_from_db()
    assert (listing.price_fen, StockBalance.objects.get().on_hand) == (12_800, 40)
    page = words(staff.get("/dashboard/proposals/"))
    assert "涨幅过大" in page and "赵运营" in page


def test_what_changed_meanwhile_is_marked_and_refused(staff: Client) -> None:
    listing = cast.tea()
    proposal = price(listing)
    set_price(sku="tea", price_fen=11_000, expected_fen=12_800, actor_id=1)
    page = words(staff.get("/dashboard/proposals/"))
    assert "已变动" in page and 'value="approve" disabled' in page
    answer = staff.post(f"/dashboard/proposals/{proposal.pk}/decide/", {"action": "approve"}, follow=True)
    assert "现在的价格是 ¥110.00，不再是 ¥128.00" in words(answer)
    proposal.refresh_from_db()
    assert proposal.state == "open"


@pytest.mark.parametrize("action", ["", "maybe"])
def test_neither_yes_nor_no_changes_nothing(staff: Client, action: str) -> None:
    proposal = price(cast.tea())
    staff.post(f"/dashboard/proposals/{proposal.pk}/decide/", {"action": action})
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_the_queue_of_work_names_both(staff: Client) -> None:
    price(cast.tea())
    draft = cast.submitted()
    page = words(staff.get("/dashboard/desk/"))
    assert "价格与库存申请" in page and "待审核的商品草稿" in page
    assert words(staff.get("/dashboard/product-drafts/")).count(f"/dashboard/product-drafts/{draft.pk}/") == 2


def test_a_draft_is_published_from_its_page(staff: Client) -> None:
    draft = cast.submitted()
    at = f"/dashboard/product-drafts/{draft.pk}/"
    page = words(staff.get(at))
    assert "旺苍天麻" in page and "¥99.00" in page and "2027-11-01" in page and "× 40" in page
    assert f"/catalogue/drafts/{draft.pk}/" in page
    assert staff.get(f"/catalogue/drafts/{draft.pk}/").status_code == 200
    assert staff.post(at + "decide/", {"action": "approve"})["Location"] == "/dashboard/product-drafts/"
    draft.refresh_from_db()
    assert draft.state == "published" and draft.listing is not None
    assert Client().get(draft.listing.product.get_absolute_url()).status_code == 200


def test_a_draft_is_sent_back_with_remarks_at_its_fields(staff: Client) -> None:
    draft = cast.submitted()
    at = f"/dashboard/product-drafts/{draft.pk}/"
    staff.post(at + "decide/", {"action": "refuse", "remark_spec": "写清净含量", "note": "请修改"})
    draft.refresh_from_db()
    assert (draft.state, draft.remarks, draft.note) == ("returned", {"spec": "写清净含量"}, "请修改")
    page = words(staff.get(at))
    assert "写清净含量" in page and 'value="approve"' not in page


def test_a_next_version_shows_what_it_changes(staff: Client) -> None:
    listing = cast.tea()
    actor = make_cast().supplier_user.pk
    draft = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=actor)
    said = {"name_zh": "木门黄茶", "description_zh": "黄茶。", "allergens": "无"}
    save_draft(scope=cast.scope(), draft_id=draft.pk, values=said, revision=0, actor_id=actor)
    submit_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=actor)
    rows = staff.get(f"/dashboard/product-drafts/{draft.pk}/").context["rows"]
    assert [(row["name"], row["before"], row["value"]) for row in rows if row["is_changed"]] == [
        ("name_zh", "黄茶", "木门黄茶"),
        ("description_zh", "", "黄茶。"),
        ("allergens", "", "无"),
    ]
    Listing.objects.update(spec="150g/罐")
    page = words(staff.get(f"/dashboard/product-drafts/{draft.pk}/"))
    assert "已被改动" in page and 'value="approve" disabled' in page


def test_who_handed_it_in_finds_no_buttons(staff: Client) -> None:
    draft = cast.submitted()
    ProductDraft.objects.update(submitted_by=make_cast().staff.pk)
    assert 'value="approve"' not in words(staff.get(f"/dashboard/product-drafts/{draft.pk}/"))
    staff.post(f"/dashboard/product-drafts/{draft.pk}/decide/", {"action": "approve"})
    draft.refresh_from_db()
    assert draft.state == "submitted"
