"""The filters of the report, read from the address."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.reporting.keyset import place_in
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period, whole_year

FIRST_YEAR = 2021


class DayInput(forms.DateInput):
    """The browser's own date picker, which reads and writes ISO dates in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A year, or a day from and a day to (the narrower one holds); nothing means this year."""

    year = forms.IntegerField(label=_("Year"), required=False, min_value=FIRST_YEAR, max_value=2100)
    start = forms.DateField(label=_("First day"), required=False, widget=DayInput())
    end = forms.DateField(label=_("Last day"), required=False, widget=DayInput())
    programme = forms.SlugField(required=False, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        """Refuse half a span, one that ends before it starts, and one outside the year that stands beside it."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if self.errors:
            return cleaned
        if (start is None) != (end is None):
            self.add_error("end" if start else "start", _("Give both days, or a year."))
        elif start and end and end < start:
            self.add_error("end", _("The last day is before the first."))
        elif start and start.year < FIRST_YEAR:
            self.add_error("start", _("There are no figures before 2021."))
        elif start and end and cleaned.get("year") not in (None, start.year, end.year):
            self.add_error("year", _("Give a year or two days, not both."))
        return cleaned

    @property
    def period(self) -> Period:
        """Return the period asked for; this year when nothing, or nothing valid, was asked."""
        if not self.is_valid():
            return whole_year(clock.today().year)
        start: dt.date | None = self.cleaned_data["start"]
        if start is not None:
            return Period(start, self.cleaned_data["end"])
        return whole_year(self.cleaned_data["year"] or clock.today().year)

    def shown(self) -> "PeriodForm":
        """Return the form as the page shows it: filled in with the period that its figures are about."""
        if not self.is_valid():
            return self
        period = self.period
        is_year = period == whole_year(period.start.year)
        days = {"start": period.start, "end": period.end}
        filled = {"year": period.start.year} if is_year else days
        return PeriodForm(initial=filled | {"programme": self.cleaned_data["programme"]})


class DrillForm(PeriodForm):
    """Which figure is opened. A parameter that is there and empty narrows to "no region", say."""

    measure = forms.ChoiceField(choices=[(key, measure.label) for key, measure in MEASURES.items()])
    region = forms.CharField(required=False, max_length=50)
    reason = forms.CharField(required=False, max_length=40)
    order = forms.CharField(required=False, max_length=32)
    source = forms.CharField(required=False, max_length=80)
    buyer_kind = forms.CharField(required=False, max_length=30)
    organisation = forms.CharField(required=False, max_length=40)
    mode = forms.CharField(required=False, max_length=20)
    channel = forms.CharField(required=False, max_length=30)
    after = forms.CharField(required=False, max_length=40)

    def given(self, name: str) -> str | None:
        """Return a parameter, None when the address does not have it."""
        return str(self.cleaned_data[name]) if name in self.data else None

    def clean_after(self) -> str:
        """An id when entries are listed (`order` is given), else a place in the list of orders."""
        after = str(self.cleaned_data["after"])
        is_known = after.isdecimal() if "order" in self.data else place_in(after) is not None
        if after and not is_known:
            raise forms.ValidationError(_("This page of the list does not exist."))
        return after
