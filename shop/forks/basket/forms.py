"""What people may put into a basket."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.ordering.quote_parts import MAX_UNITS


class QuantityForm(forms.Form):
    """A number of pieces of one product."""

    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MAX_UNITS,
        error_messages={
            "required": _("Please give a quantity."),
            "invalid": _("The quantity must be a whole number."),
            "min_value": _("The quantity must be at least 1."),
            "max_value": _("The quantity can be at most %(limit_value)d."),
        },
    )

    def problem(self) -> str:
        """Return the first thing that is wrong with a form that is not valid."""
        return " ".join(str(error) for error in self.errors.get("quantity", []))
