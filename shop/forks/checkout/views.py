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

from shop.accounts.phones import shown_phone
from shop.core.exceptions import ShopError
from shop.forks.basket.contents import Contents, contents
from shop.forks.basket.selection import forget, unticked
from shop.forks.checkout.forms import MESSAGE_LENGTH, CheckoutForm
from shop.forks.checkout.page import Told, checkout_context
from shop.forks.checkout.seen import changes, packed
from shop.listings.selectors import areas
from shop.ordering.exceptions import OutOfStock, QuoteChanged
from shop.ordering.guests import remember_guest_order
from shop.ordering.models import OrderRecord
from shop.ordering.services import place_order
from shop.ordering.status import PayMethod

_MESSAGE = "message_"
_BASKET_SALT = "shop.checkout.basket"
_FIELDS = {"name": "recipient_name", "guest_phone": "phone"}
_ADDRESS = ("recipient_name", "phone", "province", "city", "county", "street", "method")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: Any) -> HttpResponse:
    """Show the ticked rows with address and amounts; a post places them as one order."""
    if request.method == "POST":
        return _post(request)
    found = _contents(request, request.basket)
    if found is None:
        messages.info(request, _("There is nothing to order yet."))
        return redirect("basket:summary")
    form = CheckoutForm(initial=_initial(request) | _signs(request.basket, found))
    return render(request, "shop/checkout/checkout.html", checkout_context(found, form, Told()))


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
    form = CheckoutForm(request.POST)
    if "requote" not in request.POST and form.is_valid():
        return _place(request, basket, form)
    found = _contents(request, basket, request.POST.get("province", "").strip())
    if found is None:
        return _nothing_to_order(request)
    if "requote" not in request.POST:
        return _again(request, basket, found, form)
    request.session["province"] = found.province
    initial = {name: request.POST.get(name, "") for name in _ADDRESS}
    form = CheckoutForm(initial=initial | _signs(basket, found))
    return _page(request, found, form, Told(messages=_messages(request)))


def _nothing_to_order(request: Any) -> HttpResponse:
    messages.info(request, _("There is nothing to order yet."))
    return redirect("basket:summary")


def _place(request: Any, basket: Basket, form: CheckoutForm) -> HttpResponse:
    """Place what is ticked. Only a refusal looks at the whole basket again: most orders are placed without it."""
    try:
        return _order(request, basket, form, unticked(request))
    except ShopError as error:
        refused = error
    found = _contents(request, basket, form.recipient().province)
    if found is None:
        return _nothing_to_order(request)
    if found.dead:
        # The page had left them out: they stay behind, as what is not ticked.
        try:
            return _order(request, basket, form, found.rows.keys() - found.ticked)
        except ShopError as error:
            refused = error
    return _refused(request, basket, found, form, refused)


def _order(request: Any, basket: Basket, form: CheckoutForm, leave: Collection[int]) -> HttpResponse:
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
        invoice_wish={},
        quoted=form.cleaned_data["digest"],
        demo=settings.SHOP_DEMO,
        leave=leave,
    )
    request.session["province"] = recipient.province
    forget(request)
    _hand_over(request, placed.rest)
    return _to_cashier(request, placed.record)


def _refused(
    request: Any, basket: Basket, found: Contents, form: CheckoutForm, refused: ShopError
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
    form.add_error(field if field in _ADDRESS else None, str(refused.message))
    return _again(request, basket, found, form, told, notices)


def _again(
    request: Any,
    basket: Basket,
    found: Contents,
    form: CheckoutForm,
    told: list[str] | None = None,
    notices: dict[int, str] | None = None,
) -> HttpResponse:
    """Render a bound form with the signs of what the page shows now, not of what was posted."""
    data = request.POST.copy()
    for name, value in _signs(basket, found).items():
        data[name] = value
    form.data = data
    return _page(request, found, form, Told(told or [], notices or {}, _messages(request)))


def _page(request: Any, found: Contents, form: CheckoutForm, told: Told) -> HttpResponse:
    return render(request, "shop/checkout/checkout.html", checkout_context(found, form, told))


def _contents(request: Any, basket: Basket, province: str = "") -> Contents | None:
    """Return what is to be ordered, None when there is nothing."""
    if not basket.pk:
        return None
    found = contents(request, basket, province=province)
    return found if found.chosen.lines else None


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


def _initial(request: Any) -> dict[str, str]:
    """Return the address of the person's last order."""
    if not request.user.is_authenticated:
        return {"province": request.session.get("province", "")}
    last = OrderRecord.objects.filter(buyer=request.user).order_by("-placed_at").first()
    if last is None:
        return {"phone": shown_phone(request.user.phone or "")}
    return {
        "recipient_name": last.recipient_name,
        "phone": shown_phone(last.recipient_phone),
        "province": last.province,
        "city": last.city,
        "county": last.county,
        "street": last.street,
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
