"""The test report of a product, as the card of its origin names it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.forks.catalogue.product_values import OriginRow
from shop.listings.selectors import Shelf, report_of_product


def report_rows(product_id: int, shelf: Shelf) -> tuple[OriginRow, ...]:
    """Return the row that leads to the report that speaks of the product; nothing where none holds today."""
    report = report_of_product(product_id, clock.today(), shelf)
    if report is None:
        return ()
    text = _("%(number)s, checked by the shop") % {"number": report.number}
    if report.issued_on:
        text = _("%(number)s of %(day)s, checked by the shop") % {
            "number": report.number,
            "day": report.issued_on.isoformat(),
        }
    return (OriginRow(_("Test report"), text, reverse("storefront:product_report", args=[product_id])),)
