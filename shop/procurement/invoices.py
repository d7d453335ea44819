"""To whom the invoice of a purchase is made out: the unit as its papers say, unless its buyer says otherwise."""

from shop.buyers.models import Organisation
from shop.ordering import invoices
from shop.ordering.invoices import InvoiceWish

__all__ = ["InvoiceWish", "checked_wish", "wish_of"]


def wish_of(organisation: Organisation) -> InvoiceWish:
    """Return what a unit's first request starts with."""
    return InvoiceWish(organisation.name, organisation.credit_code)


def checked_wish(wish: InvoiceWish, *, organisation: Organisation) -> InvoiceWish:
    """Return the wish as it is stored. A unit's tax number is its credit code; a demonstration unit may have none.

    Raises InvoiceRefused naming the field.
    """
    return invoices.checked_wish(wish, needs_tax_number=not organisation.demo, credit_code_only=True)
