"""The verbs of ordering: read this first, then the module of the verb.

A sale: quote_basket → place_order (unpaid, stock held) → mark_order_paid (paid, released) →
consume_allocation per parcel → record_fulfilment. The other ends: begin_close → finish_close before
payment, reduce_order before payment, request_refund → begin_refund → record_refund_result after it.
"""

from shop.ordering.attention import clear_attention
from shop.ordering.closing import OrderIsPaid, begin_close, finish_close
from shop.ordering.exceptions import (
    CannotPlace,
    OrderingError,
    OutOfStock,
    QuoteChanged,
    RefundRefused,
    StockRefused,
    WrongState,
)
from shop.ordering.fulfilment_state import record_fulfilment
from shop.ordering.holds import hold_until
from shop.ordering.payment import Applied, OfferedPayment, PayOutcome, mark_order_paid, release_order
from shop.ordering.placing import PlacedOrder, place_order
from shop.ordering.portions import ChargeOf, FenOf, Portion, UnitsOf
from shop.ordering.quotes import Problem, Quote, QuoteLine, SupplierQuote, quote_basket
from shop.ordering.recipients import Recipient
from shop.ordering.reductions import reduce_order
from shop.ordering.refunds import (
    approve_refund,
    begin_refund,
    record_refund_result,
    request_refund,
    withdraw_refund,
)
from shop.ordering.status import CloseReason
from shop.ordering.stock import (
    adjust_stock,
    consume_allocation,
    release_allocation,
    return_to_stock,
    set_stock,
)

__all__ = [
    "Applied",
    "CannotPlace",
    "ChargeOf",
    "CloseReason",
    "FenOf",
    "OfferedPayment",
    "OrderIsPaid",
    "OrderingError",
    "OutOfStock",
    "PayOutcome",
    "PlacedOrder",
    "Portion",
    "Problem",
    "Quote",
    "QuoteChanged",
    "QuoteLine",
    "Recipient",
    "RefundRefused",
    "StockRefused",
    "SupplierQuote",
    "UnitsOf",
    "WrongState",
    "adjust_stock",
    "approve_refund",
    "begin_close",
    "begin_refund",
    "clear_attention",
    "consume_allocation",
    "finish_close",
    "hold_until",
    "mark_order_paid",
    "place_order",
    "quote_basket",
    "record_fulfilment",
    "record_refund_result",
    "reduce_order",
    "release_allocation",
    "release_order",
    "request_refund",
    "return_to_stock",
    "set_stock",
    "withdraw_refund",
]
