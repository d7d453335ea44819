"""Product drafts: saved at any time, handed in complete, published or sent back by another person, kept as versions."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
import time_machine
from oscar.apps.partner.models import StockRecord
from PIL import Image

from shop.core.exceptions import ShopError
from shop.files.exceptions import FileRefused
from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.journal.models import JournalEntry
from shop.listings.exceptions import ListingError, ListingMoved
from shop.listings.models import FreightTemplate, Listing, ProductPicture
from shop.listings.photos import make_pending_pictures
from shop.listings.pictures import save_picture
from shop.listings.selectors import search_ids
from shop.listings.services import (
    PhotoAct,
    add_photo,
    begin_draft,
    change_photo,
    edit_product,
    return_draft,
    save_draft,
    set_price,
    submit_draft,
    withdraw_draft,
)
from shop.listings.services.product_drafts import missing_of
from shop.listings.supplier_models import DraftPhoto, ProductDraft
from shop.ordering.models import StockBalance
from shop.ordering.services import publish_draft
from shop.ordering.stock_models import GoodsLot
from tests.listings import supplier_cast as cast

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def monday(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = str(tmp_path)
    with time_machine.travel(dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC), tick=False):
        yield


def save(draft: ProductDraft, revision: int | None = None, **values: Any) -> ProductDraft:
    return save_draft(
        scope=cast.scope(),
        draft_id=draft.pk,
        values=values,
        revision=draft.revision if revision is None else revision,
        actor_id=cast.SUPPLIER_USER,
    )


def submit(draft: ProductDraft) -> ProductDraft:
    return submit_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER)


def publish(draft: ProductDraft, actor_id: int = cast.STAFF) -> ProductDraft:
    return publish_draft(draft_id=draft.pk, note="", actor_id=actor_id)


def add(draft: ProductDraft, **photo: Any) -> DraftPhoto:
    return add_photo(
        scope=cast.scope(), draft_id=draft.pk, upload=cast.jpeg(**photo), actor_id=cast.SUPPLIER_USER
    )


def units_of(name: str) -> dict[str, int]:
    """Return the retail units of a product by lot."""
    rows = StockBalance.objects.filter(stockrecord__product__listing__name_zh=name, on_hand__gt=0)
    return dict(rows.values_list("lot", "on_hand"))


def test_a_draft_may_say_nothing_yet_and_names_all_that_is_missing() -> None:
    cast.tea()
    draft = begin_draft(supplier=cast.tea_co(), actor_id=cast.SUPPLIER_USER)
    draft = save(draft, name_zh="旺苍天麻", label_class="packaged_food")
    assert (draft.title, draft.revision, draft.version, draft.state) == ("旺苍天麻", 1, 1, "draft")
    assert missing_of(draft) == [
        "category_slug",
        "description_zh",
        "ingredients",
        "net_content",
        "producer",
        "shelf_life_days",
        "storage",
        "licence_no",
        "standard_no",
        "allergens",
        "spec",
        "unit",
        "gross_weight_g",
        "price_fen",
        "vat_percent",
        "return_rule",
        "photos",
    ]
    with pytest.raises(ListingError, match="还缺：类目、商品介绍、") as refused:
        submit(draft)
    assert (refused.value.code, refused.value.field) == ("incomplete", "category_slug")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_freight_terms_are_needed_too() -> None:
    draft = cast.new_draft()
    FreightTemplate.objects.all().delete()
    assert missing_of(draft) == ["photos", "freight"]


def test_two_pages_do_not_overwrite_each_other() -> None:
    draft = cast.new_draft()
    save(draft, name_zh="旺苍天麻 A")
    with pytest.raises(ListingError) as refused:
        save(draft, revision=draft.revision, name_zh="旺苍天麻 B")
    assert refused.value.code == "changed_meanwhile"
    draft.refresh_from_db()
    assert draft.title == "旺苍天麻 A"


def test_a_new_product_goes_on_sale_with_origin_label_and_lots() -> None:
    draft = publish(cast.submitted())
    listing = Listing.objects.select_related("product__origin__township", "product__label").get(
        sku=f"TEA-CO-{draft.pk:05d}"
    )
    assert (draft.state, draft.decided_by, listing.state, listing.product.is_public) == (
        "published",
        cast.STAFF,
        "published",
        True,
    )
    assert (listing.sku, listing.name_zh, listing.price_fen, listing.vat_percent, listing.spec) == (
        f"TEA-CO-{draft.pk:05d}",
        "旺苍天麻",
        9_900,
        9,
        "250g/袋",
    )
    label, origin = listing.product.label, listing.product.origin
    assert (label.ingredients, label.illustrative, label.net_content) == ("天麻", False, "250g")
    assert (origin.region.slug, str(origin.township), origin.claim_state) == ("wangcang", "东河镇", "pending")
    assert units_of("旺苍天麻") == {"L1": 40, "L2": 5}
    lot = GoodsLot.objects.get(code="L1")
    assert (lot.produced_on, lot.expires_on) == (dt.date(2026, 11, 1), dt.date(2027, 11, 1))
    assert search_ids("天麻") == [listing.product_id]


def test_photos_become_pictures_in_the_worker_and_lose_their_exif(settings: Any) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone 9"
    exif.get_ifd(0x8825)[1] = "N"
    draft = cast.new_draft()
    for colour in ("green", "red"):
        add(draft, exif=exif.tobytes(), side=1000, colour=colour)
    publish(submit(draft))
    assert list(ProductPicture.objects.values_list("position", "illustrative", "ready_at")) == [
        (0, False, None),
        (1, False, None),
    ]
    # The photos have not been encoded anew yet, so there is nothing that may be shown.
    assert make_pending_pictures() == 0
    assert encode_photos() == 2
    assert (make_pending_pictures(), make_pending_pictures()) == (2, 0)
    main = ProductPicture.objects.get(position=0)
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    assert len(list(folder.iterdir())) == 8
    sizes = {}
    for end in ("-160.webp", "-400.webp", "-800.webp", "-800.jpg"):
        raw = (folder / f"{main.key}{end}").read_bytes()
        assert b"Phone" not in raw
        with Image.open(io.BytesIO(raw)) as image:
            assert not image.getexif()
            sizes[end] = image.size
    assert sizes == {
        "-160.webp": (160, 160),
        "-400.webp": (400, 400),
        "-800.webp": (800, 800),
        "-800.jpg": (800, 800),
    }
    with Image.open(folder / f"{main.key}-160.webp") as image:
        red, green, _blue = image.convert("RGB").getpixel((80, 80))  # type: ignore[misc]
    assert (red < 40, green > 90) == (True, True)


def test_photos_are_put_in_order_and_taken_away() -> None:
    draft = cast.new_draft()
    first, second, third = (add(draft, colour=colour) for colour in ("green", "red", "blue"))

    def act(photo: DraftPhoto, what: PhotoAct) -> list[int]:
        change_photo(
            scope=cast.scope(),
            draft_id=draft.pk,
            photo_id=photo.pk,
            act=what,
            actor_id=cast.SUPPLIER_USER,
        )
        return [photo.pk for photo in draft.photos.all()]

    assert act(third, PhotoAct.MAIN) == [third.pk, first.pk, second.pk]
    assert act(second, PhotoAct.UP) == [third.pk, second.pk, first.pk]
    assert act(third, PhotoAct.DOWN) == [second.pk, third.pk, first.pk]
    assert act(second, PhotoAct.UP) == [second.pk, third.pk, first.pk]
    assert act(third, PhotoAct.REMOVE) == [second.pk, first.pk]
    assert act(third, PhotoAct.REMOVE) == [second.pk, first.pk]
    assert StoredFile.objects.exclude(removed_at=None).count() == 1


def test_a_tenth_photo_and_what_is_no_photo_are_refused() -> None:
    draft = cast.new_draft()
    for _number in range(9):
        add(draft)
    with pytest.raises(ListingError) as refused:
        add(draft)
    assert refused.value.code == "too_many"
    change_photo(
        scope=cast.scope(),
        draft_id=draft.pk,
        photo_id=draft.photos.first().pk,  # type: ignore[union-attr]
        act=PhotoAct.REMOVE,
        actor_id=cast.SUPPLIER_USER,
    )
    upload = cast.jpeg()
    upload.file = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(FileRefused):
        add_photo(scope=cast.scope(), draft_id=draft.pk, upload=upload, actor_id=cast.SUPPLIER_USER)
    assert draft.photos.count() == 8


def test_a_returned_draft_shows_its_remarks_until_the_field_is_changed() -> None:
    draft = cast.submitted()
    return_draft(
        draft_id=draft.pk,
        remarks={"spec": "请写清净含量", "name_zh": "", "photos": "主图太暗"},
        note="请修改",
        actor_id=cast.STAFF,
    )
    draft.refresh_from_db()
    assert (draft.state, draft.note, draft.remarks) == (
        "returned",
        "请修改",
        {"spec": "请写清净含量", "photos": "主图太暗"},
    )
    draft = save(draft, spec="250克/袋")
    assert draft.remarks == {"photos": "主图太暗"}
    draft = submit(draft)
    assert (draft.state, draft.remarks, draft.decided_by) == ("submitted", {}, None)
    assert not Listing.objects.filter(name_zh="旺苍天麻").exists()


def test_a_return_needs_words_about_a_known_field() -> None:
    draft = cast.submitted()
    for remarks, code in (({}, "reason_missing"), ({"colour": "x"}, "unknown")):
        with pytest.raises(ListingError) as refused:
            return_draft(draft_id=draft.pk, remarks=remarks, note=" ", actor_id=cast.STAFF)
        assert refused.value.code == code
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_nobody_publishes_what_they_handed_in_and_nothing_is_published_twice() -> None:
    draft = cast.submitted()
    for act in (
        publish,
        lambda one, actor: return_draft(draft_id=one.pk, remarks={}, note="x", actor_id=actor),
    ):
        with pytest.raises(ListingError) as refused:
            act(draft, cast.SUPPLIER_USER)
        assert refused.value.code == "own_draft"
    publish(draft)
    with pytest.raises(ListingMoved):
        publish(draft, cast.OTHER_STAFF)
    assert Listing.objects.filter(name_zh="旺苍天麻").count() == 1
    assert units_of("旺苍天麻") == {"L1": 40, "L2": 5}


def test_nothing_is_written_when_the_supplier_may_not_sell() -> None:
    draft = cast.submitted()
    supplier = cast.tea_co()
    supplier.state, supplier.suspended_on = "suspended", dt.date(2026, 11, 1)
    supplier.save()
    with pytest.raises(ShopError) as refused:
        publish(draft)
    assert refused.value.code == "supplier_not_admitted"
    draft.refresh_from_db()
    assert (draft.state, draft.listing_id) == ("submitted", None)
    assert not Listing.objects.filter(name_zh="旺苍天麻").exists()
    assert StockRecord.objects.count() == 1


def edited(**changes: Any) -> ProductDraft:
    """Return a next version of the tea that is handed in."""
    listing = cast.tea()
    draft = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    said = {"name_zh": "木门黄茶", "description_zh": "黄茶。", "allergens": "无"}
    return submit(save(draft, **(said | changes)))


def test_a_later_edit_replaces_the_product_only_when_it_is_approved() -> None:
    draft = edited(
        price_fen=1, lots=[{"code": "N", "produced_on": "2026-11-01", "expires_on": "", "units": 6}]
    )
    listing = Listing.objects.get(sku="tea")
    assert (draft.version, listing.name_zh, listing.product.title) == (2, "黄茶", "黄茶")
    product_id, sku_before = listing.product_id, listing.sku
    publish(draft)
    listing = Listing.objects.select_related("product__origin").get(sku="tea")
    assert (listing.name_zh, listing.product.title, listing.product_id, listing.sku) == (
        "木门黄茶",
        "木门黄茶",
        product_id,
        sku_before,
    )
    # A price is proposed on its own; a verified origin that did not change stays verified.
    assert (listing.price_fen, listing.product.origin.claim_state) == (12_800, "verified")
    assert units_of("木门黄茶") == {"": 10, "N": 6}
    again = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    assert again.version == 3
    assert edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER).pk == again.pk
    with pytest.raises(ListingError) as refused:
        submit(again)
    assert refused.value.code == "unchanged"


def test_another_origin_must_be_verified_anew() -> None:
    publish(edited(township_zh=""))
    assert Listing.objects.get(sku="tea").product.origin.claim_state == "pending"


def test_a_version_of_a_product_that_changed_meanwhile_is_refused_but_a_price_may_change() -> None:
    draft = edited()
    set_price(sku="tea", price_fen=11_000, expected_fen=12_800, actor_id=cast.STAFF)
    Listing.objects.filter(sku="tea").update(spec="150g/罐")
    with pytest.raises(ListingError) as refused:
        publish(draft)
    assert refused.value.code == "stale"
    Listing.objects.filter(sku="tea").update(spec="100g/罐")
    publish(draft)
    listing = Listing.objects.get(sku="tea")
    assert (listing.name_zh, listing.price_fen) == ("木门黄茶", 11_000)


def test_new_photos_take_the_place_of_the_old_pictures_and_versions_keep_theirs() -> None:
    listing = cast.tea()
    for position in range(3):
        save_picture(product_id=listing.product_id, key=f"drawn-{position}", position=position)
    draft = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    add(draft, colour="green")
    add(draft, colour="red")
    publish(submit(save(draft, description_zh="黄茶。", allergens="无")))
    assert list(ProductPicture.objects.order_by("position").values_list("position", "illustrative")) == [
        (0, False),
        (1, False),
    ]
    encode_photos()
    assert make_pending_pictures() == 2
    keys = set(ProductPicture.objects.values_list("key", flat=True))
    again = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    kept = again.photos.last()
    assert kept is not None
    change_photo(
        scope=cast.scope(),
        draft_id=again.pk,
        photo_id=kept.pk,
        act=PhotoAct.REMOVE,
        actor_id=cast.SUPPLIER_USER,
    )
    # The version on sale still shows it.
    assert not StoredFile.objects.exclude(removed_at=None).exists()
    publish(submit(again))
    assert set(ProductPicture.objects.values_list("key", flat=True)) < keys
    assert ProductPicture.objects.get().ready_at is not None


def test_a_photo_that_cannot_be_read_holds_the_product_back() -> None:
    draft = cast.submitted()
    StoredFile.objects.update(failed_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    with pytest.raises(ListingError) as refused:
        publish(draft)
    assert (refused.value.code, refused.value.field) == ("incomplete", "photos")
    assert not ProductPicture.objects.exists()


def test_what_the_shop_has_cannot_be_changed_and_what_is_thrown_away_stays_so() -> None:
    draft = cast.submitted()
    for act in (
        lambda: save(draft, name_zh="x"),
        lambda: add(draft),
        lambda: withdraw_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER),
    ):
        with pytest.raises(ListingMoved):
            act()
    return_draft(draft_id=draft.pk, remarks={}, note="x", actor_id=cast.STAFF)
    withdraw_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER)
    with pytest.raises(ListingMoved):
        submit(draft)


def test_another_suppliers_drafts_do_not_exist() -> None:
    draft, foreign = cast.new_draft(), cast.pears()
    other = cast.scope("pear-co")
    for act in (
        lambda: save_draft(scope=other, draft_id=draft.pk, values={}, revision=1, actor_id=cast.OTHER_USER),
        lambda: submit_draft(scope=other, draft_id=draft.pk, actor_id=cast.OTHER_USER),
        lambda: withdraw_draft(scope=other, draft_id=draft.pk, actor_id=cast.OTHER_USER),
        lambda: add_photo(scope=other, draft_id=draft.pk, upload=cast.jpeg(), actor_id=cast.OTHER_USER),
    ):
        with pytest.raises(ProductDraft.DoesNotExist):
            act()
    with pytest.raises(Listing.DoesNotExist):
        edit_product(scope=cast.scope(), listing_id=foreign.pk, actor_id=cast.SUPPLIER_USER)
    assert not StoredFile.objects.exists()


def test_every_step_is_in_the_journal() -> None:
    draft = publish(cast.submitted())
    entries = JournalEntry.objects.filter(object_type="product_draft", object_key=str(draft.pk)).order_by(
        "pk"
    )
    assert list(entries.values_list("action", "actor_id")) == [
        ("product_draft.begun", cast.SUPPLIER_USER),
        ("product_draft.saved", cast.SUPPLIER_USER),
        ("product_draft.photo_added", cast.SUPPLIER_USER),
        ("product_draft.submitted", cast.SUPPLIER_USER),
        ("product_draft.published", cast.STAFF),
    ]
    assert entries[3].after["name_zh"] == "旺苍天麻"
