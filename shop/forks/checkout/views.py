"""Checkout: one page, one form, one service call; and the places an address is made of."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe
from oscar.apps.basket.models import Basket

from shop.core.exceptions import ShopError
from shop.forks.basket.contents import Contents, contents
from shop.forks.basket.coupons import with_coupons
from shop.forks.basket.selection import forget, unticked
from shop.forks.checkout.delivery import Delivery, delivery_of, typed_at_first
from shop.forks.checkout.forms import INVOICE_FIELDS, MESSAGE_LENGTH, CheckoutForm
from shop.forks.checkout.page import Told, checkout_context
from shop.forks.checkout.seen import changes, packed
from shop.listings.selectors import areas
from shop.ordering.address_text import LONGEST_TEXT
from shop.ordering.addresses import COLUMNS, save_address
from shop.ordering.exceptions import OutOfStock, QuoteChanged
from shop.ordering.guests import remember_guest_order
from shop.ordering.models import OrderRecord
from shop.ordering.pasting import recognised
from shop.ordering.recipients import Recipient
from shop.ordering.services import place_order
from shop.ordering.status import PayMethod

_MESSAGE = "message_"
_BASKET_SALT = "shop.checkout.basket"
_FIELDS = {"name": "recipient_name", "guest_phone": "phone"}
_ADDRESS = tuple(COLUMNS.values())
#: What stays as it was typed when the page is only looked at again.
_TYPED = (*_ADDRESS, "method", "keep_address", "invoice_kind", *INVOICE_FIELDS)
#: Buttons that show the page again and place nothing.
_LOOKS = ("requote", "recognise")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: Any) -> HttpResponse:
    """Show the ticked rows with address and amounts; a post places them as one order."""
    if request.method == "POST":
        return _post(request)
    delivery = delivery_of(request)
    found = _contents(request, request.basket, delivery.province({}))
    if found is None:
        return _nothing_to_order(request)
    form = CheckoutForm(initial=typed_at_first(request, delivery) | _signs(request.basket, found))
    return _page(request, found, form, Told(), delivery)


@require_safe
@cache_control(max_age=86400, public=True)
def areas_json(request: HttpRequest) -> HttpResponse:
    """Provinces, cities and districts by name, for the dependent fields of the address."""
    tree = {
        province.name: {city.name: [area.name for area in city.areas] for city in province.areas}
        for province in areas()
    }
    return JsonResponse(tree, json_dumps_params={"ensure_ascii": False})


def _post(request: Any) -> HttpResponse:
    basket = _posted_basket(request)
    if basket.pk and basket.status != Basket.OPEN:
        placed = OrderRecord.objects.filter(basket_id=basket.pk).first()
        if placed is not None:
            return _to_cashier(request, placed)
    if not basket.pk:
        return _nothing_to_order(request)
    delivery = delivery_of(request)
    if any(name in request.POST for name in _LOOKS):
        return _look_again(request, basket, delivery)
    form = CheckoutForm(delivery.data(request.POST), address_is_gone=delivery.is_gone)
    if form.is_valid():
        return _place(request, basket, form, delivery)
    if delivery.chosen is not None and any(name in form.errors for name in _ADDRESS):
        # Its fields are not shown.
        form.add_error(None, _("The chosen address is no longer right. Please change it in your account."))
    found = _contents(request, basket, delivery.province(request.POST))
    if found is None:
        return _nothing_to_order(request)
    return _again(request, basket, found, form, Told(messages=_messages(request)), delivery)


def _look_again(request: Any, basket: Basket, delivery: Delivery) -> HttpResponse:
    """Show the page for another address, or with what a pasted text says in the fields of a new one."""
    initial = {name: request.POST.get(name, "") for name in _TYPED}
    told = Told(messages=_messages(request))
    if "recognise" in request.POST:
        text = request.POST.get("pasted", "")[:LONGEST_TEXT]
        found_in_text = recognised(text)
        initial |= found_in_text.values
        delivery = delivery.with_typed()
        told = Told(messages=told.messages, pasted=text, paste_told=found_in_text.missing)
    found = _contents(request, basket, delivery.province(initial))
    if found is None:
        return _nothing_to_order(request)
    request.session["province"] = found.province
    return _page(request, found, CheckoutForm(initial=initial | _signs(basket, found)), told, delivery)


def _nothing_to_order(request: Any) -> HttpResponse:
    messages.info(request, _("There is nothing to order yet."))
    return redirect("basket:summary")


def _place(request: Any, basket: Basket, form: CheckoutForm, delivery: Delivery) -> HttpResponse:
    """Place what is ticked. Only a refusal looks at the whole basket again: most orders are placed without it."""
    try:
        return _order(request, basket, form, delivery, unticked(request))
    except ShopError as error:
        refused = error
    found = _contents(request, basket, form.recipient().province)
    if found is None:
        return _nothing_to_order(request)
    if found.dead:
        # The page had left them out: they stay behind, as what is not ticked.
        try:
            return _order(request, basket, form, delivery, found.rows.keys() - found.ticked)
        except ShopError as error:
            refused = error
    return _refused(request, basket, found, form, refused, delivery)


def _order(
    request: Any, basket: Basket, form: CheckoutForm, delivery: Delivery, leave: Collection[int]
) -> HttpResponse:
    """Place the basket without the rows to leave, and go to the cashier. Raises what placing raises."""
    recipient = form.recipient()
    buyer = request.user if request.user.is_authenticated else None
    placed = place_order(
        basket=basket,
        buyer=buyer,
        guest_phone="" if buyer else recipient.phone,
        recipient=recipient,
        method=PayMethod(form.cleaned_data["method"]),
        messages=_messages(request),
        invoice_wish=form.wish.as_kept(),
        quoted=form.cleaned_data["digest"],
        demo=settings.SHOP_DEMO,
        leave=leave,
        coupon=request.POST.get("coupon", ""),
    )
    if buyer and delivery.chosen is None and form.cleaned_data["keep_address"]:
        _keep(request, recipient)
    request.session["province"] = recipient.province
    forget(request)
    _hand_over(request, placed.rest)
    return _to_cashier(request, placed.record)


def _keep(request: Any, recipient: Recipient) -> None:
    """Keep the address of an order that is placed; what stands against it is told and takes nothing back."""
    try:
        save_address(owner_id=request.user.pk, recipient=recipient)
    except ShopError as refused:
        text = _("The order is placed, but its address is not kept: %(reason)s")
        messages.warning(request, text % {"reason": str(refused)})


def _refused(
    request: Any,
    basket: Basket,
    found: Contents,
    form: CheckoutForm,
    refused: ShopError,
    delivery: Delivery,
) -> HttpResponse:
    """Show the page again with what stands now: changes as sentences, a shortage at its line."""
    notices: dict[int, str] = {}
    told: list[str] = []
    if isinstance(refused, QuoteChanged):
        told = changes(form.cleaned_data["seen"], found.chosen)
    elif isinstance(refused, OutOfStock):
        notices = {
            line.basket_line_id: str(refused.message)
            for line in found.chosen.lines
            if line.title == refused.product
        }
    field = _FIELDS.get(refused.field, refused.field)
    is_typed = field == "method" or (field in _ADDRESS and delivery.chosen is None)
    form.add_error(field if is_typed else None, str(refused.message))
    return _again(request, basket, found, form, Told(told, notices, _messages(request)), delivery)


def _again(
    request: Any, basket: Basket, found: Contents, form: CheckoutForm, told: Told, delivery: Delivery
) -> HttpResponse:
    """Render a bound form with the signs of what the page shows now, not of what was posted."""
    data = request.POST.copy()
    for name, value in _signs(basket, found).items():
        data[name] = value
    form.data = data
    return _page(request, found, form, told, delivery)


def _page(request: Any, found: Contents, form: CheckoutForm, told: Told, delivery: Delivery) -> HttpResponse:
    return render(request, "shop/checkout/checkout.html", checkout_context(found, form, told, delivery))


def _contents(request: Any, basket: Basket, province: str = "") -> Contents | None:
    """Return what is to be ordered, None when there is nothing."""
    if not basket.pk:
        return None
    found = contents(request, basket, province=province)
    return with_coupons(request, found) if found.chosen.lines else None


def _signs(basket: Basket, found: Contents) -> dict[str, str]:
    return {
        "basket": signing.dumps(basket.pk, salt=_BASKET_SALT),
        "digest": found.chosen.digest,
        "seen": packed(found.chosen),
    }


def _posted_basket(request: Any) -> Basket:
    """Return the basket that the page showed, so that a second submit finds the order of the first."""
    try:
        pk = signing.loads(request.POST.get("basket", ""), salt=_BASKET_SALT)
    except (signing.BadSignature, ValueError):
        return request.basket
    owner = request.user.pk if request.user.is_authenticated else None
    return Basket.objects.filter(pk=pk, owner_id=owner).first() or request.basket


def _messages(request: Any) -> dict[str, str]:
    """Return what was typed for each supplier, by its code."""
    return {
        name.removeprefix(_MESSAGE): text.strip()[:MESSAGE_LENGTH]
        for name, text in request.POST.items()
        if name.startswith(_MESSAGE)
    }


def _hand_over(request: Any, rest: Basket | None) -> None:
    """Give a guest the basket of what stayed behind, or none; the cookie names the one that became the order."""
    basket = rest or Basket()
    basket.strategy = request.strategy
    request.cookies_to_delete.append(settings.OSCAR_BASKET_COOKIE_OPEN)
    request.basket = request._basket_cache = basket


def _to_cashier(request: Any, record: OrderRecord) -> HttpResponse:
    """Go and pay. A guest's session may open the order from now on."""
    if record.buyer_id is None:
        remember_guest_order(request.session, record.number)
    return redirect("gateways:cashier", number=record.number)
