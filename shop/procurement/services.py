"""The verbs of procurement: read this first, then the module of the verb.

A purchase: create_request → store_upload, correct_upload, apply_upload, add_goods, save_quantities →
save_delivery, write_quote; store_roster, confirm_roster where the goods go to many, drop_roster → submit_request →
approve_request (each step of the chain that set_approval_rule asks for; the last places the order) or reject_request →
reopen_request.
After placing, while nothing has left: correct_recipient, or cancel_order and copy_request.
To many: make_consignments by the worker once the order may ship; note_signatures off the paper that people signed.
Bought again: keep_list → use_list, reorder; both come to the preview of a list.
Prices: ask_price → offer_price, counter_price → accept_price or refuse_price → order_at_prices; withdraw_price, and
expire_prices by the clock.
An acceptance: report_acceptance → approve_acceptance by another member; receive_counted_parcels follows.
A negotiation, by the staff: open_lead → note_step until it is ordered or lost.
"""

from shop.procurement.acceptance import (
    Arrival,
    Counted,
    approve_acceptance,
    receive_counted_parcels,
    report_acceptance,
    withdraw_acceptance,
)
from shop.procurement.approvals import (
    Decision,
    approve_request,
    reject_request,
    reopen_request,
    submit_request,
)
from shop.procurement.chain import set_approval_rule
from shop.procurement.changes import cancel_order, copy_request, correct_recipient
from shop.procurement.dispatch import make_consignments
from shop.procurement.drafts import (
    add_goods,
    apply_upload,
    cancel_request,
    correct_upload,
    create_request,
    save_delivery,
    save_quantities,
    store_upload,
)
from shop.procurement.leads import note_step, open_lead
from shop.procurement.ordering_at_prices import drop_prices, order_at_prices
from shop.procurement.price_asking import ask_price
from shop.procurement.price_requests import (
    accept_price,
    counter_price,
    expire_prices,
    offer_price,
    refuse_price,
    withdraw_price,
)
from shop.procurement.quotes import remove_quote, write_quote
from shop.procurement.rosters import confirm_roster, drop_roster, store_roster
from shop.procurement.saved import drop_list, keep_list, reorder, use_list
from shop.procurement.signing_off import note_signatures

__all__ = [
    "Arrival",
    "Counted",
    "Decision",
    "accept_price",
    "add_goods",
    "apply_upload",
    "approve_acceptance",
    "approve_request",
    "ask_price",
    "cancel_order",
    "cancel_request",
    "confirm_roster",
    "copy_request",
    "correct_recipient",
    "correct_upload",
    "counter_price",
    "create_request",
    "drop_list",
    "drop_prices",
    "drop_roster",
    "expire_prices",
    "keep_list",
    "make_consignments",
    "note_signatures",
    "note_step",
    "offer_price",
    "open_lead",
    "order_at_prices",
    "receive_counted_parcels",
    "refuse_price",
    "reject_request",
    "remove_quote",
    "reopen_request",
    "reorder",
    "report_acceptance",
    "save_delivery",
    "save_quantities",
    "set_approval_rule",
    "store_roster",
    "store_upload",
    "submit_request",
    "use_list",
    "withdraw_acceptance",
    "withdraw_price",
    "write_quote",
]
