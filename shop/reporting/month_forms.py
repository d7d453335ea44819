"""What people type where months are closed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.reporting.forms import DayInput


class SendBackForm(forms.Form):
    """Why a month is given back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Say why the month is sent back.")},
    )


class ClosingRuleForm(forms.Form):
    """How many people close a month, from a day on, and why."""

    starts_on = forms.DateField(label=_("From this day on"), widget=DayInput())
    people = forms.TypedChoiceField(
        label=_("People who close a month"),
        coerce=int,
        choices=[
            (3, _("Three: one prepares, one reviews, one releases")),
            (2, _("Two: one prepares, another reviews and releases")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Give a reason; it stands in the journal.")},
    )
