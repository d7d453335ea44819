"""The file of a pay-out list that is taken to the bank, as CSV or XLSX. No cell can be a formula, no digit is lost."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import new_cell, new_workbook
from shop.settlement.models import PayoutItem

#: The byte order mark lets spreadsheet programs read a CSV as UTF-8.
_MARK = "\ufeff"
_WIDTHS = (6, 28, 28, 28, 14, 24)


def _columns() -> list[str]:
    return [_("No."), _("Account holder"), _("Account number"), _("Bank"), _("Amount (yuan)"), _("Remark")]


def bank_csv(items: Sequence[PayoutItem]) -> bytes:
    """Return the items with their full account numbers; a tab behind a number keeps spreadsheets from rounding it."""
    buffer = io.StringIO()
    buffer.write(_MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_columns())
    for index, holder, number, bank, fen, reference in _rows(items):
        row = (index, inert(holder), f"{number}\t", inert(bank), f"{to_yuan(fen)}", inert(reference))
        writer.writerow(row)
    return buffer.getvalue().encode()


def bank_xlsx(items: Sequence[PayoutItem]) -> bytes:
    """Return the items as a workbook: account numbers are text, amounts are numbers, the header stays in view."""
    book = new_workbook(write_only=True)
    page = book.create_sheet(_("Pay-outs"))
    page.freeze_panes = "A2"
    for index, width in enumerate(_WIDTHS):
        page.column_dimensions[chr(ord("A") + index)].width = width

    def text(value: str) -> Any:
        cell = new_cell(page, value)
        cell.data_type, cell.number_format = "s", "@"
        return cell

    page.append([text(name) for name in _columns()])
    for index, holder, number, bank, fen, reference in _rows(items):
        amount = new_cell(page, to_yuan(fen))
        amount.number_format = "#,##0.00"
        # A number of an account has only digits: as text it is inert already.
        page.append(
            [index, text(inert(holder)), text(number), text(inert(bank)), amount, text(inert(reference))]
        )
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def _rows(items: Sequence[PayoutItem]) -> Iterator[tuple[int, str, str, str, int, str]]:
    for index, item in enumerate(items, start=1):
        if item.account is not None:
            yield index, item.account.holder, item.account.number, item.account.bank, item.fen, item.reference
