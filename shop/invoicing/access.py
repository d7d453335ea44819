"""Who may open the pages of invoices, and who of a unit asks for them."""

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.buyers.access import acting_as, unit_page

__all__ = ["may_ask_for_unit", "supplier_page", "unit_page"]

supplier_page = require_roles(Role.SUPPLIER)
#: Who buys, pays or answers for a unit; who only counts what arrives reads along.
ASKERS = (Role.BUYER, Role.APPROVER, Role.UNIT_FINANCE, Role.OWNER)


def may_ask_for_unit(request: ScopedRequest) -> bool:
    """Say whether the visitor may ask for invoices of the unit that they act for. No query."""
    return bool(acting_as(request, *ASKERS).organisations)
