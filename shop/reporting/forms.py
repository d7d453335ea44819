"""The filters of the report, read from the address."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.ledger.rollups.selectors import Series
from shop.reporting.cuts import Cut
from shop.reporting.keyset import place_in
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES
from shop.reporting.periods import Period, whole_year

FIRST_YEAR = 2021


_SPAN = ("year", "start", "end")
Choices = Sequence[tuple[str, str]]
SERIES_NAMES = [
    ("", _("As reported: by the day booked")),
    ("restated", _("Restated: by the month it belongs to")),
]
DATA_KINDS = [
    ("", _("As the shop runs now")),
    ("0", _("Real data")),
    ("1", _("Demonstration data")),
]


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
    programme = forms.SlugField(label=_("Programme"), required=False, widget=forms.HiddenInput())
    series = forms.ChoiceField(label=_("Series"), required=False, choices=SERIES_NAMES)
    demo = forms.ChoiceField(label=_("Kind of data"), required=False, choices=DATA_KINDS)

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
        elif start and end and cleaned.get("series") == "restated" and not _are_whole_months(start, end):
            self.add_error("series", _("The restated series has whole months only."))
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

    @property
    def asked_series(self) -> Series:
        """Return the series asked for; the reported one when nothing, or nothing valid, was asked."""
        return "restated" if self.is_valid() and self.cleaned_data["series"] == "restated" else "reported"

    @property
    def is_demo(self) -> bool:
        """Say whether demonstration data are asked for; what the shop itself shows when nothing was asked."""
        asked = self.cleaned_data["demo"] if self.is_valid() else ""
        return settings.SHOP_DEMO if not asked else bool(asked == "1")

    @property
    def query(self) -> dict[str, str]:
        """Return the filters as parameters for the pages below; the period always as two days."""
        period = self.period
        query = {"start": f"{period.start}", "end": f"{period.end}"}
        if not self.is_valid():
            return query
        names = [name for name in self.fields if name not in _SPAN]
        return query | {name: str(value) for name in names if (value := self.cleaned_data[name])}


class CockpitForm(PeriodForm):
    """The filters of the cockpit."""

    programme = forms.SlugField(label=_("Programme"), required=False, widget=forms.Select())
    region = forms.SlugField(label=_("Region"), required=False, widget=forms.Select())
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All channels")), *CHANNELS.items()]
    )
    buyer_kind = forms.ChoiceField(
        label=_("Buyer kind"), required=False, choices=[("", _("All buyers")), *BUYER_KINDS.items()]
    )
    mode = forms.ChoiceField(label=_("Mode"), required=False, choices=[("", _("Both modes")), *MODES.items()])

    def offer(self, *, regions: Choices, programmes: Choices) -> None:
        """Say which places can be chosen."""
        for name, everything, choices in (
            ("region", _("All regions"), regions),
            ("programme", _("All programmes"), programmes),
        ):
            widget = self.fields[name].widget
            assert isinstance(widget, forms.Select)
            widget.choices = [("", everything), *choices]

    @property
    def cut(self) -> Cut:
        """Return what the report is narrowed to."""
        names = ("region", "programme", "channel", "buyer_kind", "mode")
        asked = {name: self.cleaned_data[name] for name in names} if self.is_valid() else {}
        return Cut(self.period, self.is_demo, self.asked_series, **asked)

    def shown(self) -> "CockpitForm":
        """Return the form as the page shows it: filled in with the period that its figures are about."""
        if not self.is_valid():
            return self
        period = self.period
        is_year = period == whole_year(period.start.year)
        filled: dict[str, Any] = (
            {"year": period.start.year} if is_year else {"start": period.start, "end": period.end}
        )
        others = {name: value for name, value in self.cleaned_data.items() if name not in _SPAN}
        form = CockpitForm(initial=filled | others)
        for name in ("region", "programme"):
            form.fields[name].widget = self.fields[name].widget
        return form


def _are_whole_months(start: dt.date, end: dt.date) -> bool:
    return start.day == 1 and (end + dt.timedelta(days=1)).day == 1


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
    supplier = forms.CharField(required=False, max_length=40)
    product = forms.CharField(required=False, max_length=40)
    after = forms.CharField(required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        """Also refuse goods of a kind of buyers: the ledger keeps no such sums."""
        cleaned = super().clean()
        goods = {"supplier", "product"}.intersection(self.data)
        if goods and {"buyer_kind", "organisation", "mode", "channel"}.intersection(self.data):
            self.add_error(min(goods), _("A figure is narrowed to goods or to buyers, not to both."))
        return cleaned

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
