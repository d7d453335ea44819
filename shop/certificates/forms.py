"""What is to be certified."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import Organisation
from shop.certificates.services import FIRST_YEAR, MOST_MONTHS
from shop.core import clock


def ended_months() -> list[dt.date]:
    """Return the months that a certificate may begin or end with, the latest first."""
    month = (clock.today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    found: list[dt.date] = []
    while len(found) < MOST_MONTHS and month.year >= FIRST_YEAR:
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found


class PeriodForm(forms.Form):
    """From a month to a month, both of them ended; `unit` where somebody acts for several."""

    unit = forms.ChoiceField(label=_("Unit"))
    first = forms.ChoiceField(label=_("First month"))
    last = forms.ChoiceField(label=_("Last month"))

    def __init__(self, units: Iterable[Organisation], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(units)
        self.fields["unit"].choices = [(unit.code, unit.name) for unit in found]  # type: ignore[attr-defined]
        if len(found) == 1:
            self.fields["unit"].widget = forms.HiddenInput()
            self.fields["unit"].initial = found[0].code
        months = ended_months()
        choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months]
        for name in ("first", "last"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        if months:
            self.fields["last"].initial = f"{months[0]:%Y-%m}"
            self.fields["first"].initial = f"{min(months[0].replace(month=1), months[0]):%Y-%m}"

    def month(self, name: str) -> dt.date:
        """Return the first day of a chosen month."""
        return dt.date.fromisoformat(f"{self.cleaned_data[name]}-01")


class PackForm(forms.Form):
    """From a day to a day: the orders that were placed then."""

    start = forms.DateField(
        label=_("Ordered from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(
        label=_("Ordered until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = clock.today()
        self.fields["start"].initial, self.fields["end"].initial = today.replace(day=1), today

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or lies outside of what the shop can have."""
        found = super().clean() or self.cleaned_data
        start, end = found.get("start"), found.get("end")
        if start and end and end < start:
            self.add_error("end", _("The period ends before it begins."))
        for name, day in (("start", start), ("end", end)):
            if day and not FIRST_YEAR <= day.year <= clock.today().year:
                self.add_error(
                    name,
                    _("Choose a day of %(year)d or later, of this year at the latest.")
                    % {"year": FIRST_YEAR},
                )
        return found


class YearForm(forms.Form):
    """A year of a resident's purchases."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, years: Iterable[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, f"{year}") for year in years]  # type: ignore[attr-defined]
