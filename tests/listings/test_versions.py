"""Pictures that go without others in their place, and earlier versions that come back as new ones."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.files.services import encode_photos
from shop.journal.models import JournalEntry
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing, ProductPicture
from shop.listings.photos import make_pending_pictures
from shop.listings.pictures import save_picture
from shop.listings.services import (
    PhotoAct,
    add_photo,
    change_photo,
    edit_product,
    restore_version,
    save_draft,
    submit_draft,
    take_picture_away,
)
from shop.listings.supplier_models import ProductDraft
from shop.ordering.models import StockBalance
from shop.ordering.services import publish_draft
from tests.listings import supplier_cast as cast

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def monday(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = str(tmp_path)
    with time_machine.travel(dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC), tick=False):
        yield


def begun(listing: Listing, **said: Any) -> ProductDraft:
    """Return the next version of a product, begun by its supplier and saved with these values."""
    draft = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    return save_draft(
        scope=cast.scope(),
        draft_id=draft.pk,
        values={"description_zh": "黄茶。", "allergens": "无", **said},
        revision=draft.revision,
        actor_id=cast.SUPPLIER_USER,
    )


def add(draft: ProductDraft, *colours: str) -> None:
    for colour in colours:
        add_photo(
            scope=cast.scope(),
            draft_id=draft.pk,
            upload=cast.jpeg(colour=colour),
            actor_id=cast.SUPPLIER_USER,
        )


def published(draft: ProductDraft) -> ProductDraft:
    """Hand a draft in, publish it, and let the worker make its pictures."""
    if draft.state != "submitted":
        submit_draft(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER)
    done = publish_draft(draft_id=draft.pk, note="", actor_id=cast.OTHER_STAFF)
    encode_photos()
    make_pending_pictures()
    return done


def shown() -> list[tuple[int, int]]:
    """Return position and file of the pictures on sale, in their order."""
    return list(ProductPicture.objects.order_by("position").values_list("position", "photo__file"))


def remove(draft: ProductDraft, *photo_ids: int) -> None:
    for photo_id in photo_ids:
        change_photo(
            scope=cast.scope(),
            draft_id=draft.pk,
            photo_id=photo_id,
            act=PhotoAct.REMOVE,
            actor_id=cast.SUPPLIER_USER,
        )


def test_staff_take_one_picture_off_the_shop_at_once(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    listing = cast.tea()
    draft = begun(listing)
    add(draft, "green", "red", "blue")
    published(draft)
    first, second, third = (file for _place, file in shown())
    gone = ProductPicture.objects.get(position=0)
    files = list(Path(settings.MEDIA_ROOT).glob(f"pictures/{gone.key}-*"))
    assert len(files) == 4
    with pytest.raises(ListingError) as refused:
        take_picture_away(sku="tea", picture_id=gone.pk, reason=" ", actor_id=cast.STAFF)
    assert (refused.value.field, len(shown())) == ("reason", 3)
    with django_capture_on_commit_callbacks(execute=True):
        assert take_picture_away(sku="tea", picture_id=gone.pk, reason="无权使用", actor_id=cast.STAFF)
    assert not take_picture_away(sku="tea", picture_id=gone.pk, reason="无权使用", actor_id=cast.STAFF)
    assert shown() == [(0, second), (1, third)]
    assert not any(path.exists() for path in files)
    entry = JournalEntry.objects.get(action="listing.picture_removed")
    assert (entry.actor_id, entry.object_key, entry.reason) == (cast.STAFF, "tea", "无权使用")
    assert (entry.before, entry.after) == ({"picture": gone.key, "position": 0}, {"pictures": 2})
    # The next version does not bring it back, the one before still knows it.
    again = begun(Listing.objects.get(sku="tea"), name_zh="木门黄茶")
    assert list(again.photos.values_list("file", flat=True)) == [second, third]
    assert list(draft.photos.values_list("file", flat=True)) == [first, second, third]
    published(again)
    assert shown() == [(0, second), (1, third)]
    assert not ProductPicture.objects.filter(ready_at=None).exists()


def test_a_version_without_photos_takes_them_away_and_leaves_drawings() -> None:
    listing = cast.tea()
    save_picture(product_id=listing.product_id, key="drawn-0", position=0)
    published(begun(listing))
    assert ProductPicture.objects.get().illustrative
    draft = begun(listing, name_zh="木门黄茶")
    add(draft, "green", "red")
    published(draft)
    assert [place for place, _file in shown()] == [0, 1]
    bare = edit_product(scope=cast.scope(), listing_id=listing.pk, actor_id=cast.SUPPLIER_USER)
    remove(bare, *bare.photos.values_list("pk", flat=True))
    published(bare)
    assert shown() == []


def test_an_earlier_version_comes_back_with_its_texts_and_photos_but_not_its_lots() -> None:
    listing = cast.tea()
    lot = {"code": "N", "produced_on": "2026-11-01", "expires_on": "", "units": 6}
    old = begun(listing, name_zh="木门黄茶", lots=[lot])
    add(old, "green")
    published(old)
    newer = begun(listing, name_zh="旺苍黄茶")
    remove(newer, *newer.photos.values_list("pk", flat=True))
    add(newer, "red")
    published(newer)
    units = sum(StockBalance.objects.values_list("on_hand", flat=True))
    back = restore_version(scope=cast.scope(), draft_id=old.pk, actor_id=cast.SUPPLIER_USER)
    assert (back.version, back.state, back.title, back.values["lots"]) == (4, "draft", "木门黄茶", [])
    assert list(back.photos.values_list("file", flat=True)) == list(old.photos.values_list("file", flat=True))
    entry = JournalEntry.objects.get(action="product_draft.restored")
    assert (entry.actor_id, entry.after["of_version"], entry.after["version"]) == (cast.SUPPLIER_USER, 2, 4)
    with pytest.raises(ListingError) as refused:
        restore_version(scope=cast.scope(), draft_id=newer.pk, actor_id=cast.SUPPLIER_USER)
    assert (refused.value.code, ProductDraft.objects.count()) == ("open_draft", 3)
    published(back)
    assert Listing.objects.get(sku="tea").name_zh == "木门黄茶"
    assert sum(StockBalance.objects.values_list("on_hand", flat=True)) == units


def test_staff_hand_an_earlier_version_in_and_another_person_publishes_it() -> None:
    listing = cast.tea()
    old = published(begun(listing, name_zh="木门黄茶"))
    published(begun(listing, name_zh="旺苍黄茶"))
    back = restore_version(scope=SYSTEM, draft_id=old.pk, actor_id=cast.STAFF, hand_in=True)
    assert (back.state, back.submitted_by) == ("submitted", cast.STAFF)
    with pytest.raises(ListingError) as refused:
        publish_draft(draft_id=back.pk, note="", actor_id=cast.STAFF)
    assert refused.value.code == "own_draft"
    published(back)
    assert Listing.objects.get(sku="tea").name_zh == "木门黄茶"


def test_what_was_never_on_sale_or_says_the_same_does_not_come_back() -> None:
    listing = cast.tea()
    draft = begun(listing, name_zh="木门黄茶")
    with pytest.raises(ListingError) as refused:
        restore_version(scope=cast.scope(), draft_id=draft.pk, actor_id=cast.SUPPLIER_USER)
    assert refused.value.code == "not_published"
    published(draft)
    with pytest.raises(ListingError) as same:
        restore_version(scope=SYSTEM, draft_id=draft.pk, actor_id=cast.STAFF, hand_in=True)
    assert (same.value.code, ProductDraft.objects.count()) == ("unchanged", 1)
    with pytest.raises(ProductDraft.DoesNotExist):
        restore_version(scope=cast.scope("pear-co"), draft_id=draft.pk, actor_id=cast.OTHER_USER)
