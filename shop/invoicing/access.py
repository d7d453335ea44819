"""Who may open the pages of invoices."""

from shop.accounts.access import require_roles
from shop.accounts.models import Role

#: Whoever of a unit collects its invoices: its finance, too, once that is a role of its own.
UNIT_ROLES = (Role.BUYER, Role.APPROVER)
unit_page = require_roles(*UNIT_ROLES)
supplier_page = require_roles(Role.SUPPLIER)
