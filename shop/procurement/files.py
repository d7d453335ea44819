"""Files that a unit takes away: the empty list to fill in, and what is wrong with a filled one."""

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.core import clock
from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import new_workbook
from shop.listings.models import Listing, ListingState
from shop.listings.selectors import ANY_QUANTITY, current_shelf, steps_on
from shop.procurement.checking import Fault, bulk_left

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

#: The byte order mark lets spreadsheet programs read a CSV as UTF-8.
MARK = "\ufeff"


def fault_csv(faults: Iterable[Fault]) -> str:
    """Return the faults of a list: row, column, what stands there, reason."""
    rows = [[pgettext("in a list", "Row"), _("Column"), _("What stands there"), _("Reason")]]
    rows += [
        [str(fault.row), inert(fault.column), inert(fault.value), inert(fault.reason)] for fault in faults
    ]
    return _csv(rows)


def template_csv() -> str:
    """Return a list with the names of the two columns only."""
    return _csv([[_("SKU"), _("Quantity")]])


def template_xlsx() -> bytes:
    """Return a workbook with an empty list, and what can be ordered in bulk on a second sheet.

    Four queries at most.
    """
    book = new_workbook()
    sheet = book.worksheets[0]
    sheet.title = _("order list")
    sheet.append([_("SKU"), _("Quantity")])
    _wide(sheet, (22, 12))
    goods = book.create_sheet(_("for sale in bulk"))
    names = (_("SKU"), _("Product"), _("Specification"), _("Price (yuan)"), _("Left in bulk"))
    goods.append([*names, _("Least quantity"), _("Quantity step"), _("Units in a case")])
    _wide(goods, (22, 32, 18, 14, 12, 12, 8, 12))
    steps = steps_on(current_shelf(), clock.today())
    listings = list(
        Listing.objects.filter(state=ListingState.PUBLISHED, product__is_public=True).order_by("sku")
    )
    left = bulk_left(listing.product_id for listing in listings)
    for listing in listings:
        units = left.get(listing.product_id, 0)
        if units:
            texts = [inert(text) for text in (listing.sku, listing.name_zh, listing.spec)]
            step = steps.get(listing.product_id, ANY_QUANTITY)
            goods.append([*texts, to_yuan(listing.price_fen), units, step.least, step.step, step.case])
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def roster_csv() -> str:
    """Return a list of people with the names of its columns only."""
    return _csv([_roster_columns()])


def roster_xlsx() -> bytes:
    """Return a workbook with an empty list of people; numbers typed into it stay text."""
    book = new_workbook()
    sheet = book.worksheets[0]
    sheet.title = _("recipients")
    sheet.append(_roster_columns())
    _wide(sheet, (14, 18, 22, 60, 10))
    sheet.column_dimensions["B"].number_format = "@"
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def _roster_columns() -> list[str]:
    """Return columns that `roster_files` reads: the Chinese names are known in every language."""
    return ["姓名", "手机号", "部门", "地址", "份数"]


def _wide(sheet: "Worksheet", widths: Iterable[int]) -> None:
    for letter, width in zip("ABCDEFGH", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _csv(rows: Iterable[Iterable[str]]) -> str:
    buffer = io.StringIO()
    buffer.write(MARK)
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
