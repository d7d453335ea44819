"""The one form of the checkout."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.accounts.phones import normalise_phone
from shop.core.exceptions import ShopError
from shop.gateways import services as gateways
from shop.listings.selectors import is_area
from shop.ordering.recipients import Recipient
from shop.ordering.status import PayMethod

MESSAGE_LENGTH = 100
_REQUIRED = _("Please fill this in.")


class CheckoutForm(forms.Form):
    """Recipient, address, way of paying and consent. `basket`, `digest` and `seen` say what was on the page."""

    recipient_name = forms.CharField(
        label=_("Recipient"), max_length=60, widget=forms.TextInput({"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    province = forms.CharField(
        label=_("Province"), max_length=20, widget=forms.TextInput({"autocomplete": "address-level1"})
    )
    city = forms.CharField(
        label=_("City"), max_length=40, widget=forms.TextInput({"autocomplete": "address-level2"})
    )
    county = forms.CharField(
        label=_("District or county"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "address-level3"}),
    )
    street = forms.CharField(
        label=_("Street and house number"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "street-address"}),
    )
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

    def clean_phone(self) -> str:
        """Return the number as it is stored; refuse what is no mobile number."""
        try:
            return normalise_phone(self.cleaned_data["phone"])
        except ShopError as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        """Refuse three names that do not belong together."""
        data = super().clean() or {}
        names = [data.get(name) for name in ("province", "city", "county")]
        if all(names) and not is_area(*map(str, names)):
            self.add_error(
                "county",
                _("There is no such place. Write the names in full, for example 浙江省, 杭州市, 萧山区."),
            )
        return data

    def recipient(self) -> Recipient:
        """Return who gets the parcel, from a valid form."""
        data = self.cleaned_data
        return Recipient(
            name=data["recipient_name"],
            phone=data["phone"],
            province=data["province"],
            city=data["city"],
            county=data["county"],
            street=data["street"],
        )


def pay_methods() -> list[tuple[str, Any]]:
    """Return the ways of paying that are set up for orders placed now: play money only for a demonstration's."""
    names = gateways.methods_for_new_orders(demo=settings.SHOP_DEMO)
    return [(name, PayMethod(name).label) for name in names]
