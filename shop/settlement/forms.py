"""What people type on the pages of settlement."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.settlement.term_models import Cycle


class PayeeForm(forms.Form):
    """The bank account to which a supplier wants to be paid."""

    holder = forms.CharField(label=_("Account holder"), max_length=80, help_text=_("The company itself."))
    bank = forms.CharField(
        label=_("Bank"), max_length=80, help_text=_("With its branch, as it stands on a transfer form.")
    )
    number = forms.CharField(
        label=_("Account number"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class RateForm(forms.Form):
    """A commission from a day on."""

    supplier = forms.ChoiceField(label=_("Supplier"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    rate = forms.DecimalField(
        label=_("Commission (%)"),
        min_value=Decimal(0),
        max_value=Decimal(50),
        max_digits=4,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    starts_on = forms.DateField(
        label=_("Orders placed from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(
        self, *args: Any, suppliers: list[tuple[str, str]], categories: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("supplier", suppliers), ("category", categories)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *choices]

    @property
    def rate_bp(self) -> int:
        """Return hundredths of a percent."""
        return int(self.cleaned_data["rate"] * 100)


class RuleForm(forms.Form):
    """How often suppliers are paid, and by how many people, from a month on."""

    starts_on = forms.DateField(
        label=_("From"),
        help_text=_("The first day of a month to come."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    cycle = forms.ChoiceField(label=_("Period"), choices=Cycle.choices)
    third_person = forms.BooleanField(
        label=_("A third person checks every list before it is approved"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
