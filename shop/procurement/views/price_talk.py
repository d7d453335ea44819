"""The page of a price request, for whichever side opens it: read the talk, and say something."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shop.accounts.access import ScopedRequest
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.procurement import services
from shop.procurement.price_forms import OfferForm, RefusalForm
from shop.procurement.price_models import PriceRequest
from shop.procurement.price_pages import Talk, talk_context, talk_of
from shop.procurement.price_selectors import price_requests

#: What an offer promises unless another day is typed.
_PROMISED = dt.timedelta(days=14)


def asked_in(request: ScopedRequest, number: str) -> PriceRequest:
    """Return a price request of the scope; raises Http404 alike for none and for another's."""
    found = price_requests(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def talk_page(
    request: ScopedRequest, asked: PriceRequest, template: str, frame: dict[str, Any], *, may_speak: bool
) -> HttpResponse:
    """Show a price request to a side, or do what its form says; what is refused stands on the page."""
    talk = talk_of(request, asked, may_speak=may_speak)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    forms: dict[str, Form] = {
        "offer": _offer_form(talk, request.POST if act == "offer" else None),
        "refuse": RefusalForm(request.POST if act == "refuse" else None, auto_id="refuse_%s"),
    }
    if request.method == "POST" and _done(request, talk, act, forms.get(act)):
        return redirect(request.path)
    offer_form = forms["offer"]
    assert isinstance(offer_form, OfferForm)
    context = talk_context(talk, offer_form.cells() if talk.can_offer else None) | frame
    context |= {"form": offer_form, "refusal_form": forms["refuse"]}
    failed = any(form.errors for form in forms.values())
    return render(request, template, context, status=422 if failed else 200)


def _offer_form(talk: Talk, posted: Any) -> OfferForm:
    last_day = talk.last.last_day if talk.last and talk.stands else clock.today() + _PROMISED
    initial = {"seen": talk.asked.revisions, "last_day": last_day}
    return OfferForm(posted, lines=talk.lines, last=talk.last_prices(), initial=initial)


def _done(request: ScopedRequest, talk: Talk, act: str, form: Form | None) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    if form is not None and not form.is_valid():
        return False
    who: dict[str, Any] = {"scope": request.scope, "number": talk.asked.number, "actor_id": request.user.pk}
    try:
        text = _steps(request, talk, form, who).get(act, _nothing)()
    except ShopError as refused:
        if form is None or refused.code in ("changed_meanwhile", "wrong_state"):
            messages.error(request, str(refused))
            return True
        add_refusal(form, refused)
        return False
    if text:
        messages.success(request, text)
    return True


def _steps(
    request: ScopedRequest, talk: Talk, form: Form | None, who: dict[str, Any]
) -> dict[str, Callable[[], str]]:
    def offer() -> str:
        assert isinstance(form, OfferForm)
        give = services.counter_price if talk.is_units else services.offer_price
        give(offer=form.offer(), seen=form.cleaned_data["seen"], **who)
        return _("Sent. The other side is told.")

    def accept() -> str:
        text = request.POST.get("revision", "")
        revision = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        services.accept_price(revision=revision, **who)
        return _("Agreed. Goods can be ordered at these prices while they hold.")

    def refuse() -> str:
        assert form is not None
        services.refuse_price(note=form.cleaned_data["note"], **who)
        return _("Refused. The other side reads why.")

    def withdraw() -> str:
        services.withdraw_price(**who)
        return _("Withdrawn. Nobody is asked any more.")

    return {"offer": offer, "accept": accept, "refuse": refuse, "withdraw": withdraw}


def _nothing() -> str:
    return ""
