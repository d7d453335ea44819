"""Submit, decide, place: the order comes to be in the transaction of its approval, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.buyers.selectors import buying_unit
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.ordering.exceptions import CannotPlace, OutOfStock, QuoteChanged
from shop.ordering.models import OrderRecord
from shop.ordering.services import Quote, place_order, quote_basket, release_on_terms
from shop.procurement.agreed_prices import agreed_of, over_words, require_valid_prices
from shop.procurement.budgets import require_within_budget
from shop.procurement.chain import as_kept, chain_for, is_approved, require_enough_people, take_step
from shop.procurement.checking import BULK
from shop.procurement.content import content_digest
from shop.procurement.contracts import make_contracts
from shop.procurement.deals import deal_of
from shop.procurement.dispatch import plan_dispatch
from shop.procurement.drafts import draft_for, invoice_of, recipient_of, write_step
from shop.procurement.events import tell_decided, tell_submitted
from shop.procurement.exceptions import ProcurementError
from shop.procurement.fair_price import require_reasons
from shop.procurement.members import APPROVING, BUYER, require_member
from shop.procurement.models import PayBy, PurchaseRequest, RequestLine, RequestState
from shop.procurement.quotes import require_quotes
from shop.procurement.recipients import require_even
from shop.procurement.terms import method_of, require_terms
from shop.procurement.transitions import REQUEST


@dataclass(frozen=True)
class Decision:
    """What an approval came to: the order, steps that are left, or what had changed since submission in sentences."""

    record: OrderRecord | None
    changes: tuple[str, ...] = ()
    steps_left: int = 0


class _HasChanged(Exception):
    """Rolls the placing back; what had changed is in `changes`."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__(changes)
        self.changes = changes


def bulk_quote(request: PurchaseRequest) -> Quote:
    """Return what the request's goods cost now, from the bulk pool to its province. A fixed number of queries."""
    return quote_basket(basket=request.basket, province=request.province, pool=BULK, deal=deal_of(request))


@transaction.atomic
def submit_request(
    *, request_id: int, digest: str, actor_id: int, reasons: Mapping[int, str] = MappingProxyType({})
) -> PurchaseRequest:
    """Hand a draft over for approval with the prices of now, which must be those that the buyer saw (`digest`).

    `reasons` say by product why a price above the price band is paid all the same.
    The unit's rule for the sum decides how many people must agree (`chain_for`); a new round of approvals begins.
    Raises ProcurementError naming what stands against it: no goods, no recipient, a problem of a line,
    uneven, quote_changed, offer_expired, no terms, over_limit, over_plan, over_cap, too_few_approvers, reason_missing,
    quotes_missing. Nothing is written then.
    """
    request = draft_for(request_id, actor_id)
    recipient_of(request).require_complete()
    require_valid_prices(request)
    quote = bulk_quote(request)
    for problem in quote.blocking:
        raise ProcurementError(problem.message, code=problem.code, field="lines")
    require_even(request, quote.lines)
    if quote.digest != digest:
        raise ProcurementError(
            _("Prices or freight have changed. Please look at the new amount and submit again."),
            code="quote_changed",
            field="digest",
        )
    require_quotes(request, quote.total_fen)
    method_of(request)
    if request.pay_by == PayBy.TERMS:
        require_terms(request.organisation, quote.total_fen)
    require_within_budget(request, quote.total_fen)
    _write_lines(request, quote, reasons)
    request.goods_fen, request.freight_fen, request.digest = quote.goods_fen, quote.freight_fen, quote.digest
    chain = chain_for(request.organisation, quote.total_fen)
    require_enough_people(request.organisation, chain, actor_id)
    request.chain, request.round = as_kept(chain), request.round + 1
    request.submitted_by_id, request.submitted_at = actor_id, clock.now()
    request.decided_by, request.decided_at, request.decision_note, request.changes = None, None, "", []
    _move(request, RequestState.SUBMITTED)
    write_step(request, "request.submitted", actor_id, after={"total_fen": request.total_fen})
    tell_submitted(request)
    return request


@transaction.atomic
def reopen_request(*, request_id: int, actor_id: int) -> None:
    """Take a submitted or rejected request back into the draft; safe to call twice. The note stays readable."""
    request = _locked(request_id)
    require_member(organisation=request.organisation, user_id=actor_id, roles=BUYER)
    if request.state == RequestState.DRAFT:
        return
    if request.state not in (RequestState.SUBMITTED, RequestState.REJECTED):
        raise _wrong_state(request)
    before = {"state": str(request.state)}
    request.decided_by, request.decided_at = None, None
    _move(request, RequestState.DRAFT)
    write_step(request, "request.reopened", actor_id, before=before)


@transaction.atomic
def reject_request(*, request_id: int, note: str, actor_id: int) -> None:
    """Refuse a submitted request with a reason; safe to call twice.

    Raises ProcurementError: note_missing, own_request, not_a_member, wrong_state.
    """
    request = _locked(request_id)
    if request.state == RequestState.REJECTED:
        return
    _require_decider(request, actor_id)
    if not note.strip():
        raise ProcurementError(
            _("Please say why, so that the buyer can act on it."), code="note_missing", field="note"
        )
    _decide(request, RequestState.REJECTED, note, actor_id)
    write_step(request, "request.rejected", actor_id, reason=request.decision_note)
    tell_decided(request, "rejected")


def approve_request(*, request_id: int, seen: str, note: str = "", actor_id: int) -> Decision:
    """Agree to a submitted request; the last step of its chain places the order from the bulk pool, in one transaction.

    `seen` is the `content_digest` of what the approver looked at. Safe to call again, also at the same moment:
    every call returns the one order, or the steps that are left. When price, freight, stock or the goods on sale
    differ from what was submitted, nothing is placed: the request goes back to its buyer with each difference
    named. Raises ProcurementError (own_request, not_a_member, others_step, wrong_state, changed_since_seen) and
    the refusal of the terms, with nothing written.
    """
    with transaction.atomic():
        request = _locked(request_id)
        if request.record is not None:
            return Decision(request.record)
        _require_decider(request, actor_id)
        _require_seen(request, seen)
        left = take_step(request, digest=seen, note=note, actor_id=actor_id)
        if left:
            return _step_taken(request, left, note, actor_id)
        try:
            with transaction.atomic():
                record = _place(request, User.objects.get(pk=actor_id))
        except _HasChanged as found:
            return _send_back(request, found.changes, actor_id)
        request.record = record
        _decide(request, RequestState.PLACED, note, actor_id)
        write_step(request, "request.approved", actor_id, after={"order": record.number}, reason=note[:200])
        tell_decided(request, "approved")
    return Decision(record)


def differences(request: PurchaseRequest, quote: Quote) -> list[str]:
    """Return in the reader's words what differs between the request as submitted and a quote of now."""
    found = [*over_words(agreed_of(request)), *(problem.message for problem in quote.blocking)]
    now = {line.product_id: line for line in quote.lines}
    for line in request.lines.all():
        if line.product_id in now and now[line.product_id].unit_fen != line.unit_fen:
            found.append(
                _("“%(product)s”: a unit cost ¥%(before)s when submitted and costs ¥%(now)s now.")
                % {
                    "product": now[line.product_id].title,
                    "before": shown_yuan(line.unit_fen),
                    "now": shown_yuan(now[line.product_id].unit_fen),
                }
            )
    if quote.freight_fen != request.freight_fen:
        found.append(
            _("Freight was ¥%(before)s when submitted and is ¥%(now)s now.")
            % {"before": shown_yuan(request.freight_fen), "now": shown_yuan(quote.freight_fen)}
        )
    if not found and quote.digest != request.digest:
        found.append(_("The description of some goods has changed since the request was submitted."))
    return found


def _write_lines(request: PurchaseRequest, quote: Quote, reasons: Mapping[int, str]) -> None:
    names = {line.product_id: line.title for line in quote.lines}
    prices = [(line.product_id, line.unit_fen) for line in quote.lines]
    given = require_reasons(request.organisation, prices, names, reasons)
    request.lines.all().delete()
    RequestLine.objects.bulk_create(
        RequestLine(
            request=request,
            product_id=line.product_id,
            sku=line.sku,
            quantity=line.quantity,
            unit_fen=line.unit_fen,
            line_fen=line.line_fen,
            gap_reason=given.get(line.product_id, ""),
        )
        for line in quote.lines
    )


def _step_taken(request: PurchaseRequest, left: int, note: str, actor_id: int) -> Decision:
    write_step(request, "request.step_approved", actor_id, after={"steps_left": left}, reason=note[:200])
    tell_submitted(request)
    return Decision(None, steps_left=left)


def _place(request: PurchaseRequest, approver: User) -> OrderRecord:
    """Place the order; raises _HasChanged when it is not what was submitted."""
    quote = bulk_quote(request)
    changes = differences(request, quote)
    if not changes and not is_approved(request, content_digest(request)):
        changes = [_("What was approved is not what would be ordered: the request was changed meanwhile.")]
    if changes:
        raise _HasChanged(changes)
    if request.pay_by == PayBy.TERMS:
        require_terms(request.organisation, quote.total_fen)
    require_within_budget(request, quote.total_fen)
    organisation = request.organisation
    try:
        placed = place_order(
            basket=request.basket,
            buyer=request.submitted_by,
            guest_phone="",
            recipient=recipient_of(request),
            method=method_of(request),
            messages={supplier.supplier_code: request.message for supplier in quote.suppliers},
            invoice_wish=invoice_of(request).as_kept(),
            quoted=request.digest,
            demo=request.demo,
            channel="bulk",
            placed_by=approver,
            unit=buying_unit(organisation),
            pool=BULK,
            deal=deal_of(request),
        )
    except (OutOfStock, QuoteChanged, CannotPlace) as refused:
        # Something sold between the look and the taking.
        raise _HasChanged([str(refused)]) from refused
    make_contracts(placed.record, request, actor_id=approver.pk)
    plan_dispatch(request, placed.record)
    if request.pay_by == PayBy.TERMS:
        release_on_terms(record_id=placed.record.pk, approved_by=approver.pk)
        placed.record.refresh_from_db()
    return placed.record


def _send_back(request: PurchaseRequest, changes: list[str], actor_id: int) -> Decision:
    request.changes = changes
    _move(request, RequestState.DRAFT)
    write_step(request, "request.sent_back", actor_id, after={"changes": changes})
    tell_decided(request, "sent_back")
    return Decision(None, tuple(changes))


def _locked(request_id: int) -> PurchaseRequest:
    lock(PurchaseRequest.objects.filter(pk=request_id)).get()
    # Read after the lock is held: PostgreSQL would join the row it waited for with the others as they were before.
    found = PurchaseRequest.objects.select_related(
        "organisation", "basket", "submitted_by", "record", "plan", "roster"
    )
    return found.get(pk=request_id)


def _require_decider(request: PurchaseRequest, actor_id: int) -> None:
    if request.state != RequestState.SUBMITTED:
        raise _wrong_state(request)
    require_member(organisation=request.organisation, user_id=actor_id, roles=APPROVING)
    if request.submitted_by_id == actor_id:
        raise ProcurementError(_("Somebody else must decide about your own request."), code="own_request")


def _require_seen(request: PurchaseRequest, seen: str) -> None:
    if content_digest(request) != seen:
        raise ProcurementError(
            _(
                "The request was changed after you opened this page. Please read it again before you approve it."
            ),
            code="changed_since_seen",
            field="seen",
        )


def _wrong_state(request: PurchaseRequest) -> ProcurementError:
    return ProcurementError(
        _("This is no longer possible: the request is now “%(state)s”.")
        % {"state": request.get_state_display()},
        code="wrong_state",
    )


def _decide(request: PurchaseRequest, state: RequestState, note: str, actor_id: int) -> None:
    request.decided_by_id, request.decided_at = actor_id, clock.now()
    request.decision_note = note.strip()[:200]
    _move(request, state)


def _move(request: PurchaseRequest, state: RequestState) -> None:
    REQUEST.require(request.state, state)
    request.state = state
    request.save()
