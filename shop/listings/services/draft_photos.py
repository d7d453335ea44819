"""The photos of a product draft: added, put in order, taken away; and what becomes of them once it is on sale."""

import enum
import hashlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind, StoredFile
from shop.files.services import remove_file, store_file
from shop.journal.services import record as journal
from shop.listings.draft_fields import MOST_PHOTOS
from shop.listings.exceptions import ListingError, ListingMoved
from shop.listings.models import Listing, ProductPicture
from shop.listings.pictures import drop_picture, drop_pictures, save_picture
from shop.listings.services.product_drafts import NOTE_LENGTH, locked_draft
from shop.listings.supplier_models import DraftPhoto, DraftState, PicturePhoto, ProductDraft
from shop.listings.transitions import DRAFT

OWNER = "product_draft"


class PhotoAct(enum.StrEnum):
    """What may be done with a photo of a draft."""

    MAIN = "main"
    UP = "up"
    DOWN = "down"
    REMOVE = "remove"


@transaction.atomic
def add_photo(*, scope: Scope, draft_id: int, upload: "UploadedFile[Any]", actor_id: int) -> DraftPhoto:
    """Add a photo behind the others of an own draft; not safe to repeat.

    Raises ProductDraft.DoesNotExist for another supplier's, ListingMoved while the shop has it, ListingError
    (too_many) beyond nine, and FileRefused; nothing is stored then.
    """
    draft = _editable(scope, draft_id)
    if draft.photos.count() >= MOST_PHOTOS:
        raise ListingError(
            _("A product has nine photos at most. Take one away first."), code="too_many", field="photos"
        )
    file = store_file(
        upload=upload,
        kind=FileKind.PHOTO,
        owner_type=OWNER,
        owner_key=str(draft.pk),
        uploaded_by=actor_id,
        account=f"supplier:{draft.supplier.code}",
    )
    last = draft.photos.order_by("-position").values_list("position", flat=True).first()
    photo = DraftPhoto.objects.create(draft=draft, file=file, position=0 if last is None else last + 1)
    _changed(draft, "photo_added", file, actor_id)
    return photo


@transaction.atomic
def change_photo(*, scope: Scope, draft_id: int, photo_id: int, act: PhotoAct, actor_id: int) -> None:
    """Make a photo the main one, move it by one place, or take it away; journalled. Safe to repeat but for moves.

    A photo that another version shows keeps its bytes. A photo that is gone changes nothing. Raises
    ProductDraft.DoesNotExist for another supplier's draft, ListingMoved while the shop has it.
    """
    draft = _editable(scope, draft_id)
    photos = list(draft.photos.select_related("file"))
    at = next((place for place, photo in enumerate(photos) if photo.pk == photo_id), None)
    if at is None:
        return
    photo = photos.pop(at)
    if act is PhotoAct.REMOVE:
        photo.delete()
        if not DraftPhoto.objects.filter(file=photo.file).exists():
            remove_file(file=photo.file, actor_id=actor_id)
    else:
        to = {PhotoAct.MAIN: 0, PhotoAct.UP: at - 1, PhotoAct.DOWN: at + 1}[act]
        photos.insert(max(0, to), photo)
    for position, kept in enumerate(photos):
        if kept.position != position:
            kept.position = position
            kept.save(update_fields=["position"])
    _changed(draft, f"photo_{act}", photo.file, actor_id)


def show_photos(draft: ProductDraft) -> None:
    """Let a published product have the draft's photos as its pictures, still to be made; inside a transaction.

    Pictures that are the same stay as they are. A version from which every photo was taken away takes those of the
    product away too; drawings stay. Raises ListingError (photo_unreadable) for a photo that nobody can open.
    """
    assert draft.listing is not None
    photos = list(draft.photos.select_related("file"))
    if not photos:
        shown = ProductPicture.objects.filter(product=draft.listing.product_id, photo__isnull=False)
        for picture in shown:
            drop_picture(picture=picture)
        return
    for position, photo in enumerate(photos):
        if photo.file.failed_at is not None or photo.file.removed_at is not None:
            raise ListingError(
                _("Photo %(number)d cannot be read. Send the draft back and ask for another.")
                % {"number": position + 1},
                code="photo_unreadable",
                field="photos",
            )
        saved = save_picture(
            product_id=draft.listing.product_id,
            key=picture_key(draft.listing.sku, position, photo.file),
            position=position,
            illustrative=False,
        )
        PicturePhoto.objects.update_or_create(picture=saved.row, defaults={"file": photo.file})
    drop_pictures(product_id=draft.listing.product_id, from_position=len(photos))


@transaction.atomic
def take_picture_away(*, sku: str, picture_id: int, reason: str, actor_id: int) -> bool:
    """Take one picture of a product off the shop at once, without another in its place; journalled.

    The pictures behind it move up; a product without any shows its category's drawing. The private photo stays with
    the version that brought it, but the next version does not begin with it. False when it is gone already (safe
    twice). Raises ListingError naming the reason when it is missing.
    """
    reason = reason.strip()[:NOTE_LENGTH]
    if not reason:
        raise ListingError(_("Say why the picture is taken away."), code="reason_missing", field="reason")
    listing = lock(Listing.objects.filter(sku=sku)).get()
    picture = ProductPicture.objects.filter(product=listing.product_id, pk=picture_id).first()
    if picture is None:
        return False
    before = {"picture": picture.key, "position": picture.position}
    drop_picture(picture=picture)
    journal(
        actor_id=actor_id,
        action="listing.picture_removed",
        object_type="listing",
        object_key=sku,
        before=before,
        after={"pictures": ProductPicture.objects.filter(product=listing.product_id).count()},
        reason=reason,
    )
    return True


def picture_key(sku: str, position: int, file: StoredFile) -> str:
    """Return the key of the picture that a photo gives at a place; it tells nothing of the private file's own."""
    digest = hashlib.sha256(f"{position}:{file.key.hex}:{file.digest}".encode()).hexdigest()
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in sku.lower())
    return f"p{plain}-{digest[:16]}"


def _editable(scope: Scope, draft_id: int) -> ProductDraft:
    draft = locked_draft(scope, draft_id)
    if draft.state not in (DraftState.DRAFT, DraftState.RETURNED):
        raise ListingMoved(what=DRAFT.name, old=draft.state, new=DraftState.DRAFT)
    return draft


def _changed(draft: ProductDraft, action: str, file: StoredFile, actor_id: int) -> None:
    draft.changed_at = clock.now()
    draft.remarks = {name: text for name, text in draft.remarks.items() if name != "photos"}
    draft.save(update_fields=["changed_at", "remarks"])
    journal(
        actor_id=actor_id,
        action=f"product_draft.{action}",
        object_type="product_draft",
        object_key=str(draft.pk),
        after={"photo": file.name, "digest": file.digest},
    )
