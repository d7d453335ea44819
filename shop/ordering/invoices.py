"""To whom the invoice of an order is made out: what buyers write, checked, and what an order keeps of it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.credit_codes import normalise_credit_code
from shop.core.exceptions import ShopError
from shop.ordering.exceptions import InvoiceRefused

TITLE_LENGTH = 80
EMAIL_LENGTH = 254
#: Older numbers of companies have 15 characters, those of a trade in a person's name 20; a credit code has 18.
CREDIT_CODE_LENGTH = 18
TAX_NUMBER_LENGTHS = (15, CREDIT_CODE_LENGTH, 20)


class InvoiceKind(TextChoices):
    """For whom the invoice of a resident's order is."""

    NONE = "none", gettext_lazy("No invoice")
    PERSONAL = "personal", gettext_lazy("Invoice for a person")
    COMPANY = "company", gettext_lazy("Invoice for a company or unit")


@dataclass(frozen=True)
class InvoiceWish:
    """Title, tax number, and where the electronic invoice is sent. Without a title none is wanted."""

    title: str = ""
    tax_number: str = ""
    email: str = ""

    def as_kept(self) -> dict[str, str]:
        """Return what an order keeps of it: nothing when no invoice is wanted."""
        if not self.title:
            return {}
        kept = {"title": self.title, "tax_number": self.tax_number, "email": self.email}
        return {name: value for name, value in kept.items() if value}


def normalise_tax_number(typed: str, *, credit_code_only: bool = False) -> str:
    """Return a tax number as stored: capitals and digits, wide characters, blanks and hyphens undone; "" for "".

    Raises InvoiceRefused (field invoice_tax_number) unless it has 15, 18 or 20 characters; one of 18 must be a
    credit code with its check character, and with `credit_code_only` there is no other.
    """
    number = "".join(unicodedata.normalize("NFKC", typed).upper().replace("-", " ").split())
    try:
        if credit_code_only or len(number) in (0, CREDIT_CODE_LENGTH):
            return normalise_credit_code(number)
    except ShopError as refused:
        raise InvoiceRefused(refused.message, code="tax_number", field="invoice_tax_number") from refused
    if len(number) not in TAX_NUMBER_LENGTHS or not (number.isascii() and number.isalnum()):
        raise InvoiceRefused(
            _("A tax number has 15, 18 or 20 letters and digits. Please compare it with the papers."),
            code="tax_number",
            field="invoice_tax_number",
        )
    return number


def checked_wish(wish: InvoiceWish, *, needs_tax_number: bool, credit_code_only: bool = False) -> InvoiceWish:
    """Return the wish as it is stored.

    Raises InvoiceRefused naming the field: a tax number that is none, a title without one where it needs one, an
    address that is none, and details without a title.
    """
    title, email = wish.title.strip(), wish.email.strip()
    tax_number = normalise_tax_number(wish.tax_number, credit_code_only=credit_code_only)
    if (tax_number or email) and not title:
        raise InvoiceRefused(
            _("Say to whom the invoice is made out, or leave all three fields empty for none."),
            code="invoice_title",
            field="invoice_title",
        )
    if title and not tax_number and needs_tax_number:
        raise InvoiceRefused(
            _("An invoice to a unit needs its tax number."), code="tax_number", field="invoice_tax_number"
        )
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise InvoiceRefused(
            _("This is not an e-mail address."), code="invoice_email", field="invoice_email"
        ) from error
    return InvoiceWish(title[:TITLE_LENGTH], tax_number, email[:EMAIL_LENGTH])


def kept_wish(wish: Mapping[str, Any]) -> dict[str, str]:
    """Return the wish that an order is placed with, as it keeps it.

    Raises InvoiceRefused for details without a title, and TypeError for a part that no invoice has.
    """
    parts = InvoiceWish(**wish)
    if wish and not parts.title:
        raise InvoiceRefused(
            _("Say to whom the invoice is made out, or leave all three fields empty for none."),
            code="invoice_title",
            field="invoice_title",
        )
    return parts.as_kept()
