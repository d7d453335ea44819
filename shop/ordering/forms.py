"""The part of a form that says who gets the goods."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.accounts.phones import normalise_phone
from shop.core.exceptions import ShopError
from shop.listings.selectors import is_area
from shop.ordering.recipients import Recipient

_REQUIRED = _("Please fill this in.")


def ask_kindly(form: forms.Form) -> None:
    """Let every field of a form that has no words of its own ask to be filled in as the shop does."""
    for field in form.fields.values():
        if field.error_messages.get("required") in (None, forms.Field.default_error_messages["required"]):
            field.error_messages["required"] = _REQUIRED


class RecipientForm(forms.Form):
    """Name, phone and address in mainland China; a form that orders adds its own fields."""

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
