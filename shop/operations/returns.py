"""The staff's pages of after-sales: cases that the shop must decide, and one with both sides' words."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnKind, ReturnRequest, ReturnState
from shop.fulfilment.returns.photos import photos_of
from shop.fulfilment.returns.selectors import open_returns, returns, returns_to_decide, steps_of
from shop.fulfilment.returns.steps import NOTE_LENGTH, items_of

_LISTS = {"decide": returns_to_decide, "open": open_returns, "all": returns}


class DecideForm(forms.Form):
    """What the shop decides, and what both sides are told."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose a decision.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What buyer and supplier are told; for goods to come back, where to"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Please say why; the other side reads it.")},
    )

    def __init__(self, *args: object, case: ReturnRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = _choices(case)


class FreightForm(forms.Form):
    """Whether the freight of a case goes back, and what the buyer is told."""

    granted = forms.TypedChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("yes", gettext_lazy("The freight goes back to the buyer")),
            ("no", gettext_lazy("The freight does not go back")),
        ],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose a decision.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What the buyer is told"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Please say why; the other side reads it.")},
    )


def _choices(case: ReturnRequest) -> list[tuple[str, str]]:
    agree = _("As asked: %(kind)s") % {"kind": case.get_kind_display()}
    choices = [(services.Decision.AGREE.value, agree)]
    if case.kind != ReturnKind.REFUND_ONLY:
        choices.append((services.Decision.REFUND.value, _("Money back, the buyer keeps the goods")))
    return [*choices, (services.Decision.CLOSE.value, _("Nothing: close the case"))]


@require_GET
@require_whole_shop(Role.STAFF)
def cases(request: ScopedRequest) -> HttpResponse:
    """Cases to decide, the longest waiting first; those that are open; all."""
    tab = request.GET.get("tab", "decide")
    if tab not in _LISTS:
        raise Http404
    context = {
        "tab": tab,
        "page_obj": page_of(request, _LISTS[tab](request.scope)),
        "page_query": f"tab={tab}",
        "now": clock.now(),
    }
    return render(request, "shop/operations/returns.html", context)


@require_GET
@require_whole_shop(Role.STAFF)
def case(request: ScopedRequest, pk: int) -> HttpResponse:
    """One case with photos and course; a form where the shop must decide."""
    found = _case(request, pk)
    return _page(request, found, DecideForm(case=found))


@require_POST
@require_whole_shop(Role.STAFF)
def decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Decide; the second of two people is refused."""
    found = _case(request, pk)
    form = DecideForm(request.POST, case=found)
    if form.is_valid():
        try:
            services.decide_return(
                case_id=pk,
                decision=services.Decision(form.cleaned_data["decision"]),
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Decided. Both sides see it."))
            return redirect("operations:return", pk=pk)
    return _page(request, _case(request, pk), form, status=422)


@require_POST
@require_whole_shop(Role.STAFF)
def freight(request: ScopedRequest, pk: int) -> HttpResponse:
    """Decide about the freight of a case whose goods are agreed."""
    found = _case(request, pk)
    form = FreightForm(request.POST, auto_id="freight_%s")
    if form.is_valid():
        try:
            services.decide_freight(
                case_id=pk,
                granted=form.cleaned_data["granted"],
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Decided. The buyer sees it."))
            return redirect("operations:return", pk=pk)
    return _page(request, _case(request, pk), DecideForm(case=found), freight_form=form, status=422)


def _case(request: ScopedRequest, pk: int) -> ReturnRequest:
    found = returns(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: ScopedRequest,
    found: ReturnRequest,
    form: DecideForm,
    *,
    freight_form: FreightForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "case": found,
        "order": found.supplier_order,
        "items": items_of(found),
        "photos": photos_of(found, user_id=request.user.pk),
        "steps": steps_of(found),
        "form": form,
        "freight_form": freight_form or FreightForm(auto_id="freight_%s"),
        "may_decide": found.state == ReturnState.ESCALATED,
    }
    return render(request, "shop/operations/return.html", context, status=status)
