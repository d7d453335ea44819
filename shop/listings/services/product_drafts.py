"""Products as their suppliers want them: begun, saved, handed in, sent back. Published by `ordering.supplier_stock`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.draft_fields import (
    FIELDS,
    NAMES,
    changed_fields,
    empty_values,
    lots_of,
    missing_values,
    values_of,
)
from shop.listings.exceptions import ListingError, ListingMoved
from shop.listings.models import FreightTemplate, Listing
from shop.listings.selectors.own_goods import own_goods
from shop.listings.supplier_models import OPEN_DRAFTS, DraftPhoto, DraftState, PicturePhoto, ProductDraft
from shop.listings.transitions import DRAFT, move_draft
from shop.suppliers.models import Supplier

NOTE_LENGTH = 200
#: A supplier has so many drafts that are not published; enough for a harvest, and an end for a loop.
MOST_OPEN = 100


@transaction.atomic
def begin_draft(*, supplier: Supplier, actor_id: int) -> ProductDraft:
    """Begin a new product of a supplier's, journalled. Not safe to repeat.

    Raises ListingError (too_many) at a hundred open drafts.
    """
    _require_room(supplier)
    draft = ProductDraft.objects.create(
        supplier=supplier, values=empty_values(), created_by=actor_id, changed_at=clock.now()
    )
    _journal(draft, "begun", actor_id)
    return draft


@transaction.atomic
def edit_product(*, scope: Scope, listing_id: int, actor_id: int) -> ProductDraft:
    """Begin the next version of an own product, journalled; returns the open one where there is one already.

    Raises Listing.DoesNotExist for another supplier's product, ListingError (too_many).
    """
    listing = lock(own_goods(scope).filter(pk=listing_id)).get()
    known = ProductDraft.objects.filter(listing=listing, state__in=OPEN_DRAFTS).first()
    if known is not None:
        return known
    draft = _next_version(listing, {}, actor_id)
    _copy_photos(draft, _published_photos(draft))
    _journal(draft, "begun", actor_id)
    return draft


@transaction.atomic
def restore_version(*, scope: Scope, draft_id: int, actor_id: int, hand_in: bool = False) -> ProductDraft:
    """Begin the next version of a product with what an earlier published one said, and its photos; journalled.

    Price and lots are not brought back. `hand_in` gives it to the shop at once: another person publishes it. Not safe
    to repeat. Raises ProductDraft.DoesNotExist for another supplier's; ListingError: not_published, open_draft (a
    version is begun already), too_many, and what `submit_draft` refuses; nothing is written then.
    """
    old = locked_draft(scope, draft_id)
    if old.state != DraftState.PUBLISHED or old.listing is None:
        raise ListingError(_("Only a version that was on sale can be restored."), code="not_published")
    listing = lock(Listing.objects.filter(pk=old.listing.pk)).get()
    if ProductDraft.objects.filter(listing=listing, state__in=OPEN_DRAFTS).exists():
        raise ListingError(
            _("Another version of this product is begun already. Finish it or throw it away first."),
            code="open_draft",
        )
    kept = {name: value for name, value in old.values.items() if name in FIELDS and name != "price_fen"}
    draft = _next_version(listing, kept, actor_id)
    standing = old.photos.filter(file__removed_at=None, file__failed_at=None)
    _copy_photos(draft, standing.values_list("file_id", flat=True))
    _journal(draft, "restored", actor_id, after={"of_version": old.version})
    if hand_in:
        return submit_draft(scope=scope, draft_id=draft.pk, actor_id=actor_id)
    return draft


def _next_version(listing: Listing, changes: dict[str, Any], actor_id: int) -> ProductDraft:
    """Begin the next version of a locked product: what it says now, with these changes. Raises ListingError."""
    _require_room(listing.supplier)
    latest = ProductDraft.objects.filter(listing=listing).order_by("-version").first()
    said = values_of(listing)
    return ProductDraft.objects.create(
        supplier=listing.supplier,
        listing=listing,
        # What was on sale before the first draft is version 1.
        version=latest.version + 1 if latest else 2,
        values=said | changes,
        base=said,
        created_by=actor_id,
        changed_at=clock.now(),
    )


@transaction.atomic
def save_draft(
    *, scope: Scope, draft_id: int, values: Mapping[str, Any], revision: int, actor_id: int
) -> ProductDraft:
    """Save what a draft says so far, complete or not; journalled when something changed. Safe to repeat.

    `values` are fields of `draft_fields.FIELDS` and `lots`. Raises ProductDraft.DoesNotExist for another
    supplier's; ListingMoved once it is handed in; ListingError (changed_meanwhile) when it was saved since
    `revision` was read: then nothing is overwritten.
    """
    draft = locked_draft(scope, draft_id)
    _require_editable(draft)
    known = {name: values[name] for name in (*FIELDS, "lots") if name in values}
    if draft.listing_id is not None:
        known.pop("price_fen", None)
    changed = {name: value for name, value in known.items() if draft.values.get(name) != value}
    if not changed:
        return draft
    if draft.revision != revision:
        raise ListingError(
            _("This draft was saved on another page meanwhile. Please reload it; nothing was overwritten."),
            code="changed_meanwhile",
        )
    before = {name: draft.values.get(name) for name in changed}
    draft.values = draft.values | changed
    draft.revision += 1
    draft.changed_at = clock.now()
    draft.remarks = {name: text for name, text in draft.remarks.items() if name not in changed}
    draft.save(update_fields=["values", "revision", "changed_at", "remarks"])
    _journal(draft, "saved", actor_id, before=before, after=changed)
    return draft


@transaction.atomic
def submit_draft(*, scope: Scope, draft_id: int, actor_id: int) -> ProductDraft:
    """Hand a complete draft to the shop, journalled with all it says. A draft handed in already stays so.

    Raises ProductDraft.DoesNotExist for another supplier's, ListingMoved when it is published or thrown away;
    ListingError: incomplete (names every field that is missing), unchanged.
    """
    draft = locked_draft(scope, draft_id)
    if draft.state == DraftState.SUBMITTED:
        return draft
    _require_editable(draft)
    missing = missing_of(draft)
    if missing:
        names = _(", ").join(str(NAMES[name]) for name in missing)
        raise ListingError(
            _("Still missing: %(fields)s.") % {"fields": names}, code="incomplete", field=missing[0]
        )
    if draft.base and not changed_fields(draft) and not lots_of(draft) and not _photos_changed(draft):
        raise ListingError(_("This says the same as the product on sale."), code="unchanged")
    move_draft(
        draft,
        DraftState.SUBMITTED,
        submitted_by=actor_id,
        submitted_at=clock.now(),
        decided_by=None,
        decided_at=None,
        remarks={},
        note="",
    )
    _journal(draft, "submitted", actor_id, after=draft.values)
    return draft


@transaction.atomic
def withdraw_draft(*, scope: Scope, draft_id: int, actor_id: int) -> ProductDraft:
    """Throw an own draft away, journalled; the row stays. Safe to repeat.

    Raises ProductDraft.DoesNotExist for another supplier's, ListingMoved while the shop has it or once published.
    """
    draft = locked_draft(scope, draft_id)
    if draft.state != DraftState.WITHDRAWN:
        move_draft(draft, DraftState.WITHDRAWN, changed_at=clock.now())
        _journal(draft, "withdrawn", actor_id)
    return draft


@transaction.atomic
def return_draft(*, draft_id: int, remarks: Mapping[str, str], note: str, actor_id: int) -> ProductDraft:
    """Send a draft back to its supplier with what is wrong with which field, journalled. Not safe to repeat.

    Raises ListingMoved when it is not waiting; ListingError: own_draft, unknown (a field that no draft has),
    reason_missing (neither a remark nor a note).
    """
    draft = submitted_for(draft_id, actor_id, DraftState.RETURNED)
    said = {name: text.strip()[:NOTE_LENGTH] for name, text in remarks.items() if text.strip()}
    for name in said:
        if name not in NAMES:
            raise ListingError(_("“%(value)s” is not known.") % {"value": name}, code="unknown", field=name)
    note = note.strip()[:NOTE_LENGTH]
    if not said and not note:
        raise ListingError(
            _("Say what is to be put right, at a field or in the note."), code="reason_missing", field="note"
        )
    move_draft(
        draft,
        DraftState.RETURNED,
        remarks=said,
        note=note,
        decided_by=actor_id,
        decided_at=clock.now(),
    )
    _journal(draft, "returned", actor_id, after={"remarks": said}, reason=note)
    return draft


def locked_draft(scope: Scope, draft_id: int) -> ProductDraft:
    """Return a draft of the scope's suppliers, locked; inside a transaction. Raises ProductDraft.DoesNotExist."""
    drafts = ProductDraft.objects.filter(pk=draft_id)
    if not scope.everything:
        drafts = drafts.filter(supplier__code__in=scope.suppliers)
    return lock(drafts).select_related("supplier__region", "listing").get()


def submitted_for(draft_id: int, actor_id: int, new: DraftState) -> ProductDraft:
    """Return a draft that waits, locked, for somebody else than who handed it in; inside a transaction.

    Raises ProductDraft.DoesNotExist; ListingMoved when it is not waiting; ListingError (own_draft).
    """
    draft = locked_draft(Scope(everything=True), draft_id)
    if draft.state != DraftState.SUBMITTED:
        raise ListingMoved(what=DRAFT.name, old=draft.state, new=new)
    if draft.submitted_by == actor_id:
        raise ListingError(
            _("You handed this in yourself, so another person must decide it."), code="own_draft"
        )
    return draft


def missing_of(draft: ProductDraft) -> list[str]:
    """Return the fields that the draft still lacks. Two queries."""
    return missing_values(
        draft,
        has_photo=draft.photos.filter(file__failed_at=None, file__removed_at=None).exists(),
        has_freight=FreightTemplate.objects.filter(
            supplier=draft.supplier_id, starts_on__lte=clock.today()
        ).exists(),
    )


def is_stale(draft: ProductDraft) -> bool:
    """Say whether the product says something else than when its next version was begun; its price aside."""
    if draft.listing_id is None:
        return False
    listing = Listing.objects.select_related("product__origin__township", "product__label").get(
        pk=draft.listing_id
    )
    now = values_of(listing)
    return any(now[name] != draft.base.get(name) for name in FIELDS if name != "price_fen")


def next_position() -> int:
    """Return the place in the shop's order behind all goods."""
    return int(Listing.objects.aggregate(last=Max("position"))["last"] or 0) + 1


def _photos_changed(draft: ProductDraft) -> bool:
    return list(draft.photos.values_list("file_id", flat=True)) != _published_photos(draft)


def _published_photos(draft: ProductDraft) -> list[int]:
    """Return the photos that the product shows now, in their order; one that staff took away is not among them."""
    shown = PicturePhoto.objects.filter(picture__product__listing=draft.listing_id)
    return list(shown.order_by("picture__position").values_list("file_id", flat=True))


def _copy_photos(draft: ProductDraft, file_ids: Iterable[int]) -> None:
    DraftPhoto.objects.bulk_create(
        DraftPhoto(draft=draft, file_id=file_id, position=position)
        for position, file_id in enumerate(file_ids)
    )


def _require_editable(draft: ProductDraft) -> None:
    if draft.state not in (DraftState.DRAFT, DraftState.RETURNED):
        raise ListingMoved(what=DRAFT.name, old=draft.state, new=DraftState.DRAFT)


def _require_room(supplier: Supplier) -> None:
    lock(Supplier.objects.filter(pk=supplier.pk)).get()
    if ProductDraft.objects.filter(supplier=supplier, state__in=OPEN_DRAFTS).count() >= MOST_OPEN:
        raise ListingError(
            _("There are a hundred open drafts. Please finish some or throw them away first."),
            code="too_many",
        )


def _journal(
    draft: ProductDraft,
    action: str,
    actor_id: int | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    journal(
        actor_id=actor_id,
        action=f"product_draft.{action}",
        object_type="product_draft",
        object_key=str(draft.pk),
        before=before,
        after={"version": draft.version, "state": str(draft.state), **(after or {})},
        reason=reason,
    )
