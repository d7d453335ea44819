"""What suppliers propose for their own goods, and what becomes of it. Stock is applied by `ordering.supplier_stock`."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.exceptions import ListingError, ListingMoved
from shop.listings.models import Listing
from shop.listings.selectors.own_goods import own_goods, proposals
from shop.listings.services.prices import set_price
from shop.listings.supplier_models import LIVE_PROPOSALS, Proposal, ProposalKind, ProposalState
from shop.listings.transitions import PROPOSAL, move_proposal

REASON_LENGTH = 200
#: A price may be asked for so long ahead.
AHEAD = dt.timedelta(days=366)
#: Above it a typing mistake is more likely than a price: a million yuan.
MOST_FEN = 100_000_000


@transaction.atomic
def propose_price(
    *,
    scope: Scope,
    listing_id: int,
    price_fen: int,
    seen_fen: int,
    starts_on: dt.date,
    reason: str,
    actor_id: int,
) -> Proposal:
    """Ask for another price of an own product from a day on, in fen; journalled. Not safe to repeat.

    Raises Listing.DoesNotExist for another supplier's product; ListingError: stale (`seen_fen` is no longer the
    price), unchanged, price_not_positive, price_too_high, starts_on, reason_missing, proposed_already.
    """
    listing = own_goods(scope).get(pk=listing_id)
    if listing.price_fen != seen_fen:
        raise _stale_price(listing.price_fen, seen_fen)
    if not 0 < price_fen <= MOST_FEN:
        code = "price_not_positive" if price_fen <= 0 else "price_too_high"
        raise ListingError(
            _("A price must be more than zero and at most a million yuan."), code=code, field="price"
        )
    if not clock.today() <= starts_on <= clock.today() + AHEAD:
        raise ListingError(
            _("A price can begin today or on a day within a year."), code="starts_on", field="starts_on"
        )
    return open_proposal(
        Proposal(
            listing=listing,
            kind=ProposalKind.PRICE,
            seen=listing.price_fen,
            wanted=price_fen,
            starts_on=starts_on,
            reason=reason,
            proposed_by=actor_id,
        )
    )


def open_proposal(proposal: Proposal) -> Proposal:
    """Store a checked proposal of a locked or own product, journalled; for services inside their transaction.

    Raises ListingError: unchanged, reason_missing, proposed_already.
    """
    proposal.reason = proposal.reason.strip()[:REASON_LENGTH]
    if not proposal.reason:
        raise ListingError(_("Say why; the shop decides by it."), code="reason_missing", field="reason")
    if proposal.wanted == proposal.seen:
        raise ListingError(_("This is the present figure."), code="unchanged", field=proposal.kind)
    live = Proposal.objects.filter(
        listing=proposal.listing, kind=proposal.kind, pool=proposal.pool, state__in=LIVE_PROPOSALS
    )
    proposal.proposed_at = clock.now()
    try:
        if live.exists():
            raise _proposed_already()
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as raced:
        raise _proposed_already() from raced
    _journal(proposal, "opened", proposal.proposed_by, proposal.reason)
    return proposal


@transaction.atomic
def withdraw_proposal(*, scope: Scope, proposal_id: int, actor_id: int) -> Proposal:
    """Take an own proposal back, journalled. Safe to repeat.

    Raises Proposal.DoesNotExist for another supplier's, ListingMoved once it is decided.
    """
    proposal = lock(proposals(scope).filter(pk=proposal_id)).get()
    if proposal.state != ProposalState.WITHDRAWN:
        move_proposal(proposal, ProposalState.WITHDRAWN)
        _journal(proposal, "withdrawn", actor_id, "")
    return proposal


@transaction.atomic
def refuse_proposal(*, proposal_id: int, note: str, actor_id: int) -> Proposal:
    """Refuse a proposal; its supplier reads the note. Journalled, not safe to repeat.

    Raises ListingMoved once it is decided; ListingError: own_proposal, reason_missing.
    """
    proposal = locked_proposal(proposal_id, actor_id, ProposalState.REFUSED)
    if not note.strip():
        raise ListingError(
            _("Say why it is refused; the supplier reads it."), code="reason_missing", field="note"
        )
    decide(proposal, ProposalState.REFUSED, note=note, actor_id=actor_id)
    return proposal


@transaction.atomic
def approve_price(*, proposal_id: int, note: str, actor_id: int) -> Proposal:
    """Let a proposed price hold: at once, or from its day on if that is still to come. Journalled.

    Baskets keep what they hold; whoever saw the old price is asked again before paying. Not safe to repeat.
    Raises ListingMoved once it is decided; ListingError: own_proposal, stale (the price is another one meanwhile).
    """
    proposal = locked_proposal(proposal_id, actor_id, ProposalState.APPLIED)
    now = Listing.objects.values_list("price_fen", flat=True).get(pk=proposal.listing_id)
    if now != proposal.seen:
        raise _stale_price(now, proposal.seen)
    if _first_day(proposal) > clock.today():
        decide(proposal, ProposalState.DUE, note=note, actor_id=actor_id)
        return proposal
    _apply_price(proposal, actor_id)
    decide(proposal, ProposalState.APPLIED, note=note, actor_id=actor_id)
    return proposal


def apply_due_prices() -> int:
    """Let approved prices hold whose day has come; return how many. One transaction each, safe to repeat.

    One whose price is another meanwhile lapses: what staff approved was a step from the price they saw.
    """
    due = Proposal.objects.filter(state=ProposalState.DUE, starts_on__lte=clock.today())
    return sum(_apply_due(pk) for pk in list(due.order_by("starts_on", "pk").values_list("pk", flat=True)))


@transaction.atomic
def _apply_due(proposal_id: int) -> bool:
    proposal = lock(Proposal.objects.filter(pk=proposal_id)).select_related("listing").get()
    if proposal.state != ProposalState.DUE:
        return False
    if proposal.listing.price_fen != proposal.seen:
        move_proposal(proposal, ProposalState.LAPSED)
        _journal(proposal, "lapsed", None, "")
        return False
    _apply_price(proposal, proposal.decided_by)
    move_proposal(proposal, ProposalState.APPLIED, applied_at=clock.now())
    _journal(proposal, "applied", None, "")
    return True


def _apply_price(proposal: Proposal, actor_id: int | None) -> None:
    set_price(
        sku=proposal.listing.sku,
        price_fen=proposal.wanted,
        expected_fen=proposal.seen,
        actor_id=actor_id,
        reason=proposal.reason,
    )


def locked_proposal(proposal_id: int, actor_id: int, new: ProposalState) -> Proposal:
    """Return an open proposal, locked, for somebody else than its proposer to decide; inside a transaction.

    Raises Proposal.DoesNotExist; ListingMoved once it is decided; ListingError (own_proposal).
    """
    proposal = lock(Proposal.objects.filter(pk=proposal_id)).select_related("listing").get()
    if proposal.state != ProposalState.OPEN:
        raise ListingMoved(what=PROPOSAL.name, old=proposal.state, new=new)
    if proposal.proposed_by == actor_id:
        raise ListingError(
            _("You proposed this yourself, so another person must decide it."), code="own_proposal"
        )
    return proposal


def decide(proposal: Proposal, new: ProposalState, *, note: str, actor_id: int) -> None:
    """Write a person's decision about a locked proposal, journalled; for services inside their transaction."""
    now = clock.now()
    move_proposal(
        proposal,
        new,
        decided_by=actor_id,
        decided_at=now,
        note=note.strip()[:REASON_LENGTH],
        applied_at=now if new == ProposalState.APPLIED else None,
    )
    _journal(proposal, str(new), actor_id, proposal.note)


def _first_day(proposal: Proposal) -> dt.date:
    return proposal.starts_on or clock.today()


def _stale_price(now_fen: int, seen_fen: int) -> ListingError:
    return ListingError(
        _("The price is ¥%(now)s meanwhile, no longer ¥%(seen)s. Please propose anew from the present price.")
        % {"now": shown_yuan(now_fen), "seen": shown_yuan(seen_fen)},
        code="stale",
        field="price",
    )


def _proposed_already() -> ListingError:
    return ListingError(
        _("A change of this figure is proposed already. Take it back first, or wait for the shop."),
        code="proposed_already",
    )


def _journal(proposal: Proposal, action: str, actor_id: int | None, reason: str) -> None:
    journal(
        actor_id=actor_id,
        action=f"proposal.{action}",
        object_type="listing",
        object_key=proposal.listing.sku,
        before={proposal.kind: proposal.seen},
        after={
            "proposal": proposal.pk,
            "wanted": proposal.wanted,
            "pool": proposal.pool,
            "starts_on": str(proposal.starts_on or ""),
            "state": str(proposal.state),
        },
        reason=reason,
    )
