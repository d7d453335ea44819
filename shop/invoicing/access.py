"""Who may open the pages of invoices."""

from shop.accounts.access import require_roles
from shop.accounts.models import Role
from shop.buyers.access import unit_page

__all__ = ["supplier_page", "unit_page"]

supplier_page = require_roles(Role.SUPPLIER)
