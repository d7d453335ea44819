"""The staff's pages of orders and parcels. Each button is one call of the service that owns the act."""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.fulfilment import services as fulfilment
from shop.fulfilment.couriernews import settle_trouble
from shop.fulfilment.models import Parcel
from shop.fulfilment.selectors import parcels_in_trouble, parcels_on_their_way, parcels_without_news
from shop.fulfilment.watching import watch_again
from shop.gateways.services import offer_waiting_money
from shop.operations.order_forms import NoteForm, ReshipForm, SignedForm, TakeBackForm
from shop.operations.order_page import order_context
from shop.operations.search import QUERY_LENGTH, found_orders
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import order_for_owner
from shop.ordering.services import clear_attention, reduce_order, request_refund, take_form


@require_GET
@require_whole_shop(Role.STAFF, Role.FINANCE)
def orders(request: ScopedRequest) -> HttpResponse:
    """All orders, newest first; `q` is a phone number or its end, an order or courier number, a name or a unit."""
    query = request.GET.get("q", "").strip()[:QUERY_LENGTH]
    page = page_of(request, found_orders(request.scope, query))
    page_query = urlencode({"q": query}) if query else ""
    context = {"page_obj": page, "q": query, "page_query": page_query}
    return render(request, "shop/operations/orders.html", context)


@require_GET
@require_whole_shop(Role.STAFF, Role.FINANCE)
def order(request: ScopedRequest, number: str) -> HttpResponse:
    """One order with everything that happened to it, and what may be done about it."""
    return _page(request, find_order(request, number))


@require_POST
@require_whole_shop(Role.STAFF, Role.FINANCE)
def refund(request: ScopedRequest, number: str) -> HttpResponse:
    """Ask for money back on the buyer's behalf; another person lets it go (four eyes)."""
    record = find_order(request, number)

    def act(form: TakeBackForm) -> None:
        request_refund(
            record_id=record.pk,
            portions=form.portions(),
            to_decide=True,
            reason=form.cleaned_data["reason"],
            actor_id=request.user.pk,
        )

    return _take_back(request, record, act, "refund", _("Asked for. Another person must approve it."))


@require_POST
@require_whole_shop(Role.STAFF)
def reduce(request: ScopedRequest, number: str) -> HttpResponse:
    """Lower the amount due of an unpaid order: a shortage, a price."""
    record = find_order(request, number)

    def act(form: TakeBackForm) -> None:
        reduce_order(
            record_id=record.pk,
            portions=form.portions(),
            reason=form.cleaned_data["reason"],
            actor_id=request.user.pk,
        )
        # What has come in of it may be enough now.
        offer_waiting_money(record_id=record.pk)

    return _take_back(request, record, act, "reduce", _("The amount due is lowered."))


@require_POST
@require_whole_shop(Role.STAFF, Role.FINANCE)
def checked(request: ScopedRequest, number: str) -> HttpResponse:
    """Take an order off the list of those to look at, with a note."""
    record = find_order(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
    elif clear_attention(record_id=record.pk, note=form.cleaned_data["note"], actor_id=request.user.pk):
        messages.success(request, _("Noted. The order is off the list."))
    return redirect("operations:order", number=number)


#: The lists of parcels, by the word in the address.
PARCEL_LISTS = {"": parcels_on_their_way, "trouble": parcels_in_trouble, "no_news": parcels_without_news}


@require_GET
@require_whole_shop(Role.STAFF)
def parcels(request: ScopedRequest) -> HttpResponse:
    """Parcels nobody has signed for, those in trouble, or those without news; the longest first."""
    chosen = request.GET.get("list", "")
    if chosen not in PARCEL_LISTS:
        raise Http404
    page = page_of(request, PARCEL_LISTS[chosen](request.scope).prefetch_related("tracking_events"))
    context = {
        "page_obj": page,
        "now": clock.now(),
        "list": chosen,
        "page_query": urlencode({"list": chosen}) if chosen else "",
    }
    return render(request, "shop/operations/parcels.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def parcel_signed(request: ScopedRequest, pk: int) -> HttpResponse:
    """Record on which day a parcel was signed for: the buyer's seven days run from then on."""
    parcel = _parcel(pk)
    form = SignedForm(request.POST)
    return _on_parcel(
        request,
        parcel,
        form,
        lambda note: fulfilment.record_signed(
            parcel_id=pk,
            signed_at=form.signed_at(parcel.shipped_at),
            reason=note,
            actor_id=request.user.pk,
        ),
        _("Recorded as signed for."),
    )


@require_POST
@require_whole_shop(Role.STAFF)
def parcel_stop(request: ScopedRequest, pk: int) -> HttpResponse:
    """Stop the clock of a delayed parcel, so that its receipt is not taken as confirmed."""
    return _on_parcel(
        request,
        _parcel(pk),
        NoteForm(request.POST),
        lambda note: fulfilment.stop_clock(parcel_id=pk, reason=note, actor_id=request.user.pk),
        _("The clock of the parcel is stopped."),
    )


@require_POST
@require_whole_shop(Role.STAFF)
def parcel_restart(request: ScopedRequest, pk: int) -> HttpResponse:
    """Let a stopped clock run on."""
    return _on_parcel(
        request,
        _parcel(pk),
        NoteForm(request.POST),
        lambda note: fulfilment.restart_clock(parcel_id=pk, reason=note, actor_id=request.user.pk),
        _("The clock of the parcel runs again."),
    )


@require_POST
@require_whole_shop(Role.STAFF)
def parcel_settled(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a parcel in trouble off the list, with a note of what was done."""
    return _on_parcel(
        request,
        _parcel(pk),
        NoteForm(request.POST),
        lambda note: settle_trouble(parcel_id=pk, note=note, actor_id=request.user.pk),
        _("Noted. The parcel is off the list."),
    )


@require_POST
@require_whole_shop(Role.STAFF)
def parcel_watch(request: ScopedRequest, pk: int) -> HttpResponse:
    """Ask the tracking service once more about a parcel of which it could tell nothing."""
    parcel = _parcel(pk)
    try:
        watch_again(parcel_id=pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The tracking service is asked again."))
    return redirect("operations:order", number=parcel.supplier_order.record.number)


def find_order(request: ScopedRequest, number: str) -> OrderRecord:
    """Return the order of that number; raises Http404 when the caller may not see it."""
    try:
        return order_for_owner(request.scope, number)
    except OrderRecord.DoesNotExist as missing:
        raise Http404 from missing


def _parcel(pk: int) -> Parcel:
    return get_object_or_404(Parcel.objects.select_related("supplier_order__record"), pk=pk)


def _page(
    request: ScopedRequest, record: OrderRecord, form: TakeBackForm | None = None, status: int = 200
) -> HttpResponse:
    shares = list(record.shares.all())
    key = uuid4().hex
    form = form or TakeBackForm(shares=shares, charges=list(record.charges.all()), initial={"form_key": key})
    context = order_context(record) | {
        "form": form,
        "form_key": key,
        "reship_form": ReshipForm(shares=shares, initial={"form_key": key}),
        "today": clock.today(),
    }
    return render(request, "shop/operations/order.html", context, status=status)


def _take_back(
    request: ScopedRequest, record: OrderRecord, act: Callable[[TakeBackForm], None], action: str, done: str
) -> HttpResponse:
    """Run a service once on a valid form and come back to the order; a refusal stands above the form."""
    form = TakeBackForm(request.POST, shares=list(record.shares.all()), charges=list(record.charges.all()))
    if form.is_valid():
        try:
            refuse_own(request, record)
            with transaction.atomic():
                key = form.cleaned_data["form_key"]
                first = take_form(record_id=record.pk, key=key, action=action, actor_id=request.user.pk)
                if first:
                    act(form)
        except ShopError as refused:
            form.add_error(None, str(refused))
        else:
            again = _("This form was sent before; nothing was done a second time.")
            messages.success(request, done if first else again)
            return redirect("operations:order", number=record.number)
    return _page(request, record, form, status=422)


def refuse_own(request: ScopedRequest, record: OrderRecord) -> None:
    """Raise ShopError (own_order) when the caller placed the order."""
    if record.buyer_id == request.user.pk:
        raise ShopError(
            _("You placed this order yourself, so another person must do this."), code="own_order"
        )


def _on_parcel(
    request: ScopedRequest, parcel: Parcel, form: NoteForm, act: Callable[[str], object], done: str
) -> HttpResponse:
    record = parcel.supplier_order.record
    if not form.is_valid():
        messages.error(request, first_error(form))
    else:
        try:
            refuse_own(request, record)
            act(form.cleaned_data["note"])
        except ShopError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, done)
    return redirect("operations:order", number=record.number)


def first_error(form: NoteForm) -> str:
    """Return what is wrong with an invalid form first."""
    return str(next(iter(form.errors.values()))[0])
