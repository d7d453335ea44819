"""Demonstration origin claims: two that wait, one whose proof ends soon, one that was found wrong.

Through the services that suppliers and staff use; a product that has been dealt with is left alone, so a second run
changes nothing and a run that was killed is finished by the next one.
"""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from catalog_seed.demo_admission import demo_page
from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.listings import services
from shop.listings.models import ClaimDecision, Listing, ListingState
from shop.listings.selectors.claims import claims
from shop.listings.supplier_models import DraftState
from shop.ordering.services import publish_draft

#: One for each: a proof that ends soon, a claim found wrong; the others only wait.
ENDING, REJECTED, WAITING = 1, 1, 2
NOTE = "演示数据"


def make_demo_claims(*, supplier: User, supplier_code: str, checker: User) -> int:
    """Bring some of a supplier's goods to every state that a claim may be in; return how many were moved."""
    own = claims(Scope(suppliers=frozenset({supplier_code})))
    skus = list(
        own.filter(product__listing__state=ListingState.PUBLISHED)
        .order_by("-product__listing__position", "-pk")
        .values_list("product__listing__sku", flat=True)[: ENDING + REJECTED + WAITING]
    )
    # One product at least stays as the seed has it.
    skus = skus[: max(0, own.count() - 1)]
    ending, rejected, waiting = skus[:ENDING], skus[ENDING:][:REJECTED], skus[ENDING + REJECTED :]
    moved = sum(_prove(sku, checker) for sku in ending) + sum(_reject(sku, checker) for sku in rejected)
    return moved + sum(_claim_anew(sku, supplier, supplier_code, checker) for sku in waiting)


def _prove(sku: str, checker: User) -> bool:
    """Let the proof of a product end in three weeks: it stands among those that end."""
    if _is_decided(sku):
        return False
    today = clock.today()
    services.verify_claim(
        sku=sku,
        valid_from=today - dt.timedelta(days=340),
        valid_until=today + dt.timedelta(days=21),
        actor_id=checker.pk,
        upload=SimpleUploadedFile("演示产地证明.pdf", demo_page("产地证明"), "application/pdf"),
        note=NOTE,
    )
    services.remind_of_claims()
    return True


def _reject(sku: str, checker: User) -> bool:
    if _is_decided(sku):
        return False
    services.reject_claim(sku=sku, reason=f"{NOTE}：产地证明与批次不符，待补正。", actor_id=checker.pk)
    return True


def _claim_anew(sku: str, supplier: User, supplier_code: str, checker: User) -> bool:
    """Let the supplier claim only the county: a place that nobody has verified waits."""
    listing = Listing.objects.get(sku=sku)
    if listing.versions.filter(state__in=[DraftState.PUBLISHED, DraftState.WITHDRAWN]).exists():
        return False
    scope, own = Scope(suppliers=frozenset({supplier_code})), {"actor_id": supplier.pk}
    draft = services.edit_product(scope=scope, listing_id=listing.pk, **own)
    if draft.state == DraftState.DRAFT:
        if not draft.base.get("township_zh"):
            services.withdraw_draft(scope=scope, draft_id=draft.pk, **own)
            return False
        said = {"township_zh": ""}
        services.save_draft(scope=scope, draft_id=draft.pk, values=said, revision=draft.revision, **own)
        services.submit_draft(scope=scope, draft_id=draft.pk, **own)
    publish_draft(draft_id=draft.pk, note=NOTE, actor_id=checker.pk)
    return True


def _is_decided(sku: str) -> bool:
    return ClaimDecision.objects.filter(product__listing__sku=sku).exists()
