"""A unit's pages of asked prices: ask, read the talk, agree, order at what was agreed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.listings.models import Listing
from shop.procurement import selectors, services
from shop.procurement.access import acting_as, holds, my_price, my_request, unit_page
from shop.procurement.drafts import lines_of
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.price_asking import MOST_LINES, pasted_goods
from shop.procurement.price_forms import AskForm
from shop.procurement.price_models import PriceRequest
from shop.procurement.price_pages import list_context
from shop.procurement.views.price_talk import talk_page


@require_safe
@unit_page
def prices(request: ScopedRequest) -> HttpResponse:
    """The prices that the unit that the visitor acts for has asked for."""
    context = list_context(request) | {"active_tab": "prices"}
    return render(request, "shop/procurement/prices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def ask(request: ScopedRequest) -> HttpResponse:
    """Ask what goods would cost, those of a draft or a typed list; the draft is named by the address."""
    draft = _draft(request)
    units = selectors.verified_units(acting_as(request, Role.BUYER))
    unit = draft.organisation if draft else units.first()
    if request.method == "POST":
        form = AskForm(request.POST)
        if unit is None:
            form.add_error(None, _("Only a buyer of a verified unit can ask for prices."))
        elif form.is_valid():
            asked = _ask(request, form, unit.pk, draft)
            if asked is not None:
                return _asked(request, asked)
    else:
        form = AskForm(initial=_initial(request, draft))
    context = {"active_tab": "prices", "form": form, "draft": draft, "unit": unit, "most": MOST_LINES}
    return render(request, "shop/procurement/price_ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def price(request: ScopedRequest, number: str) -> HttpResponse:
    """One price request: the goods, the talk, and what the unit can say."""
    asked = my_price(request, number)
    if request.method == "POST" and request.POST.get("act") == "order":
        return _order(request, asked)
    frame = {"active_tab": "prices", "open_draft": _open_draft(asked)}
    may_speak = holds(request, Role.BUYER, asked.organisation)
    return talk_page(request, asked, "shop/procurement/price.html", frame, may_speak=may_speak)


@require_POST
@unit_page
def drop(request: ScopedRequest, number: str) -> HttpResponse:
    """Take agreed prices off a draft."""
    found = my_request(request, number)
    try:
        services.drop_prices(
            request_id=found.pk, number=request.POST.get("number", "")[:24], actor_id=request.user.pk
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The draft is at the usual prices again."))
    return redirect("procurement:request", number=number)


def _order(request: ScopedRequest, asked: PriceRequest) -> HttpResponse:
    draft = _open_draft(asked) if request.POST.get("draft") else None
    try:
        made = services.order_at_prices(
            scope=request.scope,
            number=asked.number,
            draft_id=draft.pk if draft else None,
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("prices:price", number=asked.number)
    messages.success(request, _("The draft is ordered at the agreed prices while they hold."))
    return redirect("procurement:request", number=made.number)


def _open_draft(asked: PriceRequest) -> PurchaseRequest | None:
    """Return the draft that the prices were asked from while it is one."""
    drafts = PurchaseRequest.objects.filter(price_requests=asked, state=RequestState.DRAFT)
    return drafts.first()


def _draft(request: ScopedRequest) -> PurchaseRequest | None:
    number = request.GET.get("draft", "")[:24]
    return my_request(request, number) if number else None


def _initial(request: ScopedRequest, draft: PurchaseRequest | None) -> dict[str, str]:
    """Return the goods of the draft, or of the addresses' SKU, as lines to be changed."""
    if draft is None:
        sku = request.GET.get("sku", "")[:40]
        return {"goods": f"{sku}  100"} if sku else {}
    units = lines_of(draft)
    skus = dict(Listing.objects.filter(product__in=units).values_list("product_id", "sku"))
    lines = [f"{skus[pk]}  {number}" for pk, number in units.items() if pk in skus]
    return {"goods": "\n".join(lines[:MOST_LINES]), "province": draft.province}


def _ask(
    request: ScopedRequest, form: AskForm, unit_id: int, draft: PurchaseRequest | None
) -> list[PriceRequest] | None:
    """Ask, or put the refusal on the form."""
    data = form.cleaned_data
    try:
        return services.ask_price(
            organisation_id=unit_id,
            quantities=pasted_goods(data["goods"]),
            of_shop=data["whom"] == "shop",
            province=data["province"],
            needed_on=data["needed_on"],
            note=data["note"],
            draft=draft,
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return None


def _asked(request: ScopedRequest, asked: list[PriceRequest]) -> HttpResponse:
    text = ngettext(
        "Asked. You are told when the answer is there.",
        "%(number)d suppliers are asked. You are told when an answer is there.",
        len(asked),
    )
    messages.success(request, text % {"number": len(asked)})
    if len(asked) == 1:
        return redirect("prices:price", number=asked[0].number)
    return redirect("prices:prices")
