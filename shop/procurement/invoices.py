"""To whom the invoice of a purchase is made out: the unit as its papers say, unless its buyer says otherwise."""

from shop.buyers.models import InvoiceProfile, Organisation
from shop.ordering import invoices
from shop.ordering.invoices import InvoiceWish

__all__ = ["InvoiceWish", "checked_wish", "kept_by", "wish_of"]


def kept_by(organisation: Organisation) -> InvoiceWish | None:
    """Return what the unit has written down for its invoices; None where nobody has. One query."""
    kept = InvoiceProfile.objects.filter(organisation=organisation).first()
    return InvoiceWish(kept.title, kept.tax_number, kept.email) if kept else None


def wish_of(organisation: Organisation) -> InvoiceWish:
    """Return what a unit's first request starts with."""
    return InvoiceWish(organisation.name, organisation.credit_code)


def checked_wish(wish: InvoiceWish, *, organisation: Organisation) -> InvoiceWish:
    """Return the wish as it is stored. A unit's tax number is its credit code; a demonstration unit may have none.

    Raises InvoiceRefused naming the field.
    """
    return invoices.checked_wish(wish, needs_tax_number=not organisation.demo, credit_code_only=True)
