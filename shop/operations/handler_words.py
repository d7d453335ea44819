"""The parts of the shop that take messages, in words: a handler is named `part.what_it_does`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PARTS: dict[str, str | Promise] = {
    "ledger": _("Ledger of consumption support"),
    "settlement": _("Settlement with suppliers"),
    "fulfilment": _("Shipping and after-sales"),
    "gateways": _("Payments and refunds"),
    "notifications": _("Messages to buyers and suppliers"),
    "procurement": _("Unit purchasing"),
    "invoicing": _("Invoices of suppliers"),
    "suppliers": _("Suppliers' applications"),
}


def part_of(handler: str) -> str:
    """Return the part that a handler belongs to; the name itself of one that the shop no longer has."""
    return str(PARTS.get(handler.partition(".")[0], handler))
