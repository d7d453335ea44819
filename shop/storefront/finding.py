"""Finding a guest's order again: by its number and a code sent to the phone that placed it."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.forms import ChallengedPhone, PhoneField, dress_code
from shop.accounts.phone_codes import ask_code, spend_phone_code
from shop.accounts.ports import TextMessage
from shop.core.exceptions import ShopError
from shop.ordering.guests import remember_guest_order
from shop.ordering.selectors import order_of_guest

PURPOSE = "guest_order"


class FindForm(ChallengedPhone, forms.Form):
    """Number and phone; from the second text on a question comes first."""

    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=32,
        help_text=gettext_lazy("It begins with YS and stands in every message about the order."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    phone = PhoneField(label=gettext_lazy("The mobile number that you ordered with"))

    def clean_number(self) -> str:
        """Return the number as orders have it."""
        return "".join(str(self.cleaned_data["number"]).split()).upper()


class CodeForm(forms.Form):
    """The code that was sent."""

    code = forms.CharField(max_length=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self.fields["code"])


def ask_for_order(request: HttpRequest, *, number: str, phone: str) -> None:
    """Send a code to the phone if it placed the order, else a text that says that there is none.

    Page and time are the same for both, so that nobody learns which orders there are. Raises what `ask_code` raises.
    """
    known = order_of_guest(number, phone) is not None
    text = _("Somebody looked for an order with this mobile number. There is none with that order number.")
    unknown = None if known else TextMessage(phone=phone, text=text, kind="no_order")
    ask_code(request, purpose=PURPOSE, phone=phone, about=number, unknown=unknown)


def open_found_order(request: HttpRequest, *, typed: str) -> str:
    """Let this browser open the order that the code was asked for, and return its number. Raises ShopError."""
    asked = spend_phone_code(request, purpose=PURPOSE, typed=typed)
    record = order_of_guest(asked.about, asked.phone)
    if record is None:
        raise ShopError(_("The code is not right."), code="code_wrong", field="code")
    remember_guest_order(request.session, record.number)
    return record.number
