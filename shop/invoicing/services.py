"""The verbs of invoicing: read this first, then the module of the verb. Each call is one transaction.

request_from_wish (by itself) or request_invoices → record_invoice by the supplier, keep_file → credit_invoice for an
executed refund; ask_exchange → exchange_invoice opens a new request; withdraw_requests before anything is issued, and
withdraw_empty_requests when nothing is left to be invoiced.
"""

from shop.invoicing.crediting import credit_invoice, exchange_invoice
from shop.invoicing.recording import WrittenLine, keep_file, record_invoice
from shop.invoicing.requests import (
    ask_exchange,
    request_from_wish,
    request_invoices,
    withdraw_empty_requests,
    withdraw_requests,
)

__all__ = [
    "WrittenLine",
    "ask_exchange",
    "credit_invoice",
    "exchange_invoice",
    "keep_file",
    "record_invoice",
    "request_from_wish",
    "request_invoices",
    "withdraw_empty_requests",
    "withdraw_requests",
]
