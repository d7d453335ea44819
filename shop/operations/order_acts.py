"""What the staff do to an order on its page. Each button is a form with a reason and one call of one service."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.gateways.services import Cancelled, cancel_order, propose_move
from shop.operations.order_forms import ActForm, MoveForm, NoteForm, ReshipForm, WriteForm
from shop.operations.orders import find_order, first_error, refuse_own
from shop.ordering import services as ordering
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState

Act = Callable[[], str]


@require_POST
@require_whole_shop(Role.STAFF)
def cancel(request: ScopedRequest, number: str) -> HttpResponse:
    """Call the order off: close it while it is unpaid, else ask all of it back while nothing has left."""
    record, form = find_order(request, number), ActForm(request.POST)

    def act() -> str:
        done = cancel_order(record_id=record.pk, reason=form.reason, actor_id=request.user.pk)
        return {
            Cancelled.CLOSED: _("The order is closed and its goods are for sale again."),
            Cancelled.CLOSING: _("The order is being closed: the payment service has not answered yet."),
            Cancelled.REFUND_ASKED: _(
                "All of it is asked back and nothing ships. Another person must approve it."
            ),
        }[done]

    # A provider may have to be asked, outside any transaction; closing twice changes nothing anyway.
    once = record.payment_state == PaymentState.PAID
    return _do(request, record, form, act, action="cancel" if once else "")


@require_POST
@require_whole_shop(Role.STAFF)
def stop(request: ScopedRequest, number: str) -> HttpResponse:
    """Let nothing more of the order ship for now."""
    record, form = find_order(request, number), NoteForm(request.POST)

    def act() -> str:
        ordering.stop_shipping(record_id=record.pk, reason=form.reason, actor_id=request.user.pk)
        return _("Nothing of this order ships until you let it go on. The suppliers see it.")

    return _do(request, record, form, act)


@require_POST
@require_whole_shop(Role.STAFF)
def resume(request: ScopedRequest, number: str) -> HttpResponse:
    """Let the order ship again."""
    record, form = find_order(request, number), NoteForm(request.POST)

    def act() -> str:
        ordering.resume_shipping(record_id=record.pk, reason=form.reason, actor_id=request.user.pk)
        return _("The order ships again.")

    return _do(request, record, form, act)


@require_POST
@require_whole_shop(Role.STAFF, Role.FINANCE)
def note(request: ScopedRequest, number: str) -> HttpResponse:
    """Write a note into the order's history."""
    record, form = find_order(request, number), WriteForm(request.POST)

    def act() -> str:
        ordering.write_note(record_id=record.pk, text=form.reason, actor_id=request.user.pk)
        return _("Noted.")

    return _do(request, record, form, act, action="note", own_too=True)


@require_POST
@require_whole_shop(Role.STAFF)
def reship(request: ScopedRequest, number: str) -> HttpResponse:
    """Have damaged or lost units sent once more, free of charge."""
    record = find_order(request, number)
    form = ReshipForm(request.POST, shares=list(record.shares.all()))

    def act() -> str:
        made = ordering.request_reshipment(
            record_id=record.pk,
            share_id=int(form.cleaned_data["share"]),
            units=form.cleaned_data["units"],
            reason=form.reason,
            actor_id=request.user.pk,
        )
        return _("Replacement %(number)s is with the supplier.") % {"number": made.number}

    return _do(request, record, form, act, action="reship")


@require_POST
@require_whole_shop(Role.STAFF)
def reship_cancel(request: ScopedRequest, number: str, pk: int) -> HttpResponse:
    """Call a replacement off before it is sent."""
    record, form = find_order(request, number), NoteForm(request.POST)
    if not Reshipment.objects.filter(pk=pk, record=record).exists():
        raise Http404

    def act() -> str:
        ordering.cancel_reshipment(reshipment_id=pk, reason=form.reason, actor_id=request.user.pk)
        return _("The replacement is called off.")

    return _do(request, record, form, act)


@require_POST
@require_whole_shop(Role.STAFF, Role.FINANCE)
def move_money(request: ScopedRequest, number: str) -> HttpResponse:
    """Propose that what waits of a payment at another order of the same payer is for this one."""
    record, form = find_order(request, number), MoveForm(request.POST)

    def act() -> str:
        propose_move(
            payment_id=form.cleaned_data["payment"],
            order_number=record.number,
            reason=form.reason,
            proposed_by=request.user.pk,
        )
        return _("Proposed. Another person must approve it under “Refunds”.")

    return _do(request, record, form, act, action="move_money")


def _do(
    request: ScopedRequest,
    record: OrderRecord,
    form: NoteForm,
    act: Act,
    *,
    action: str = "",
    own_too: bool = False,
) -> HttpResponse:
    """Act on a valid form and come back to the order; a named action acts once for each rendered form."""
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("operations:order", number=record.number)
    try:
        if not own_too:
            refuse_own(request, record)
        done = _once(request, record, form, act, action) if action else act()
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("operations:order", number=record.number)


def _once(request: ScopedRequest, record: OrderRecord, form: NoteForm, act: Act, action: str) -> str:
    with transaction.atomic():
        key = form.cleaned_data.get("form_key", "")
        if ordering.take_form(record_id=record.pk, key=key, action=action, actor_id=request.user.pk):
            return act()
    return _("This form was sent before; nothing was done a second time.")
