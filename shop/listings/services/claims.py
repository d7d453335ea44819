"""Verify where a product is produced, or find that it is not so. Every decision is a dated fact that stays.

A sale takes the claim as it stands when its order is placed (counting rules, section 3). What a later decision does
to sales before it is the ledger's: `claim.decided` tells of it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind, StoredFile
from shop.files.services import store_file
from shop.journal.services import record as journal
from shop.listings.exceptions import ListingError
from shop.listings.models import ClaimDecision, ClaimState, Listing, ListingState, ProductOrigin
from shop.listings.transitions import CLAIM
from shop.outbox.services import append
from shop.suppliers.admission_models import DocumentKind, DocumentState, SupplierDocument
from shop.suppliers.expiry import FIRST_NOTICE, step_of

REASON_LENGTH = 200
#: No certificate of origin holds longer.
LONGEST = dt.timedelta(days=5 * 366)


def verify_claim(
    *,
    sku: str,
    valid_from: dt.date,
    valid_until: dt.date,
    actor_id: int,
    upload: "UploadedFile[Any] | None" = None,
    document_id: int | None = None,
    note: str = "",
) -> ClaimDecision:
    """Write down that the product's origin is proved for these days, both inclusive; sales count from now on.

    The proof is an uploaded file, or a checked proof of origin of the product's supplier. A verified claim may be
    verified anew with later days. Raises ListingError naming sku, valid_from, valid_until or file, and FileRefused;
    nothing is written then.
    """
    _check_days(valid_from, valid_until)
    origin, listing = _claim(sku)
    _first_day(origin, valid_from)
    if (upload is None) == (document_id is None):
        raise ListingError(
            _("Give the proof: a file, or one of the supplier's checked papers."), code="file", field="file"
        )
    file = _proof(listing, upload, document_id, actor_id)
    with transaction.atomic():
        origin, listing = _claim(sku, locked=True)
        start = _first_day(origin, valid_from)
        if origin.claim_state != ClaimState.VERIFIED:
            _require(origin, ClaimState.VERIFIED)
        columns = {"verified_on": clock.today(), "valid_from": start, "valid_until": valid_until}
        days = (valid_from, valid_until)
        return _decide(origin, listing, ClaimState.VERIFIED, columns, days, actor_id, file=file, reason=note)


def reject_claim(*, sku: str, reason: str, actor_id: int) -> ClaimDecision | None:
    """Write down that the product's origin is not proved; its sales do not count from now on.

    Returns None, and changes nothing, when it is rejected already. Raises ListingError naming sku or reason.
    """
    if not reason.strip():
        raise ListingError(_("Say why the claim is rejected."), code="reason_missing", field="reason")
    with transaction.atomic():
        origin, listing = _claim(sku, locked=True)
        if origin.claim_state == ClaimState.REJECTED:
            return None
        _require(origin, ClaimState.REJECTED)
        columns: dict[str, dt.date | None] = {"verified_on": None, "valid_from": None, "valid_until": None}
        return _decide(
            origin, listing, ClaimState.REJECTED, columns, (None, None), actor_id, file=None, reason=reason
        )


def remind_of_claims() -> int:
    """Tell suppliers and staff of verified claims that end within 60, 30 or 7 days or have ended; a job.

    Only goods on sale; each step is told of once. Returns how many were told of. Safe to run twice, and late.
    """
    today = clock.today()
    ending = ProductOrigin.objects.filter(
        Q(reminded_days=None) | Q(reminded_days__gt=0),
        claim_state=ClaimState.VERIFIED,
        valid_until__lte=today + FIRST_NOTICE,
        product__listing__state=ListingState.PUBLISHED,
    )
    return sum(_remind(pk, today) for pk in ending.order_by("valid_until", "pk").values_list("pk", flat=True))


@transaction.atomic
def _remind(origin_id: int, today: dt.date) -> bool:
    origin = lock(ProductOrigin.objects.filter(pk=origin_id)).first()
    if origin is None or origin.valid_until is None or origin.claim_state != ClaimState.VERIFIED:
        return False
    step, known = step_of(origin.valid_until, today), origin.reminded_days
    if step is None or (known is not None and known <= step):
        return False
    origin.reminded_days, origin.reminded_at = step, clock.now()
    origin.save(update_fields=["reminded_days", "reminded_at"])
    listing = Listing.objects.select_related("supplier").get(product_id=origin.product_id)
    payload = {"sku": listing.sku, "supplier": listing.supplier.code, "days": step}
    append(topic="claim.ending", stream=_stream(listing.sku), payload=payload)
    return True


def _stream(sku: str) -> str:
    return f"claim:{sku}"


def _check_days(valid_from: dt.date, valid_until: dt.date) -> None:
    if valid_until < valid_from:
        raise ListingError(_("The last day lies before the first."), code="valid_until", field="valid_until")
    if valid_until < clock.today():
        raise ListingError(_("The proof has ended already."), code="valid_until", field="valid_until")
    if valid_until - valid_from > LONGEST:
        raise ListingError(
            _("No proof of origin holds for more than five years."), code="valid_until", field="valid_until"
        )


def _first_day(origin: ProductOrigin, valid_from: dt.date) -> dt.date | None:
    """Return since when the claim holds: a proof that follows on the one before takes no day away."""
    ends = origin.valid_until
    holds = origin.claim_state == ClaimState.VERIFIED and (ends is None or ends >= clock.today())
    if not holds or valid_from <= clock.today():
        return valid_from
    if ends is not None and ends < valid_from - dt.timedelta(days=1):
        raise ListingError(
            _("The proof that holds now ends on %(day)s; the new one leaves days without any.")
            % {"day": ends},
            code="gap",
            field="valid_from",
        )
    return origin.valid_from


def _claim(sku: str, *, locked: bool = False) -> tuple[ProductOrigin, Listing]:
    listing = Listing.objects.select_related("supplier").filter(sku=sku).first()
    if listing is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    origins = ProductOrigin.objects.filter(product=listing.product_id)
    return (lock(origins) if locked else origins).get(), listing


def _require(origin: ProductOrigin, new: ClaimState) -> None:
    if not CLAIM.allows(origin.claim_state, new):
        raise ListingError(
            _("This is no longer possible: somebody has changed it meanwhile. Please reload the page."),
            code="wrong_state",
        )


def _proof(
    listing: Listing, upload: "UploadedFile[Any] | None", document_id: int | None, actor_id: int
) -> StoredFile:
    if upload is not None:
        return store_file(
            upload=upload,
            kind=FileKind.DOCUMENT,
            owner_type="claim",
            owner_key=listing.sku,
            uploaded_by=actor_id,
            account=f"claims:{listing.supplier.code}",
        )
    paper = SupplierDocument.objects.filter(
        pk=document_id or 0,
        supplier=listing.supplier,
        kind=DocumentKind.ORIGIN_PROOF,
        state=DocumentState.VERIFIED,
    ).first()
    if paper is None:
        raise ListingError(
            _("This is no checked proof of origin of the supplier."), code="file", field="document"
        )
    return paper.file


def _decide(
    origin: ProductOrigin,
    listing: Listing,
    state: ClaimState,
    columns: Mapping[str, dt.date | None],
    proved: tuple[dt.date | None, dt.date | None],
    actor_id: int,
    *,
    file: StoredFile | None,
    reason: str,
) -> ClaimDecision:
    """Write the claim of a locked row, the dated fact and the message about it."""
    before = {name: str(getattr(origin, name) or "") for name in ("claim_state", "valid_from", "valid_until")}
    origin.claim_state = state
    for name, value in columns.items():
        setattr(origin, name, value)
    origin.reminded_days = origin.reminded_at = None
    origin.save(update_fields=["claim_state", *columns, "reminded_days", "reminded_at"])
    decision = ClaimDecision.objects.create(
        product_id=origin.product_id,
        region_id=origin.region_id,
        state=state,
        valid_from=proved[0],
        valid_until=proved[1],
        file=file,
        reason=reason.strip()[:REASON_LENGTH],
        decided_by=actor_id,
        decided_at=clock.now(),
    )
    days = {name: str(value or "") for name, value in columns.items()}
    journal(
        actor_id=actor_id,
        action=f"claim.{state}",
        object_type="listing",
        object_key=listing.sku,
        before=before,
        after={"claim_state": str(state), "decision": decision.pk} | days,
        reason=decision.reason,
    )
    _tell(decision, listing, origin)
    return decision


def _tell(decision: ClaimDecision, listing: Listing, origin: ProductOrigin) -> None:
    """Leave the dated fact behind for whoever counts sales."""
    payload = {
        "decision_id": decision.pk,
        "sku": listing.sku,
        "supplier": listing.supplier.code,
        "region": origin.region.slug,
        "state": str(decision.state),
        "valid_from": str(decision.valid_from or ""),
        "valid_until": str(decision.valid_until or ""),
    }
    append(
        topic="claim.decided", stream=_stream(listing.sku), payload=payload, occurred_at=decision.decided_at
    )
