"""The supplier's pages of after-sales: own cases only, with the time left to answer."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.returns import services
from shop.fulfilment.returns.forms import AgreeForm, ArrivedForm, SayForm
from shop.fulfilment.returns.models import ReturnRequest, ReturnState
from shop.fulfilment.returns.photos import photos_of
from shop.fulfilment.returns.selectors import open_returns, returns, steps_of
from shop.fulfilment.returns.steps import items_of
from shop.fulfilment.views.frame import frame

PAGE_SIZE = 20


@require_GET
@require_roles(Role.SUPPLIER)
def cases(request: ScopedRequest) -> HttpResponse:
    """Own cases: what waits for an answer first, then the others."""
    done = request.GET.get("tab") == "done"
    rows = returns(request.scope) if done else open_returns(request.scope)
    page = page_of(request, rows, size=PAGE_SIZE)
    number = 0 if done or page.object_list else returns(request.scope).count()
    context = frame(request) | {
        "tab": "done" if done else "open",
        "page_obj": page,
        "elsewhere": [(f"{_('All')} {number}", "?tab=done")] if number else [],
        "now": clock.now(),
        "query": "tab=done" if done else "",
    }
    return render(request, "shop/fulfilment/returns.html", context)


@require_GET
@require_roles(Role.SUPPLIER)
def case(request: ScopedRequest, pk: int) -> HttpResponse:
    """One own case with photos, course and the answers that its state allows."""
    return _page(request, _own_case(request, pk))


@require_POST
@require_roles(Role.SUPPLIER)
def agree(request: ScopedRequest, pk: int) -> HttpResponse:
    """Agree to what the buyer asks."""
    found = _own_case(request, pk)
    form = AgreeForm(request.POST, case=found)

    def act(data: dict[str, Any]) -> None:
        services.agree_return(
            scope=request.scope,
            case_id=pk,
            note=data["note"],
            goods_back=data.get("goods_back", False),
            actor_id=request.user.pk,
        )

    return _answer(request, found, "agree_form", form, act, _("Agreed. The buyer sees it."))


@require_POST
@require_roles(Role.SUPPLIER)
def refuse(request: ScopedRequest, pk: int) -> HttpResponse:
    """Refuse and say why."""
    found = _own_case(request, pk)

    def act(data: dict[str, Any]) -> None:
        services.refuse_return(scope=request.scope, case_id=pk, note=data["note"], actor_id=request.user.pk)

    told = _("Refused. The buyer sees why, and may ask the shop.")
    return _answer(request, found, "refuse_form", SayForm(request.POST, auto_id="refuse_%s"), act, told)


@require_POST
@require_roles(Role.SUPPLIER)
def ask_shop(request: ScopedRequest, pk: int) -> HttpResponse:
    """Hand the case to the shop: no answer fits, or what came back is not what was agreed."""
    found = _own_case(request, pk)

    def act(data: dict[str, Any]) -> None:
        services.escalate_return(
            scope=request.scope,
            case_id=pk,
            by=services.By.SUPPLIER,
            note=data["note"],
            actor_id=request.user.pk,
        )

    form = SayForm(request.POST, auto_id="ask_%s")
    return _answer(request, found, "ask_form", form, act, _("The shop looks at it and decides."))


@require_POST
@require_roles(Role.SUPPLIER)
def arrived(request: ScopedRequest, pk: int) -> HttpResponse:
    """Say that the goods are back, and how many can be sold again."""
    found = _own_case(request, pk)
    form = ArrivedForm(request.POST, items=items_of(found))

    def act(data: dict[str, Any]) -> None:
        services.receive_goods_back(
            scope=request.scope,
            case_id=pk,
            good_units=form.good_units(),
            note=data["note"],
            actor_id=request.user.pk,
        )

    told = _("Noted. Good pieces are in stock again.")
    return _answer(request, found, "arrived_form", form, act, told)


def _own_case(request: ScopedRequest, pk: int) -> ReturnRequest:
    """Return the caller's case; raises Http404 alike for none and for another supplier's."""
    found = returns(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _answer(
    request: ScopedRequest,
    found: ReturnRequest,
    name: str,
    form: forms.Form,
    act: Callable[[dict[str, Any]], None],
    told: str,
) -> HttpResponse:
    """Act on a valid form and come back to the case; a refusal stands in the form that was sent."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, told)
            return redirect("fulfilment:return", pk=found.pk)
    return _page(request, _own_case(request, found.pk), **{name: form})


def _page(request: ScopedRequest, found: ReturnRequest, **sent: forms.Form) -> HttpResponse:
    items = items_of(found)
    context = (
        frame(request)
        | {
            "case": found,
            "order": found.supplier_order,
            "items": items,
            "now": clock.now(),
            "photos": photos_of(found, user_id=request.user.pk),
            "steps": steps_of(found),
            "may_answer": found.state == ReturnState.REQUESTED,
            "may_receive": found.state == ReturnState.SENT_BACK,
            "agree_form": AgreeForm(case=found),
            "refuse_form": SayForm(auto_id="refuse_%s"),
            "ask_form": SayForm(auto_id="ask_%s"),
            "arrived_form": ArrivedForm(items=items),
        }
        | sent
    )
    return render(request, "shop/fulfilment/return.html", context, status=422 if sent else 200)
