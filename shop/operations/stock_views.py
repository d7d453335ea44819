"""The staff's pages of stock. Each button is one call of the service that owns the act."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from oscar.apps.partner.models import StockRecord

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.locks import lock
from shop.core.paging import page_of
from shop.listings.services import set_order_rule, set_purchase_limit
from shop.operations import stock_forms as forms
from shop.operations import stock_page
from shop.ordering.exceptions import StockRefused
from shop.ordering.models import StockBalance
from shop.ordering.places import save_location
from shop.ordering.services import adjust_stock, correct_lot, move_units, receive_lot
from shop.ordering.stock_alerts import set_stock_rule, stock_alerts
from shop.ordering.stock_models import StockLocation

Act = Callable[[StockRecord, Any, int], object]


@require_GET
@require_whole_shop(Role.STAFF)
def stock(request: ScopedRequest) -> HttpResponse:
    """All goods with what each pool holds; `q` is a SKU, a name, a lot or a place."""
    query = request.GET.get("q", "").strip()[: stock_page.QUERY_LENGTH]
    page = page_of(request, stock_page.found_stock(request.scope, query))
    context = {
        "page_obj": page,
        "rows": stock_page.stock_rows(list(page.object_list)),
        "q": query,
        "page_query": urlencode({"q": query}) if query else "",
    }
    return render(request, "shop/operations/stock.html", context)


@require_GET
@require_whole_shop(Role.STAFF)
def alerts(request: ScopedRequest) -> HttpResponse:
    """What is to be known about stock, the oldest first."""
    page = page_of(request, stock_alerts(request.scope))
    return render(request, "shop/operations/stock_alerts.html", {"page_obj": page, "now": clock.now()})


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def product(request: ScopedRequest, pk: int) -> HttpResponse:
    """One product's stock by pool, lot and place, what moved it, and what may be done about it."""
    found = StockRecord.objects.filter(product__listing__isnull=False)
    record = get_object_or_404(found.select_related("product__listing__supplier"), pk=pk)
    act = request.POST.get("act", "")
    if request.method == "POST" and act in ACTS:
        bound = _form(act, stock_page.product_context(record), request)
        if bound.is_valid() and _done(record, act, bound, request):
            messages.success(request, _("Done. It stands in the history below."))
            return redirect("operations:stock_product", pk=record.pk)
        return _product(request, record, {act: bound}, status=422)
    return _product(request, record, {}, status=400 if request.method == "POST" else 200)


def _product(
    request: ScopedRequest, record: StockRecord, bound: dict[str, forms.StockForm], *, status: int
) -> HttpResponse:
    context = stock_page.product_context(record)
    made = {act: bound.get(act) or _form(act, context) for act in ACTS}
    return render(request, "shop/operations/stock_product.html", context | {"forms": made}, status=status)


def _form(act: str, context: dict[str, Any], request: ScopedRequest | None = None) -> forms.StockForm:
    kind = ACTS[act][0]
    rule = context["rule"]
    initial: dict[str, Any] = {"seen": context["seen"]}
    if act == "rule" and rule is not None:
        initial |= {"low_at": rule.low_at, "unsold_days": rule.unsold_days}
    known = {name: context[name] for name in ("balances", "lots", "locations")}
    return kind(request.POST if request else None, initial=initial, auto_id=f"id_{act}_%s", **known)


def _done(record: StockRecord, act: str, form: forms.StockForm, request: ScopedRequest) -> bool:
    """Act under the locks of the product's balances, unless they are not what the page showed."""
    try:
        with transaction.atomic():
            balances = list(lock(StockBalance.objects.filter(stockrecord=record)))
            if stock_page.state_of(balances) != form.cleaned_data["seen"]:
                raise StockRefused(
                    _("The stock has changed since you opened this page. Please look at it again."),
                    code="changed",
                )
            ACTS[act][1](record, form, request.user.pk)
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    return True


def _adjust(record: StockRecord, form: forms.AdjustForm, actor_id: int) -> object:
    data = form.cleaned_data
    return adjust_stock(
        stockrecord=record,
        delta=data["delta"],
        actor_id=actor_id,
        reason=data["reason"],
        **form.shelf()._asdict(),
    )


def _receive(record: StockRecord, form: forms.ReceiveForm, actor_id: int) -> object:
    names = ("code", "units", "produced_on", "expires_on", "pool", "location", "reason")
    return receive_lot(
        stockrecord=record, actor_id=actor_id, **{name: form.cleaned_data[name] for name in names}
    )


def _move(record: StockRecord, form: forms.MoveForm, actor_id: int) -> object:
    data, source = form.cleaned_data, form.shelf()
    target = source._replace(pool=data["pool"], location=data["location"])
    return move_units(
        stockrecord=record,
        source=source,
        target=target,
        units=data["units"],
        actor_id=actor_id,
        reason=data["reason"],
    )


def _lot(record: StockRecord, form: forms.LotForm, actor_id: int) -> object:
    data = form.cleaned_data
    return correct_lot(
        lot_id=int(data["lot"]),
        produced_on=data["produced_on"],
        expires_on=data["expires_on"],
        actor_id=actor_id,
        reason=data["reason"],
    )


def _rule(record: StockRecord, form: forms.RuleForm, actor_id: int) -> object:
    data = form.cleaned_data
    return set_stock_rule(
        stockrecord=record, low_at=data["low_at"], unsold_days=data["unsold_days"], actor_id=actor_id
    )


def _limit(record: StockRecord, form: forms.LimitForm, actor_id: int) -> object:
    data = form.cleaned_data
    return set_purchase_limit(
        sku=record.product.listing.sku,
        units=data["units"],
        days=data["days"],
        starts_on=data["starts_on"],
        ends_on=data["ends_on"],
        actor_id=actor_id,
    )


def _order(record: StockRecord, form: forms.OrderRuleForm, actor_id: int) -> object:
    names = ("min_units", "step_units", "case_units", "for_residents", "starts_on", "ends_on")
    return set_order_rule(
        sku=record.product.listing.sku,
        actor_id=actor_id,
        **{name: form.cleaned_data[name] for name in names},
    )


ACTS: dict[str, tuple[type[forms.StockForm], Act]] = {
    "adjust": (forms.AdjustForm, _adjust),
    "receive": (forms.ReceiveForm, _receive),
    "move": (forms.MoveForm, _move),
    "lot": (forms.LotForm, _lot),
    "rule": (forms.RuleForm, _rule),
    "limit": (forms.LimitForm, _limit),
    "order": (forms.OrderRuleForm, _order),
}


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def places(request: ScopedRequest) -> HttpResponse:
    """The places where goods stand; a post adds one, or names one anew."""
    form = forms.PlaceForm(request.POST) if request.method == "POST" else forms.PlaceForm()
    if request.method == "POST" and form.is_valid():
        save_location(actor_id=request.user.pk, **form.cleaned_data)
        messages.success(request, _("The place is kept."))
        return redirect("operations:stock_places")
    context = {"form": form, "places": StockLocation.objects.select_related("supplier")}
    return render(request, "shop/operations/stock_places.html", context, status=422 if form.errors else 200)
