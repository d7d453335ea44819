"""An address that a person keeps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from shop.accounts.phones import shown_phone
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import COLUMNS
from shop.ordering.forms import RecipientForm, ask_kindly


class AddressForm(RecipientForm):
    """Recipient and address, and whether the checkout begins with it."""

    is_default = forms.BooleanField(label=gettext_lazy("Deliver here unless I say otherwise"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_kindly(self)


def values_of(address: SavedAddress) -> dict[str, Any]:
    """Return what the form of a kept address begins with."""
    values = {column: getattr(address, column) for column in COLUMNS.values()}
    return values | {"phone": shown_phone(address.phone), "is_default": address.is_default}
