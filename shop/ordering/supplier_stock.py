"""What suppliers bring: other stock of their goods, and the lots of a product that goes on sale.

Every unit that a supplier hands over comes into stock here, by `hand_over` and `approve_stock`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from oscar.apps.partner.models import StockRecord

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.draft_fields import Lot, listing_draft, lots_of
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing
from shop.listings.selectors.own_goods import own_goods
from shop.listings.services import publish_product, save_listing
from shop.listings.services.draft_photos import show_photos
from shop.listings.services.product_drafts import is_stale, missing_of, next_position, submitted_for
from shop.listings.services.proposals import decide, locked_proposal, open_proposal
from shop.listings.services.publishing import check_label
from shop.listings.supplier_models import DraftState, ProductDraft, Proposal, ProposalKind, ProposalState
from shop.listings.transitions import move_draft
from shop.ordering.balances import adjust_stock
from shop.ordering.exceptions import StockRefused
from shop.ordering.lots import receive_lot
from shop.ordering.models import StockBalance
from shop.ordering.status import Pool

#: More units of one product than any store here holds; above it a typing mistake is more likely.
MOST_UNITS = 1_000_000
NOTE_LENGTH = 200


@dataclass(frozen=True)
class StockFigures:
    """Units of a pool: on hand, and of these promised to orders."""

    on_hand: int
    promised: int

    @property
    def left(self) -> int:
        """Return what can still be sold."""
        return self.on_hand - self.promised


NO_STOCK = StockFigures(0, 0)


def stock_of_goods(listing_ids: Collection[int]) -> dict[tuple[int, str], StockFigures]:
    """Return the stock of these listings by (listing, pool), over lots and places; none is absent. One query."""
    rows = StockBalance.objects.filter(stockrecord__product__listing__in=listing_ids)
    summed = rows.values_list("stockrecord__product__listing", "pool").annotate(
        on_hand=Sum("on_hand"), promised=Sum("allocated")
    )
    return {
        (listing_id, pool): StockFigures(on_hand, promised)
        for listing_id, pool, on_hand, promised in summed.order_by("stockrecord__product__listing", "pool")
    }


@transaction.atomic
def propose_stock(
    *, scope: Scope, listing_id: int, pool: str, delta: int, seen: int, reason: str, actor_id: int
) -> Proposal:
    """Ask for units of an own product to be added or taken off; journalled. Not safe to repeat.

    Raises Listing.DoesNotExist for another supplier's product; StockRefused: stale (`seen` is no longer on hand),
    negative, promised (fewer would be left than is promised to orders), too_many, pool; ListingError: unchanged,
    reason_missing, proposed_already.
    """
    listing = own_goods(scope).get(pk=listing_id)
    if pool not in (Pool.RETAIL, Pool.BULK):
        raise StockRefused(_("There is no such stock."), code="pool", field="pool")
    figures = stock_of_goods([listing.pk]).get((listing.pk, pool), NO_STOCK)
    if figures.on_hand != seen:
        raise _stale(figures.on_hand, seen)
    wanted = seen + delta
    if wanted < 0:
        raise StockRefused(_("Stock cannot be negative."), code="negative", field="delta")
    if wanted > MOST_UNITS:
        raise StockRefused(_("This is more than a million units."), code="too_many", field="delta")
    if wanted < figures.promised:
        raise StockRefused(
            _("%(promised)d units of %(sku)s are promised to orders; stock cannot be less.")
            % {"promised": figures.promised, "sku": listing.sku},
            code="promised",
            field="delta",
        )
    return open_proposal(
        Proposal(
            listing=listing,
            kind=ProposalKind.STOCK,
            pool=pool,
            seen=seen,
            wanted=wanted,
            reason=reason,
            proposed_by=actor_id,
        )
    )


@transaction.atomic
def approve_stock(*, proposal_id: int, note: str, actor_id: int) -> Proposal:
    """Change stock as a supplier proposed, if it is still what the supplier saw; journalled. Not safe to repeat.

    What is in no lot takes the change: the units of a lot are corrected where that lot stands.

    Raises ListingMoved once it is decided; ListingError (own_proposal); StockRefused: stale, promised.
    """
    proposal = locked_proposal(proposal_id, actor_id, ProposalState.APPLIED)
    stockrecord = _stockrecord_of(proposal.listing)
    balances = list(lock(StockBalance.objects.filter(stockrecord=stockrecord, pool=proposal.pool)))
    figures = stock_of_goods([proposal.listing_id]).get((proposal.listing_id, proposal.pool), NO_STOCK)
    if figures.on_hand != proposal.seen:
        raise _stale(figures.on_hand, proposal.seen)
    for balance, delta in _spread(balances, proposal.difference):
        adjust_stock(
            stockrecord=stockrecord,
            pool=proposal.pool,
            lot=balance.lot if balance else "",
            location=balance.location if balance else "",
            delta=delta,
            actor_id=actor_id,
            reason=proposal.reason,
        )
    decide(proposal, ProposalState.APPLIED, note=note, actor_id=actor_id)
    return proposal


@transaction.atomic
def publish_draft(*, draft_id: int, note: str, actor_id: int) -> ProductDraft:
    """Put a supplier's draft on sale as it is: a new product, or the next version of one; journalled.

    Its lots come into stock, its photos are made into pictures by the worker. Not safe to repeat. Raises
    ListingMoved when it is not waiting; ListingError: own_draft, incomplete, stale (the product says something
    else meanwhile), photo_unreadable, and what `save_listing` and `publish_product` refuse; nothing is written.
    """
    draft = submitted_for(draft_id, actor_id, DraftState.PUBLISHED)
    _require_publishable(draft)
    listing = _write_listing(draft, actor_id)
    check_label(listing)
    draft.listing = listing
    show_photos(draft)
    for lot in lots_of(draft):
        hand_over(listing, lot, actor_id=actor_id)
    publish_product(sku=listing.sku, actor_id=actor_id)
    move_draft(
        draft,
        DraftState.PUBLISHED,
        listing=listing,
        decided_by=actor_id,
        decided_at=clock.now(),
        note=note.strip()[:NOTE_LENGTH],
    )
    journal(
        actor_id=actor_id,
        action="product_draft.published",
        object_type="product_draft",
        object_key=str(draft.pk),
        after={"sku": listing.sku, "version": draft.version, "state": str(draft.state)},
        reason=draft.note,
    )
    return draft


def hand_over(listing: Listing, lot: Lot, *, actor_id: int | None) -> None:
    """Bring a supplier's lot into the retail stock of its product; not safe to repeat.

    Raises StockRefused, as `receive_lot` does.
    """
    receive_lot(
        stockrecord=_stockrecord_of(listing),
        code=lot.code,
        units=lot.units,
        produced_on=lot.produced_on,
        expires_on=lot.expires_on,
        actor_id=actor_id,
    )


def _spread(balances: Sequence[StockBalance], delta: int) -> list[tuple[StockBalance | None, int]]:
    """Return where units come or go: new ones have no lot; of those that go, goods without a lot go first.

    Nothing promised is taken; what cannot be taken is left to the balance without a lot, which refuses it.
    """
    if delta > 0:
        return [(None, delta)]
    left, parts = -delta, []
    for balance in sorted(balances, key=lambda one: (one.lot != "", one.location != "", one.pk)):
        units = min(left, balance.on_hand - balance.allocated)
        if units > 0:
            parts.append((balance, -units))
            left -= units
    rest: list[tuple[StockBalance | None, int]] = [(None, -left)] if left else []
    return [*parts, *rest]


def _require_publishable(draft: ProductDraft) -> None:
    missing = missing_of(draft)
    if missing:
        raise ListingError(
            _("The draft is not complete any more. Send it back."), code="incomplete", field=missing[0]
        )
    if is_stale(draft):
        raise ListingError(
            _(
                "The product on sale was changed after this version was begun. "
                "Send it back, so that nothing is undone unseen."
            ),
            code="stale",
        )


def _write_listing(draft: ProductDraft, actor_id: int) -> Listing:
    if draft.listing is not None:
        origin = draft.listing.product.origin
        wanted = listing_draft(
            draft,
            sku=draft.listing.sku,
            region_slug=origin.region.slug,
            position=draft.listing.position,
        )
    else:
        sku = f"{draft.supplier.code[:28].upper()}-{draft.pk:05d}"
        wanted = listing_draft(
            draft, sku=sku, region_slug=draft.supplier.region.slug, position=next_position()
        )
    return save_listing(draft=wanted, actor_id=actor_id).row


def _stockrecord_of(listing: Listing) -> StockRecord:
    return StockRecord.objects.get(product_id=listing.product_id, partner_sku=listing.sku)


def _stale(now: int, seen: int) -> StockRefused:
    return StockRefused(
        _("%(now)d are on hand meanwhile, no longer %(seen)d. Please propose anew from the present figure.")
        % {"now": now, "seen": seen},
        code="stale",
        field="delta",
    )
