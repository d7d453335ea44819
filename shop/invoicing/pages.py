"""What pages show of an order's invoices, and what their buyer may do there: ask, exchange, withdraw."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.files.links import shown
from shop.invoicing.exceptions import InvoicingError
from shop.invoicing.forms import WishForm
from shop.invoicing.models import RequestState
from shop.invoicing.requests import ask_exchange, is_asked, request_invoices, withdraw_requests
from shop.invoicing.selectors import Papers, may_ask, papers_of_order
from shop.ordering.invoices import InvoiceWish, checked_wish
from shop.ordering.models import OrderRecord


def paper_rows(rows: Iterable[Papers], *, user_id: int | None) -> list[dict[str, Any]]:
    """Return requests as `shop/invoicing/_request.html` shows them; the files' addresses are the reader's own."""
    return [
        {
            "request": row.request,
            "invoices": row.invoices,
            "files": shown(row.files, user_id=user_id),
            "net_fen": row.net_fen,
            "has_credits": len(row.invoices) > 1,
        }
        for row in rows
    ]


def order_invoices(record: OrderRecord, *, user_id: int | None) -> dict[str, Any]:
    """Return what the page of an order shows of its invoices. One query. `record` has its shares prefetched."""
    rows = papers_of_order(record)
    states = {row.request.state for row in rows}
    return {
        "rows": paper_rows(rows, user_id=user_id),
        "may_ask": may_ask(record, rows),
        "may_exchange": RequestState.ISSUED in states,
        "may_withdraw": RequestState.REQUESTED in states,
    }


def wish_form(request: HttpRequest, shown_now: dict[str, Any], first: InvoiceWish) -> WishForm:
    """Return the form of to whom it is made out: what was said last, at first `first`."""
    last = shown_now["rows"][-1]["request"] if shown_now["rows"] else None
    wish = InvoiceWish(last.title, last.tax_number, last.email) if last else first
    initial = {
        "invoice_title": wish.title,
        "invoice_tax_number": wish.tax_number,
        "invoice_email": wish.email,
    }
    is_typed = request.method == "POST" and request.POST.get("act") != "withdraw"
    return WishForm(request.POST if is_typed else None, initial=initial)


def act(
    request: HttpRequest,
    record: OrderRecord,
    form: WishForm,
    *,
    needs_tax_number: bool,
    asked_by: int | None,
) -> str:
    """Do what a buyer's button says: withdraw, exchange, or else ask. Return what to say of it.

    Asking twice never asks for an exchange. Empty where the form is refused, with the reason in it. The caller has
    checked that the order is the visitor's.
    """
    asked = request.POST.get("act")
    if asked == "withdraw":
        withdraw_requests(record_id=record.pk, actor_id=asked_by)
        return _("The request for an invoice is withdrawn.")
    if not form.is_valid():
        return ""
    try:
        wish = checked_wish(form.wish(), needs_tax_number=needs_tax_number, credit_code_only=needs_tax_number)
        if asked == "exchange":
            ask_exchange(record_id=record.pk, wish=wish, asked_by=asked_by)
            return _("The suppliers have been asked to exchange the invoice.")
        _ask(record, wish, asked_by)
    except ShopError as refused:
        add_refusal(form, refused)
        return ""
    return _("The suppliers have been asked for the invoice.")


def _ask(record: OrderRecord, wish: InvoiceWish, asked_by: int | None) -> None:
    """Ask for what is left; a second press finds that it is done."""
    try:
        request_invoices(record_id=record.pk, wish=wish, asked_by=asked_by)
    except InvoicingError as refused:
        if refused.code != "nothing" or not is_asked(record_id=record.pk, wish=wish):
            raise
