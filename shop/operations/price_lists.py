"""The staff's pages of prices agreed with organisations: from a file, looked at, approved by a second person."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.listings import services
from shop.listings.price_list_files import check_prices, read_price_file
from shop.listings.price_list_models import PriceList, PriceListRow, PriceListState
from shop.listings.selectors import price_lists
from shop.listings.services.price_lists import rows_of_list

MAX_BYTES = 2 * 1024 * 1024
_DAY = {"type": "date"}
_BETWEEN_CODES = re.compile(r"[\s,;，；、]+")


class PriceListForm(forms.Form):
    """For whom, from when, and the file of prices."""

    name = forms.CharField(label=gettext_lazy("Name of the list"), max_length=60)
    units = forms.CharField(
        label=gettext_lazy("Codes of the organisations"),
        max_length=4_000,
        help_text=gettext_lazy("One or a whole group, with blanks or commas between them."),
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "un-001 un-002"}),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy("xlsx or csv with the columns 货号, 协议价 (yuan) and, if wanted, 起始数量."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_units(self) -> list[str]:
        """Return the codes, each once."""
        codes = filter(None, _BETWEEN_CODES.split(self.cleaned_data["units"]))
        return list(dict.fromkeys(codes))

    def clean_file(self) -> Any:
        """Refuse a file that is too large before any of it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        return file


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def lists(request: ScopedRequest) -> HttpResponse:
    """All price lists, those that wait first; a post reads a file into a draft that is looked at next."""
    posted = request.method == "POST"
    form = PriceListForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"starts_on": clock.today()},
    )
    if form.is_bound and form.is_valid():
        try:
            kept = _draft(form.cleaned_data, request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("operations:price_list", pk=kept.pk)
    context = {"form": form, "page_obj": page_of(request, price_lists()), "today": clock.today()}
    return render(request, "shop/operations/price_lists.html", context, status=422 if form.errors else 200)


def _draft(data: Mapping[str, Any], actor_id: int) -> PriceList:
    file = data["file"]
    return services.draft_price_list(
        name=data["name"],
        units=data["units"],
        starts_on=data["starts_on"],
        ends_on=data["ends_on"],
        file_name=file.name,
        read=read_price_file(file.read()),
        actor_id=actor_id,
    )


@require_GET
@require_whole_shop(Role.STAFF)
def price_list(request: ScopedRequest, pk: int) -> HttpResponse:
    """One list: of a draft what its rows would come to and every fault, then the prices as handed in."""
    found = get_object_or_404(PriceList.objects.prefetch_related("units"), pk=pk)
    faults: list[Any] = []
    rows: Any = (
        PriceListRow.objects.filter(price_list=found).order_by("pk").select_related("product__listing")
    )
    if found.state == PriceListState.DRAFT:
        checked = check_prices(rows_of_list(found), found.columns)
        rows, faults = checked.good, list(checked.faults)
    page = page_of(request, rows)
    people = names_of(one for one in (found.created_by, found.proposed_by, found.decided_by) if one)
    context = {
        "price_list": found,
        "units": list(found.units.all()),
        "people": people,
        "rows": [_row(row) for row in page],
        "page_obj": page,
        "faults": page_of(request, faults, name="fault"),
        "today": clock.today(),
        "can_decide": found.proposed_by != request.user.pk,
    }
    return render(request, "shop/operations/price_list.html", context)


def _row(row: Any) -> dict[str, Any]:
    """Return a price beside the one for everyone, of a draft or of a list that was handed in."""
    listing, least, fen = (
        (row.product.listing, row.min_quantity, row.price_fen)
        if isinstance(row, PriceListRow)
        else (row.listing, row.least, row.fen)
    )
    percent = round(100 * (listing.price_fen - fen) / listing.price_fen)
    return {"listing": listing, "least": least, "fen": fen, "percent": percent}


@require_POST
@require_whole_shop(Role.STAFF)
def decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Hand a list in, approve, refuse, take back or end it."""
    found = get_object_or_404(PriceList, pk=pk)
    act = request.POST.get("act", "")
    try:
        if act == "refuse":
            note = request.POST.get("note", "")
            services.refuse_price_list(list_id=found.pk, note=note, actor_id=request.user.pk)
            messages.success(request, _("Refused."))
        elif act in _ACTS:
            service, told = _ACTS[act]
            service(list_id=found.pk, actor_id=request.user.pk)
            messages.success(request, str(told))
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("operations:price_list", pk=pk)


_ACTS: Mapping[str, tuple[Callable[..., PriceList], str | Promise]] = {
    "propose": (services.propose_price_list, gettext_lazy("Handed in. Another person approves it.")),
    "approve": (
        services.approve_price_list,
        gettext_lazy("Approved. The prices hold from the first day on."),
    ),
    "withdraw": (services.withdraw_price_list, gettext_lazy("Taken back.")),
    "end": (services.end_price_list, gettext_lazy("The list has ended.")),
}
