"""A supplier's own goods on its phone: figures, proposals, drafts; nothing of another supplier's."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.files.services import encode_photos
from shop.listings.models import Listing
from shop.listings.services import edit_product, save_draft, set_price, submit_draft
from shop.listings.supplier_models import ProductDraft, Proposal
from shop.ordering.models import StockBalance
from shop.ordering.services import publish_draft
from tests.factories import make_user, place
from tests.listings import supplier_cast as cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def person(code: str = "tea-co", phone: str = "+8613900000001") -> User:
    return make_user(phone=phone, name="陈供应", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)])


@pytest.fixture
def supplier(client: Client) -> Client:
    client.force_login(person())
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def draft_form(**changes: Any) -> dict[str, Any]:
    """Return what the page sends of a complete draft."""
    values = cast.complete(**changes) | {"price_fen": "99", "revision": 0, "do": "save"}
    del values["lots"]
    return {name: "" if value is None else value for name, value in values.items()} | {
        "lot_1_code": "L1",
        "lot_1_produced_on": "2026-11-01",
        "lot_1_expires_on": "2027-11-01",
        "lot_1_units": "40",
    }


def test_own_goods_show_price_stock_and_what_is_proposed(supplier: Client) -> None:
    listing = cast.tea()
    cast.pears()
    place(lines=[(listing.product, 3)])
    supplier.post(f"/supplier/goods/{listing.pk}/price/", price_form(listing))
    page = words(supplier.get("/supplier/goods/"))
    assert "现有 10，已售未发 3，可售 7" in page
    assert "黄茶" in page and "翠冠梨" not in page
    assert "138.00" in page and "待审核" in page


def price_form(listing: Listing, **changes: Any) -> dict[str, Any]:
    return {
        "price": "138",
        "starts_on": f"{clock.today()}",
        "reason": "新茶上市",
        "seen_fen": listing.price_fen,
    } | changes


def test_a_price_and_stock_are_proposed_and_taken_back(supplier: Client) -> None:
    listing = cast.tea()
    at = f"/supplier/goods/{listing.pk}/"
    assert supplier.post(at + "price/", price_form(listing, price="￥1,380.50"))["Location"] == at
    asked = {"pool": "retail", "seen": 10, "delta": "-4", "reason": "盘点"}
    assert supplier.post(at + "stock/", asked)["Location"] == at
    assert list(Proposal.objects.order_by("kind").values_list("kind", "seen", "wanted", "state")) == [
        ("price", 12_800, 138_050, "open"),
        ("stock", 10, 6, "open"),
    ]
    assert (Listing.objects.get().price_fen, StockBalance.objects.get().on_hand) == (12_800, 10)
    proposal = Proposal.objects.get(kind="price")
    assert supplier.post(f"/supplier/proposals/{proposal.pk}/withdraw/")["Location"] == at
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"


def test_a_wrong_price_comes_back_at_its_field(supplier: Client) -> None:
    listing = cast.tea()
    answer = supplier.post(f"/supplier/goods/{listing.pk}/price/", price_form(listing, price="0", reason=""))
    assert answer.status_code == 422
    assert set(answer.context["price_form"].errors) == {"price", "reason"}
    assert not Proposal.objects.exists()


def test_an_old_page_is_answered_with_the_present_price(supplier: Client) -> None:
    listing = cast.tea()
    set_price(sku="tea", price_fen=11_000, expected_fen=12_800, actor_id=1)
    answer = supplier.post(f"/supplier/goods/{listing.pk}/price/", price_form(listing), follow=True)
    assert "现在的价格是 ¥110.00，不再是 ¥128.00" in words(answer)
    assert not Proposal.objects.exists()


def test_a_draft_is_filled_in_saved_and_handed_in(supplier: Client) -> None:
    cast.tea()
    place_of_draft = supplier.post("/supplier/drafts/new/")["Location"]
    draft = ProductDraft.objects.get()
    assert place_of_draft == f"/supplier/drafts/{draft.pk}/"
    answer = supplier.get(place_of_draft)
    assert "提交前还缺" in words(answer)
    assert "licence_no" not in dict(answer.context["missing"])
    supplier.post(place_of_draft, {"name_zh": "旺苍天麻", "label_class": "packaged_food", "revision": 0})
    assert "licence_no" in dict(supplier.get(place_of_draft).context["missing"])
    form = draft_form(revision=1, photos=[cast.jpeg(), cast.jpeg(colour="red")])
    form["revision"] = 1
    answer = supplier.post(place_of_draft, form, follow=True)
    assert "草稿已保存" in words(answer)
    draft.refresh_from_db()
    assert (draft.values["price_fen"], draft.values["vat_percent"], draft.values["lots"]) == (
        9_900,
        9,
        [{"code": "L1", "produced_on": "2026-11-01", "expires_on": "2027-11-01", "units": 40}],
    )
    assert draft.photos.count() == 2
    second = draft.photos.last()
    assert second is not None
    supplier.post(place_of_draft, draft_form() | {"revision": 2, "do": f"main:{second.pk}"})
    assert draft.photos.first() == second
    supplier.post(place_of_draft, draft_form() | {"revision": 2, "do": "submit"})
    draft.refresh_from_db()
    assert draft.state == "submitted"
    page = words(supplier.get(place_of_draft))
    assert '<fieldset class="contents" disabled>' in page and "提交给商城" not in page


def test_an_incomplete_draft_is_saved_but_not_handed_in(supplier: Client) -> None:
    cast.tea()
    at = supplier.post("/supplier/drafts/new/")["Location"]
    answer = supplier.post(at, draft_form(storage="") | {"do": "submit"}, follow=True)
    assert "还缺：贮存条件、照片" in words(answer)
    draft = ProductDraft.objects.get()
    assert (draft.state, draft.title) == ("draft", "旺苍天麻")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price_fen": "abc"}, "price_fen"),
        ({"lot_1_code": ""}, "lot_1_code"),
        ({"lot_1_units": "0"}, "lot_1_units"),
        ({"lot_1_produced_on": "2099-01-01"}, "lot_1_produced_on"),
        ({"lot_1_expires_on": "2026-10-01"}, "lot_1_expires_on"),
        ({"lot_2_code": "L1", "lot_2_produced_on": "2026-11-01", "lot_2_units": "1"}, "lot_2_code"),
        ({"licence_no": "演示-无编号"}, "licence_no"),
        ({"category_slug": "no-such"}, "category_slug"),
        ({"township_zh": "别处"}, "township_zh"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_saved(
    supplier: Client, wrong: dict[str, str], field: str
) -> None:
    cast.tea()
    at = supplier.post("/supplier/drafts/new/")["Location"]
    answer = supplier.post(at, draft_form() | wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert ProductDraft.objects.get().title == ""


def test_a_lot_without_an_end_gets_it_from_the_shelf_life(supplier: Client) -> None:
    cast.tea()
    at = supplier.post("/supplier/drafts/new/")["Location"]
    supplier.post(at, draft_form(shelf_life_days=30) | {"lot_1_expires_on": ""})
    assert ProductDraft.objects.get().values["lots"][0]["expires_on"] == "2026-12-01"


def test_a_file_that_is_no_photo_is_named(supplier: Client) -> None:
    cast.tea()
    at = supplier.post("/supplier/drafts/new/")["Location"]
    upload = SimpleUploadedFile("tea.jpg", b"%PDF-1.7 and no photo", "image/jpeg")
    answer = supplier.post(at, draft_form(photos=[upload]))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["photos"])


def test_the_preview_is_the_products_page(supplier: Client) -> None:
    draft = cast.submitted()
    encode_photos()
    answer = supplier.get(f"/catalogue/drafts/{draft.pk}/")
    page = words(answer)
    assert "旺苍天麻" in page and "草稿预览" in page and "东河镇" in page
    assert "立即购买" not in page and "加入购物车" not in page
    assert [image.is_illustration for image in answer.context["images"]] == [False]
    assert '旺苍天麻"' in page and "旺苍天麻（示意插图）" not in page
    assert re.search(r'<img src="/files/[^"]+"', page)
    # Who has the address of a photo cannot open it as somebody else.
    photo = re.search(r'/files/[^"]+', page)
    assert photo is not None
    sent = supplier.get(photo[0])
    assert (sent.status_code, len(b"".join(sent)) > 0) == (200, True)
    other = Client()
    other.force_login(person("pear-co", "+8613900000002"))
    assert other.get(photo[0]).status_code == 404


def test_a_draft_that_is_not_complete_has_no_preview(supplier: Client) -> None:
    draft = cast.new_draft()
    answer = supplier.get(f"/catalogue/drafts/{draft.pk}/")
    assert answer["Location"] == f"/supplier/drafts/{draft.pk}/"


def test_nothing_of_another_supplier_is_found(supplier: Client) -> None:
    foreign = cast.pears()
    cast.tea()
    draft = edit_product(scope=cast.scope("pear-co"), listing_id=foreign.pk, actor_id=cast.OTHER_USER)
    for address in (
        f"/supplier/goods/{foreign.pk}/",
        f"/supplier/drafts/{draft.pk}/",
        f"/catalogue/drafts/{draft.pk}/",
        "/supplier/goods/999999/",
    ):
        assert supplier.get(address).status_code == 404
    for address in (
        f"/supplier/goods/{foreign.pk}/price/",
        f"/supplier/goods/{foreign.pk}/stock/",
        f"/supplier/goods/{foreign.pk}/edit/",
        f"/supplier/drafts/{draft.pk}/",
        f"/supplier/drafts/{draft.pk}/withdraw/",
    ):
        assert supplier.post(address, draft_form() | price_form(foreign)).status_code == 404
    assert not Proposal.objects.exists()
    assert "翠冠梨" not in words(supplier.get("/supplier/drafts/"))


def test_an_earlier_version_comes_back_by_one_click(supplier: Client) -> None:
    listing = cast.tea()
    old, newer = (published(listing, name) for name in ("木门黄茶", "旺苍黄茶"))
    page = words(supplier.get(f"/supplier/goods/{listing.pk}/"))
    assert f"/supplier/drafts/{old.pk}/restore/" in page
    assert f"/supplier/drafts/{newer.pk}/restore/" not in page
    answer = supplier.post(f"/supplier/drafts/{old.pk}/restore/")
    back = ProductDraft.objects.get(version=4)
    assert (answer["Location"], back.title, back.state) == (
        f"/supplier/drafts/{back.pk}/",
        "木门黄茶",
        "draft",
    )
    again = supplier.post(f"/supplier/drafts/{old.pk}/restore/", follow=True)
    assert "已有正在编辑的版本" in words(again)
    assert ProductDraft.objects.count() == 3


def published(listing: Listing, name: str) -> ProductDraft:
    """Return the next version of a product with this name, published by staff."""
    draft = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    save_draft(
        scope=cast.scope(),
        draft_id=draft.pk,
        values={"name_zh": name, "description_zh": "黄茶。", "allergens": "无"},
        revision=0,
        actor_id=cast.SUPPLIER_USER,
    )
    submit_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER)
    return publish_draft(draft_id=draft.pk, note="", actor_id=cast.STAFF)


def test_a_list_without_goods_leads_to_the_drafts(supplier: Client) -> None:
    cast.tea_co()
    assert supplier.get("/supplier/goods/").context["elsewhere"] == []
    supplier.post("/supplier/drafts/new/")
    page = supplier.get("/supplier/goods/")
    assert page.context["elsewhere"] == [("草稿 1", "/supplier/drafts/")]
    assert 'href="/supplier/drafts/" class="chip">草稿 1' in words(page)
