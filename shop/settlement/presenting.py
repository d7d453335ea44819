"""What the pages of suppliers and staff show alike."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop.core.paging import page_of
from shop.settlement.models import Kind, SupplierStatement
from shop.settlement.picture import bars
from shop.settlement.reckoning import StatementLine, entries_of_period, lines_of
from shop.settlement.selectors import Balances
from shop.settlement.statement_pdf import statement_pdf, sums_of
from shop.settlement.terms import Period


def places_of(found: Balances) -> Mapping[str, Any]:
    """Return where a supplier's money stands: as a picture, and as the table below it."""
    rows = [
        (_("Not confirmed yet"), found.pending, "unapplied"),
        (_("Confirmed, to be paid"), found.payable, "applied"),
        (_("In a pay-out list"), found.listed, "applied"),
        (_("Paid"), found.paid, "back"),
    ]
    return {"balances": found, "bars": bars(rows)}


def lines_of_statement(statement: SupplierStatement) -> list[StatementLine]:
    """Return what a statement is made of. One query."""
    period = Period(statement.starts_on, statement.ends_on)
    return lines_of(entries_of_period(statement.supplier.code, statement.demo, period))


def shown_statement(request: HttpRequest, statement: SupplierStatement) -> dict[str, Any]:
    """Return the statement with its sums and a page of its lines."""
    lines = lines_of_statement(statement)
    page: Page[StatementLine] = page_of(request, [line for line in lines if line.kind != Kind.PAYOUT])
    return {
        "statement": statement,
        "sums": sums_of(statement),
        "page_obj": page,
        "payout_lines": [line for line in lines if line.kind == Kind.PAYOUT],
    }


def pdf_response(statement: SupplierStatement) -> HttpResponse:
    """Return the statement as a file."""
    response = HttpResponse(
        statement_pdf(statement, lines_of_statement(statement)), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="{statement.number}.pdf"'
    return response
