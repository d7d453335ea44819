"""The page on which captured money, the ledger and the bills meet."""

import datetime as dt

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.paging import counts_of, page_of
from shop.gateways.bank_selectors import desk_people
from shop.operations import reconciliation as selectors


class SpanForm(forms.Form):
    """From which day to which, and of which provider; nothing means this month and all."""

    since = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    provider = forms.ChoiceField(
        label=_("Payment channel"),
        required=False,
        choices=[("", _("All channels")), *selectors.LABELS.items()],
    )

    def clean(self) -> dict[str, dt.date | str]:
        """Refuse a span that ends before it starts."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return cleaned

    def span(self) -> tuple[dt.date, dt.date, str]:
        """Return first day, last day and provider; this month where nothing, or nothing that can be read, was asked."""
        today = clock.today()
        if not self.is_valid():
            return clock.month_of(today), today, ""
        until = self.cleaned_data["until"] or today
        since = self.cleaned_data["since"] or clock.month_of(until)
        return since, until, self.cleaned_data["provider"]


@require_GET
@require_whole_shop(Role.STAFF, Role.FINANCE)
def reconciliation(request: ScopedRequest) -> HttpResponse:
    """Show invariant 5 to the fen by provider, and every payment for which it does not hold."""
    form = SpanForm(request.GET or None)
    first, last, provider = form.span()
    payments = selectors.captured_payments(request.scope, first, last, provider)
    rows = selectors.provider_rows(payments)
    query = request.GET.copy()
    query.pop("page", None)
    odd = selectors.odd_payments(payments)
    many, waiting = counts_of([odd, selectors.messages_on_their_way()])
    context = {
        "form": form if form.is_bound else SpanForm(initial={"since": first, "until": last}),
        "first": first,
        "last": last,
        "rows": rows,
        "unknown": selectors.only_in_bill(request.scope, first, last, provider),
        "bars": selectors.bars(rows),
        "height": selectors.ROW * len(rows),
        "picture": selectors.PICTURE,
        "text_x": selectors.LEFT - 12,
        "page_obj": page_of(request, odd, count=many),
        "owners": selectors.unapplied_by_owner(request.scope),
        "ages": selectors.AGES,
        "differences": selectors.difference_rows(request.scope),
        "found": selectors.found_by_asking(request.scope, first, last),
        "waiting": waiting,
        "people": desk_people(request.scope),
        "query": query.urlencode(),
    }
    status = 400 if form.errors else 200
    return render(request, "shop/operations/reconciliation.html", context, status=status)
