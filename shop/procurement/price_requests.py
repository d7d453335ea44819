"""The talk about asked prices: offer, counter-offer, agreement, and how it ends.

Every verb locks the request first, so that of two that come at once the second sees what the first has said.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.deals import Deal
from shop.ordering.prices import deal_prices
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import BUYER, require_member
from shop.procurement.price_asking import ANSWER_WITHIN
from shop.procurement.price_events import tell_price
from shop.procurement.price_models import (
    OPEN,
    PriceOffer,
    PriceOfferLine,
    PriceRequest,
    PriceRequestLine,
    PriceSide,
    PriceState,
)
from shop.procurement.price_selectors import holds, price_requests, side_of
from shop.procurement.price_transitions import PRICE_REQUEST
from shop.suppliers.models import SupplierState

#: The longest that prices are promised for.
MOST_DAYS = 180
#: Whose offer is on the table in these states, and who may take it: the other side.
_TAKEN_BY_UNIT = {PriceState.OFFERED: True, PriceState.COUNTERED: False}


@dataclass(frozen=True)
class Offered:
    """What a unit of one of the goods would cost, in fen, from so many units on."""

    unit_fen: int
    min_quantity: int


@dataclass(frozen=True)
class Offer:
    """Prices by product id, the last day on which they hold, and a word to the other side."""

    prices: Mapping[int, Offered]
    last_day: dt.date
    note: str = ""


def offer_price(*, scope: Scope, number: str, offer: Offer, seen: int, actor_id: int) -> PriceOffer:
    """The asked supplier or the shop gives prices, or better ones; `seen` is the last revision that it has read.

    Raises PriceRequest.DoesNotExist outside the scope and ProcurementError with nothing written: changed_meanwhile
    (also for the same form sent twice), wrong_state, not_the_shops, supplier_suspended, no_prices, last_day, or
    bad_price and bad_quantity naming the field.
    """
    return _revise(scope, number, offer, seen, actor_id, PriceState.OFFERED)


def counter_price(*, scope: Scope, number: str, offer: Offer, seen: int, actor_id: int) -> PriceOffer:
    """The unit gives prices of its own after an offer; otherwise as `offer_price`, and not_a_member."""
    return _revise(scope, number, offer, seen, actor_id, PriceState.COUNTERED)


@transaction.atomic
def accept_price(*, scope: Scope, number: str, revision: int, actor_id: int) -> PriceRequest:
    """Take the other side's last offer while it holds: the unit a supplier's, or who was asked the unit's.

    Safe to call twice. Raises PriceRequest.DoesNotExist outside the scope and ProcurementError with nothing written:
    changed_meanwhile when it is no longer the last one, offer_expired, wrong_state, and who may not act.
    """
    request, side = _locked(scope, number, actor_id)
    if request.state == PriceState.ACCEPTED and request.revisions == revision:
        return request
    if request.state in OPEN and request.revisions != revision:
        raise _changed()
    # The other side's: who has made the last offer waits for an answer.
    if _TAKEN_BY_UNIT.get(PriceState(request.state)) is not (side == PriceSide.UNIT):
        raise _wrong_state(request)
    last = PriceOffer.objects.get(request=request, revision=revision)
    if not holds(last, clock.now()):
        raise ProcurementError(
            _("This offer held until %(moment)s. Ask for a new one.") % {"moment": shown_end(last)},
            code="offer_expired",
        )
    _end(request, PriceState.ACCEPTED, side, actor_id)
    tell_price(request, "accepted", side)
    return request


@transaction.atomic
def refuse_price(*, scope: Scope, number: str, note: str, actor_id: int) -> PriceRequest:
    """End the talk with a reason that the other side reads; safe to call twice.

    Raises PriceRequest.DoesNotExist outside the scope and ProcurementError: note_missing, wrong_state, who may not act.
    """
    request, side = _locked(scope, number, actor_id)
    if request.state == PriceState.REFUSED:
        return request
    if not note.strip():
        raise ProcurementError(
            _("Please say why; the other side reads it."), code="note_missing", field="note"
        )
    _end(request, PriceState.REFUSED, side, actor_id, note.strip()[:200])
    tell_price(request, "refused", side)
    return request


@transaction.atomic
def withdraw_price(*, scope: Scope, number: str, actor_id: int) -> PriceRequest:
    """The unit no longer asks; safe to call twice. Raises as `refuse_price`, and wrong_side for the one asked."""
    request, side = _locked(scope, number, actor_id)
    if request.state == PriceState.WITHDRAWN:
        return request
    if side != PriceSide.UNIT:
        raise ProcurementError(_("Only the unit that asked can withdraw this."), code="wrong_side")
    _end(request, PriceState.WITHDRAWN, side, actor_id)
    return request


def expire_prices(*, limit: int = 200) -> int:
    """Let requests lapse whose offer, or the time for one, is over, and return how many; a job."""
    over = PriceRequest.objects.filter(
        clock.due("open_until", within=max(ANSWER_WITHIN, dt.timedelta(days=MOST_DAYS + 1))), state__in=OPEN
    )
    numbers = list(over.order_by("open_until", "pk").values_list("pk", flat=True)[:limit])
    for pk in numbers:
        with transaction.atomic():
            request = lock(PriceRequest.objects.filter(pk=pk)).get()
            if request.state in OPEN:
                _end(request, PriceState.EXPIRED, None, None)
    return len(numbers)


def shown_end(offer: PriceOffer) -> str:
    """Return the end of an offer as it is written in a sentence."""
    return f"{offer.valid_until.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after a day in Shanghai."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)


@transaction.atomic
def _revise(
    scope: Scope, number: str, offer: Offer, seen: int, actor_id: int, state: PriceState
) -> PriceOffer:
    request, side = _locked(scope, number, actor_id)
    if (side == PriceSide.UNIT) is not (state == PriceState.COUNTERED):
        raise ProcurementError(
            _("This is for the other side to do: the unit asks, who is asked offers."), code="wrong_side"
        )
    if request.state in OPEN and request.revisions != seen:
        raise _changed()
    if not PRICE_REQUEST.allows(request.state, state):
        raise _wrong_state(request)
    _require_offer(request, offer)
    now = clock.now()
    made = PriceOffer.objects.create(
        request=request,
        revision=request.revisions + 1,
        side=side,
        valid_until=end_of(offer.last_day),
        note=offer.note.strip()[:300],
        made_by=actor_id,
        made_at=now,
    )
    PriceOfferLine.objects.bulk_create(
        PriceOfferLine(offer=made, product_id=pk, min_quantity=price.min_quantity, unit_fen=price.unit_fen)
        for pk, price in offer.prices.items()
    )
    before, request.state = str(request.state), state
    request.revisions, request.open_until = made.revision, made.valid_until
    request.waiting_since = now if state == PriceState.COUNTERED else None
    request.save(update_fields=["state", "revisions", "open_until", "waiting_since"])
    _note(request, actor_id, before, {"revision": made.revision, "side": str(side)})
    tell_price(request, str(state), side)
    return made


def _require_offer(request: PriceRequest, offer: Offer) -> None:
    """Refuse prices that say nothing, or more than the goods cost the unit anyway: a slip of the pen."""
    today = clock.today()
    if not today <= offer.last_day <= today + dt.timedelta(days=MOST_DAYS):
        raise ProcurementError(
            _("Prices hold until a day from today on, at most %(most)d days ahead.") % {"most": MOST_DAYS},
            code="last_day",
            field="last_day",
        )
    lines = {line.product_id: line for line in PriceRequestLine.objects.filter(request=request)}
    if not offer.prices or not offer.prices.keys() <= lines.keys():
        raise ProcurementError(_("Give a price for at least one of the goods."), code="no_prices")
    wanted = {pk: line.quantity for pk, line in lines.items()}
    prices = deal_prices(wanted, today, deal=Deal(request.organisation.code))
    for pk, price in offer.prices.items():
        listed = prices[pk].unit_fen if pk in prices else lines[pk].listed_fen
        if not 0 < price.unit_fen <= listed:
            raise ProcurementError(
                _("A unit costs ¥%(fen)s without an offer; give a price up to that.")
                % {"fen": shown_yuan(listed)},
                code="bad_price",
                field=f"price_{pk}",
            )
        if not 0 < price.min_quantity <= lines[pk].quantity:
            raise ProcurementError(
                _("The price must hold for the %(units)d units that are asked for.")
                % {"units": lines[pk].quantity},
                code="bad_quantity",
                field=f"from_{pk}",
            )


def _locked(scope: Scope, number: str, actor_id: int) -> tuple[PriceRequest, PriceSide]:
    """Return a request of the scope, locked, and for whom its holder speaks; refuses who may not speak."""
    pk = price_requests(scope).values_list("pk", flat=True).get(number=number)
    lock(PriceRequest.objects.filter(pk=pk)).get()
    # Read after the lock is held: PostgreSQL would join the row it waited for with the others as they were before.
    request = PriceRequest.objects.select_related("organisation", "supplier").get(pk=pk)
    side = side_of(scope)
    if side == PriceSide.UNIT:
        require_member(organisation=request.organisation, user_id=actor_id, roles=BUYER)
    elif side == PriceSide.STAFF and request.supplier is not None:
        raise ProcurementError(_("The supplier that is asked answers this one."), code="not_the_shops")
    elif request.supplier is not None and request.supplier.state != SupplierState.ADMITTED:
        raise ProcurementError(
            _("%(supplier)s does not sell at present.") % {"supplier": request.supplier.name_zh},
            code="supplier_suspended",
        )
    return request, side


def _end(
    request: PriceRequest, state: PriceState, side: PriceSide | None, actor_id: int | None, note: str = ""
) -> None:
    if not PRICE_REQUEST.allows(request.state, state):
        raise _wrong_state(request)
    before, request.state = str(request.state), state
    request.waiting_since = None
    request.ended_at, request.ended_by = clock.now(), actor_id
    request.ended_side, request.end_note = str(side or ""), note
    request.save(update_fields=["state", "waiting_since", "ended_at", "ended_by", "ended_side", "end_note"])
    _note(request, actor_id, before, {"revision": request.revisions}, note)


def _note(
    request: PriceRequest,
    actor_id: int | None,
    before: str,
    after: Mapping[str, object],
    reason: str = "",
) -> None:
    """Journal the state that a request has come to."""
    journal(
        actor_id=actor_id,
        action=f"price_request.{request.state}",
        object_type="price_request",
        object_key=request.number,
        before={"state": before},
        after={"state": str(request.state), **after},
        reason=reason,
    )


def _changed() -> ProcurementError:
    return ProcurementError(
        _("There is a newer offer than the one you were looking at. Please read it first."),
        code="changed_meanwhile",
    )


def _wrong_state(request: PriceRequest) -> ProcurementError:
    return ProcurementError(
        _("This is no longer possible: the price request is now “%(state)s”.")
        % {"state": request.get_state_display()},
        code="wrong_state",
    )
