"""To whom the invoice of a purchase is made out: the unit as its papers say, unless its buyer says otherwise."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core.credit_codes import normalise_credit_code
from shop.core.exceptions import ShopError
from shop.procurement.exceptions import ProcurementError


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


def wish_of(organisation: Organisation) -> InvoiceWish:
    """Return what a unit's first request starts with."""
    return InvoiceWish(organisation.name, organisation.credit_code)


def checked_wish(wish: InvoiceWish, *, organisation: Organisation) -> InvoiceWish:
    """Return the wish as it is stored.

    Raises ProcurementError naming the field: a tax number that is none, a title without one (a demonstration
    unit may have none), an address that is none, and details without a title.
    """
    title, email = wish.title.strip(), wish.email.strip()
    try:
        tax_number = normalise_credit_code(wish.tax_number)
    except ShopError as refused:
        raise ProcurementError(str(refused), code="tax_number", field="invoice_tax_number") from refused
    if (tax_number or email) and not title:
        raise ProcurementError(
            _("Say to whom the invoice is made out, or leave all three fields empty for none."),
            code="invoice_title",
            field="invoice_title",
        )
    if title and not tax_number and not organisation.demo:
        raise ProcurementError(
            _("An invoice to a unit needs its tax number."), code="tax_number", field="invoice_tax_number"
        )
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise ProcurementError(
            _("This is not an e-mail address."), code="invoice_email", field="invoice_email"
        ) from error
    return InvoiceWish(title[:80], tax_number, email[:254])
