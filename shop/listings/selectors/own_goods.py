"""A supplier's own goods, what it proposes for them, and its drafts; of everybody's for the whole shop."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from shop.accounts.scope import Scope
from shop.journal.models import JournalEntry
from shop.listings.models import Listing, ProductPicture
from shop.listings.supplier_models import (
    LIVE_PROPOSALS,
    DraftPhoto,
    DraftState,
    ProductDraft,
    Proposal,
    ProposalState,
)

#: So many prices of a product are shown.
_LATEST_PRICES = 6


@dataclass(frozen=True)
class PastPrice:
    """A price in fen and since when it holds; `actor_id` None: the catalogue's files."""

    fen: int
    since: dt.datetime
    actor_id: int | None


def own_goods(scope: Scope) -> QuerySet[Listing]:
    """Return the listings of the scope's suppliers in the shop's order, whatever their state."""
    found = Listing.objects.select_related("product", "supplier").order_by("position", "pk")
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def own_goods_with_proposals(scope: Scope) -> QuerySet[Listing]:
    """Return the same with `live`: proposals that wait or are due, `begun`: its open draft, and pictures."""
    live = Proposal.objects.filter(state__in=LIVE_PROPOSALS).order_by("pk")
    begun = ProductDraft.objects.filter(
        state__in=[DraftState.DRAFT, DraftState.SUBMITTED, DraftState.RETURNED]
    )
    pictures = ProductPicture.objects.order_by("position")
    return own_goods(scope).prefetch_related(
        Prefetch("proposals", live, to_attr="live"),
        Prefetch("versions", begun, to_attr="begun"),
        Prefetch("product__pictures", pictures),
    )


def proposals(scope: Scope) -> QuerySet[Proposal]:
    """Return the proposals for goods of the scope's suppliers, the latest first."""
    found = Proposal.objects.select_related("listing__supplier").order_by("-proposed_at", "-pk")
    return found if scope.everything else found.filter(listing__supplier__code__in=scope.suppliers)


def open_proposals(scope: Scope) -> QuerySet[Proposal]:
    """Return the proposals that wait for a decision, the oldest first."""
    return proposals(scope).filter(state=ProposalState.OPEN).order_by("proposed_at", "pk")


def product_drafts(scope: Scope) -> QuerySet[ProductDraft]:
    """Return the drafts of the scope's suppliers with their photos, the last changed first."""
    photos = Prefetch("photos", DraftPhoto.objects.select_related("file"))
    found = ProductDraft.objects.select_related("supplier__region", "listing").prefetch_related(photos)
    found = found.order_by("-changed_at", "-pk")
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def open_drafts(scope: Scope) -> QuerySet[ProductDraft]:
    """Return the scope's drafts that are neither published nor thrown away."""
    return product_drafts(scope).exclude(state__in=[DraftState.WITHDRAWN, DraftState.PUBLISHED])


def submitted_drafts(scope: Scope) -> QuerySet[ProductDraft]:
    """Return the drafts that wait for the shop, the oldest first."""
    return product_drafts(scope).filter(state=DraftState.SUBMITTED).order_by("submitted_at", "pk")


def on_sale_version(listing: Listing | None) -> int | None:
    """Return the id of the draft that a product was published from last, None without any. One query."""
    published = ProductDraft.objects.filter(listing=listing, state=DraftState.PUBLISHED)
    latest = published.order_by("-version").first() if listing is not None else None
    return latest.pk if latest else None


def price_history(skus: Collection[str]) -> dict[str, list[PastPrice]]:
    """Return the prices of these products as the journal tells them, the latest first. One query."""
    entries = JournalEntry.objects.filter(
        object_type="listing", object_key__in=skus, after__has_key="price_fen"
    ).order_by("-at", "-pk")
    found: dict[str, list[PastPrice]] = defaultdict(list)
    for key, after, at, actor_id in entries.values_list("object_key", "after", "at", "actor_id"):
        if len(found[key]) < _LATEST_PRICES:
            found[key].append(PastPrice(after["price_fen"], at, actor_id))
    return dict(found)


def changed_by_suppliers(skus: Iterable[str]) -> frozenset[str]:
    """Return those of these products whose price or text a supplier has changed since they were listed. One query."""
    changed = Q(proposals__kind="price", proposals__state=ProposalState.APPLIED) | Q(
        versions__state=DraftState.PUBLISHED
    )
    return frozenset(Listing.objects.filter(changed, sku__in=list(skus)).values_list("sku", flat=True))
