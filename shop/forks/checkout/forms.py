"""The one form of the checkout."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.gateways import services as gateways
from shop.ordering.forms import RecipientForm
from shop.ordering.status import PayMethod

MESSAGE_LENGTH = 100
_REQUIRED = _("Please fill this in.")


class CheckoutForm(RecipientForm):
    """Recipient, address, way of paying and consent. `basket`, `digest` and `seen` say what was on the page."""

    method = forms.ChoiceField(
        label=_("Way of paying"), choices=(), widget=forms.RadioSelect({"class": "tick"})
    )
    consent = forms.BooleanField(
        label=_("I accept the terms"),
        error_messages={"required": _("Please read and accept the terms, then place the order.")},
    )
    basket = forms.CharField(widget=forms.HiddenInput, required=False)
    digest = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = pay_methods()
        method.initial = method.choices[0][0] if method.choices else None
        for field in self.fields.values():
            field.error_messages.setdefault("required", _REQUIRED)
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _REQUIRED


def pay_methods() -> list[tuple[str, Any]]:
    """Return the ways of paying that are set up for orders placed now: play money only for a demonstration's."""
    names = gateways.methods_for_new_orders(demo=settings.SHOP_DEMO)
    return [(name, PayMethod(name).label) for name in names]
