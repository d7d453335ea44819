"""The cashier page, the way back from a provider, the demo provider's page and the notices' door."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.models import Role
from shop.accounts.scope import scope_of
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.gateways import selectors, services
from shop.gateways.forms import PayForm
from shop.gateways.models import HostedPayment
from shop.gateways.providers import demo
from shop.gateways.providers.bank_transfer import instructions
from shop.gateways.providers.base import BadNotice, ProviderUnavailable
from shop.gateways.services.unapplied import unapplied_money
from shop.ordering.guests import guest_order_numbers
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState

#: Who of a unit may open the cashier of its orders, whoever of them submitted the request.
PAYERS = (Role.BUYER, Role.UNIT_FINANCE, Role.OWNER)


def _order_of(request: HttpRequest, number: str) -> OrderRecord:
    """Return the order if this visitor may pay it; anything else is the same 404."""
    record = get_object_or_404(OrderRecord, number=number)
    is_buyer = request.user.is_authenticated and record.buyer_id == request.user.pk
    if is_buyer or number in guest_order_numbers(request.session) or _pays_for_unit(request, record):
        return record
    raise Http404


def _pays_for_unit(request: HttpRequest, record: OrderRecord) -> bool:
    """Say whether the order is a unit's and the visitor holds a role there, now, that pays."""
    if not record.by_acceptance or not request.user.is_authenticated:
        return False
    return record.credited_organisation in scope_of(request.user, *PAYERS).organisations


def _cashier(
    request: HttpRequest,
    record: OrderRecord,
    form: PayForm,
    status: int = 200,
) -> HttpResponse:
    money = unapplied_money(record.pk)
    return render(
        request,
        "shop/gateways/cashier.html",
        {
            "record": record,
            "form": form,
            "options": services.methods(record),
            "to_pay_fen": services.to_pay_fen(record, money),
            "status": selectors.pay_status(record, money),
            "chosen": form["method"].value() or record.method,
        },
        status=status,
    )


@never_cache
@require_GET
def cashier(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is to be paid, until when and how."""
    record = _order_of(request, number)
    if record.payment_state == PaymentState.PAID:
        return redirect("gateways:return", number)
    return _cashier(request, record, PayForm(options=services.methods(record)))


@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Begin to pay; a second click finds what the first began."""
    record = _order_of(request, number)
    form = PayForm(request.POST, options=services.methods(record))
    if not form.is_valid():
        return _cashier(request, record, form, status=400)
    try:
        started = services.start_payment(record=record, method=form.cleaned_data["method"])
    except ShopError as error:
        if error.code == "already_paid":
            return redirect("gateways:return", number)
        record.refresh_from_db()
        add_refusal(form, error)
        return _cashier(request, record, form, status=409)
    if started.redirect_url:
        return redirect(started.redirect_url)
    return redirect("gateways:transfer_instructions", number)


@never_cache
@require_GET
def transfer_instructions(request: HttpRequest, number: str) -> HttpResponse:
    """Show where to transfer the money and with which code."""
    record = _order_of(request, number)
    attempt = selectors.transfer_attempt(record)
    if attempt is None:
        return redirect("gateways:cashier", number)
    return render(
        request,
        "shop/gateways/transfer_instructions.html",
        {
            "record": record,
            "instructions": instructions(attempt.reference),
            "to_pay_fen": services.to_pay_fen(record),
        },
    )


def _result_context(record: OrderRecord) -> dict[str, object]:
    return {
        "record": record,
        "status": selectors.pay_status(record),
        "state_url": reverse("gateways:state", args=[record.number]),
    }


@never_cache
@require_GET
def pay_return(request: HttpRequest, number: str) -> HttpResponse:
    """Show how the payment stands. It only reads: money is taken by notices and reconciliation."""
    return render(request, "shop/gateways/return.html", _result_context(_order_of(request, number)))


@never_cache
@require_GET
def state(request: HttpRequest, number: str) -> HttpResponse:
    """Return the piece of the return page that asks again until the payment is known."""
    return render(request, "shop/gateways/pay_state.html", _result_context(_order_of(request, number)))


@never_cache
@require_http_methods(["GET", "POST"])
def demo_page(request: HttpRequest, token: str) -> HttpResponse:
    """The demo provider's hosted page: the visitor decides how the payment ends."""
    if not settings.SHOP_DEMO:
        raise Http404
    if request.method != "POST":
        payment = get_object_or_404(HostedPayment, token=token)
        return render(request, "shop/gateways/demo_page.html", {"payment": payment})
    choice = request.POST.get("choice", "")
    if choice not in list(demo.Choice):
        return HttpResponseBadRequest("choice: succeed, fail, late or duplicate")
    try:
        decided = demo.decide(token, demo.Choice(choice))
    except ProviderUnavailable as unknown:
        raise Http404 from unknown
    services.take_callbacks(decided.notices)
    return redirect(decided.return_path or "/")


@csrf_exempt
@require_POST
def notice(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a provider's notice: 200 once it is stored, 400 when it is not genuine."""
    try:
        outcome = services.receive_notice(provider=provider, raw=request.body, headers=request.headers)
    except BadNotice:
        return HttpResponseBadRequest("refused")
    except ShopError as error:
        raise Http404 from error
    return HttpResponse(outcome.value, content_type="text/plain")
