"""A buyer's after-sales, also a guest's through the order's link: ask, follow, take back, send back."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.fulfilment.forms import NumberForm
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns import services
from shop.fulfilment.returns.freight import freight_worth
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.photos import photos_of
from shop.fulfilment.returns.rules import claimable
from shop.fulfilment.returns.selectors import returns_of
from shop.listings.presentation import in_language
from shop.ordering.models import OrderRecord
from shop.storefront.access import my_order
from shop.storefront.presenters.returns import case_context, limits_of, returns_context
from shop.storefront.return_forms import AskShopForm, ReturnForm


@never_cache
@require_safe
def order_returns(request: HttpRequest, number: str) -> HttpResponse:
    """The order's cases, and what can still be asked for until when."""
    return render(request, "shop/storefront/returns.html", returns_context(my_order(request, number)))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def return_new(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Ask a supplier for money or a replacement, with photos; what was typed stays when something is refused."""
    record = my_order(request, number)
    order = SupplierOrder.objects.select_related("record", "supplier").filter(pk=pk, record=record).first()
    if order is None:
        raise Http404
    now = clock.now()
    goods = [one for one in claimable(order) if one.is_open(now)]
    most = freight_worth(order, sum(one.worth_fen for one in goods))
    if not goods:
        messages.error(request, _("Nothing can be asked for any more, or not yet: see the times below."))
        return redirect("storefront:order_returns", number=number)
    if request.method == "POST":
        form = ReturnForm(request.POST, request.FILES, goods=goods, freight_fen=most)
        if form.is_valid():
            try:
                case = services.open_return(
                    record_id=record.pk, supplier_order_id=pk, claim=form.claim(), actor_id=request.user.pk
                )
            except ShopError as refused:
                form.refuse(refused)
            else:
                messages.success(request, _("Sent. The supplier answers here."))
                return redirect("storefront:return_case", number=number, case=case.number)
    else:
        form = ReturnForm(goods=goods, freight_fen=most, initial={"form_key": uuid4().hex})
    context = {
        "number": number,
        "supplier_name": in_language(order.supplier.name_zh, order.supplier.name_en),
        "form": form,
        "goods": [
            {"title": one.share.line.title, "terms": one.terms.text, "limits": limits_of(one, now)}
            for one in goods
        ],
    }
    return render(request, "shop/storefront/return_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def return_case(request: HttpRequest, number: str, case: str) -> HttpResponse:
    """One case with its course, its photos and what may be done."""
    record, found = _own_case(request, number, case)
    return _case_page(request, record, found)


@require_POST
def return_withdraw(request: HttpRequest, number: str, case: str) -> HttpResponse:
    """Take a case back."""
    _record, found = _own_case(request, number, case)
    return _act(
        request,
        found,
        lambda: services.withdraw_return(case_id=found.pk, actor_id=request.user.pk),
        _("Taken back. You can ask again while there is time."),
    )


@require_POST
def return_received(request: HttpRequest, number: str, case: str) -> HttpResponse:
    """Say that the replacement has come."""
    _record, found = _own_case(request, number, case)
    return _act(
        request,
        found,
        lambda: services.receive_replacement(case_id=found.pk, actor_id=request.user.pk),
        _("Thank you. The replacement has come."),
    )


@never_cache
@require_POST
def return_ask_shop(request: HttpRequest, number: str, case: str) -> HttpResponse:
    """Let the shop decide after the supplier has refused."""
    record, found = _own_case(request, number, case)
    form = AskShopForm(request.POST)
    if not form.is_valid():
        return _case_page(request, record, found, ask_form=form, status=422)
    return _act(
        request,
        found,
        lambda: services.escalate_return(
            case_id=found.pk,
            by=services.By.BUYER,
            note=form.cleaned_data["note"],
            actor_id=request.user.pk,
        ),
        _("The shop looks at it and decides."),
    )


@never_cache
@require_POST
def return_send_back(request: HttpRequest, number: str, case: str) -> HttpResponse:
    """Enter courier and number of the goods on their way back."""
    record, found = _own_case(request, number, case)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _case_page(request, record, found, number_form=form, status=422)
    return _act(
        request,
        found,
        lambda: services.send_goods_back(
            case_id=found.pk,
            courier=form.cleaned_data["courier"],
            tracking_number=form.cleaned_data["tracking_number"],
            actor_id=request.user.pk,
        ),
        _("Noted. The supplier looks at the goods when they arrive."),
    )


def _own_case(request: HttpRequest, number: str, case: str) -> tuple[OrderRecord, ReturnRequest]:
    """Return the visitor's order and its case; Http404 alike for none and for someone else's."""
    record = my_order(request, number)
    found = returns_of(record.pk).filter(number=case).first()
    if found is None:
        raise Http404
    return record, found


def _act(request: HttpRequest, case: ReturnRequest, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("storefront:return_case", number=case.supplier_order.record.number, case=case.number)


def _case_page(
    request: HttpRequest,
    record: OrderRecord,
    case: ReturnRequest,
    *,
    ask_form: AskShopForm | None = None,
    number_form: NumberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = case_context(record, case, photos_of(case, user_id=request.user.pk)) | {
        "ask_form": ask_form or AskShopForm(),
        "number_form": number_form or NumberForm(),
    }
    return render(request, "shop/storefront/return_case.html", context, status=status)
