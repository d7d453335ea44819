"""The verbs of ordering: read this first, then the module of the verb.

A sale: quote_basket → place_order (unpaid, stock held) → mark_order_paid (paid, released) →
consume_allocation per parcel → record_fulfilment. An organisation's: approved terms let it ship unpaid
(release_on_terms), its report confirms it (accept_units, reject_units). The other ends: begin_close →
finish_close before payment, reduce_order before payment, request_refund → begin_refund →
record_refund_result after it; a suspended supplier's goods leave a mixed order by ask_cut → cut_supplier.
What the staff do besides: stop_shipping, write_note, request_reshipment;
with what suppliers bring: approve_stock, publish_draft.
What a person keeps to order with: save_address, change_address, make_default, remove_address.
"""

from shop.ordering.acceptance import accept_units, acceptable_units, reject_units
from shop.ordering.addresses import change_address, make_default, remove_address, save_address
from shop.ordering.attention import clear_attention
from shop.ordering.balances import Shelf, adjust_stock, move_units, set_stock
from shop.ordering.closing import OrderIsPaid, OrderIsReleased, begin_close, finish_close
from shop.ordering.cuts import ask_cut, cut_supplier, leave_cut, stop_cut
from shop.ordering.desk import resume_shipping, stop_shipping, take_form, write_note
from shop.ordering.exceptions import (
    AcceptanceRefused,
    AddressRefused,
    CannotPlace,
    InvoiceRefused,
    OrderingError,
    OutOfStock,
    QuoteChanged,
    RefundRefused,
    StockRefused,
    TermsRefused,
    WrongState,
)
from shop.ordering.fulfilment_state import record_fulfilment
from shop.ordering.holds import hold_until
from shop.ordering.lots import correct_lot, receive_lot, withhold_expired
from shop.ordering.payment import (
    Applied,
    OfferedPayment,
    PayOutcome,
    mark_order_paid,
    pay_locked_order,
    release_order,
)
from shop.ordering.placing import PlacedOrder, place_order
from shop.ordering.portions import ChargeOf, FenOf, Portion, UnitsOf
from shop.ordering.quote_parts import Problem, QuoteLine, SupplierQuote
from shop.ordering.quotes import Quote, quote_basket
from shop.ordering.recipients import Recipient
from shop.ordering.reductions import reduce_order
from shop.ordering.refunds import (
    approve_refund,
    begin_refund,
    record_refund_result,
    request_refund,
    withdraw_refund,
)
from shop.ordering.reshipments import (
    ReshipmentRefused,
    cancel_reshipment,
    record_reship_signed,
    record_reshipped,
    request_reshipment,
)
from shop.ordering.shortages import reduce_or_refund_units
from shop.ordering.status import CloseReason, Pool
from shop.ordering.stock import consume_allocation, release_allocation, return_to_stock
from shop.ordering.supplier_stock import approve_stock, propose_stock, publish_draft
from shop.ordering.terms import open_terms_fen, release_on_terms

__all__ = [
    "AcceptanceRefused",
    "AddressRefused",
    "Applied",
    "CannotPlace",
    "ChargeOf",
    "CloseReason",
    "FenOf",
    "InvoiceRefused",
    "OfferedPayment",
    "OrderIsPaid",
    "OrderIsReleased",
    "OrderingError",
    "OutOfStock",
    "PayOutcome",
    "PlacedOrder",
    "Pool",
    "Portion",
    "Problem",
    "Quote",
    "QuoteChanged",
    "QuoteLine",
    "Recipient",
    "RefundRefused",
    "ReshipmentRefused",
    "Shelf",
    "StockRefused",
    "SupplierQuote",
    "TermsRefused",
    "UnitsOf",
    "WrongState",
    "accept_units",
    "acceptable_units",
    "adjust_stock",
    "approve_refund",
    "approve_stock",
    "ask_cut",
    "begin_close",
    "begin_refund",
    "cancel_reshipment",
    "change_address",
    "clear_attention",
    "consume_allocation",
    "correct_lot",
    "cut_supplier",
    "finish_close",
    "hold_until",
    "leave_cut",
    "make_default",
    "mark_order_paid",
    "move_units",
    "open_terms_fen",
    "pay_locked_order",
    "place_order",
    "propose_stock",
    "publish_draft",
    "quote_basket",
    "receive_lot",
    "record_fulfilment",
    "record_refund_result",
    "record_reship_signed",
    "record_reshipped",
    "reduce_or_refund_units",
    "reduce_order",
    "reject_units",
    "release_allocation",
    "release_on_terms",
    "release_order",
    "remove_address",
    "request_refund",
    "request_reshipment",
    "resume_shipping",
    "return_to_stock",
    "save_address",
    "set_stock",
    "stop_cut",
    "stop_shipping",
    "take_form",
    "withdraw_refund",
    "withhold_expired",
    "write_note",
]
