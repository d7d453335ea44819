"""What people type where targets are set."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.core.forms import AmountField
from shop.regions.models import PartnerRegion, Programme, TargetMode
from shop.reporting.forms import DayInput, PeriodForm
from shop.reporting.periods import Period, whole_year


class YearForm(PeriodForm):
    """Which year's targets are shown; days do not narrow them."""

    @property
    def period(self) -> Period:
        """Return the whole year asked for."""
        return whole_year(super().period.start.year)


class TargetForm(forms.Form):
    """A target of the task statement, and why it is set or changed."""

    year = forms.IntegerField(label=_("Year"), min_value=1, max_value=9999)
    region = forms.ModelChoiceField(
        label=_("Region"), queryset=PartnerRegion.objects.all(), to_field_name="slug"
    )
    programme = forms.ModelChoiceField(
        label=_("Programme"), queryset=Programme.objects.order_by("pk"), to_field_name="slug"
    )
    mode = forms.ChoiceField(label=_("Mode"), choices=TargetMode.choices, required=False)
    amount = AmountField(label=_("Target in yuan"))
    decided_on = forms.DateField(label=_("Date of the task statement"), widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Give a reason; it stands in the journal.")},
    )
