"""What is typed about plans, limits, the reserved share and the provinces' caps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core import clock
from shop.core.fen import from_yuan
from shop.core.forms import AmountField
from shop.listings.areas import provinces
from shop.procurement.budget_models import CapSpan, Festival, LimitPeriod
from shop.procurement.budget_services import MOST_PEOPLE, YEARS_AROUND


class FenField(AmountField):
    """Yuan as people type them, given as fen; None for an empty one."""

    def clean(self, value: Any) -> Any:
        """Return the fen."""
        amount = super().clean(value)
        return None if amount is None else from_yuan(amount)


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class OfYearForm(forms.Form):
    """Something of a year: the last, this or the next one."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        this = clock.today().year
        field = self.fields["year"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one, str(one)) for one in range(this - YEARS_AROUND, this + YEARS_AROUND + 1)]
        field.initial = year


class PlanForm(OfYearForm):
    """A festival, its people, and how much for each."""

    festival = forms.ChoiceField(label=_("Festival"), choices=Festival.choices)
    headcount = forms.IntegerField(
        label=pgettext_lazy("festival plan", "People"),
        min_value=1,
        max_value=MOST_PEOPLE - 1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    per_head_fen = FenField(label=_("Yuan for each, freight included"))


class LimitForm(forms.Form):
    """How much may be spent in which time, and from when on that holds."""

    period = forms.ChoiceField(label=pgettext_lazy("spending limit", "Limit"), choices=LimitPeriod.choices)
    limit_fen = FenField(
        label=_("At most, in yuan"),
        required=False,
        help_text=_("Left empty: no such limit from that day on."),
    )
    starts_on = _day(_("Holds from"), initial=clock.today)


class ShareForm(OfYearForm):
    """The reserved share of a year: its quota, and what was filed with the finance office."""

    no_canteen = forms.BooleanField(label=_("The unit has no canteen: there is no quota"), required=False)
    quota_fen = FenField(label=_("Quota in yuan"), required=False)
    filed_fen = FenField(label=_("Filed in yuan"), required=False)
    filed_on = _day(_("Filed on"), required=False)

    def clean_quota_fen(self) -> int:
        """Return the quota, 0 without one."""
        return self.cleaned_data["quota_fen"] or 0


class CapForm(forms.Form):
    """A province's rule about what a head may get for festivals."""

    province = forms.ChoiceField(label=_("Province"))
    span = forms.ChoiceField(label=_("For what"), choices=CapSpan.choices)
    per_head_fen = FenField(
        label=_("At most a head, in yuan"),
        required=False,
        help_text=_("Left empty: no such cap from that day on."),
    )
    name = forms.CharField(
        label=_("Name of the rule"), max_length=120, help_text=_("A refusal names it to the unit.")
    )
    source = forms.CharField(label=_("Document number or address"), max_length=300)
    starts_on = _day(_("In force from"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["province"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in provinces()]
