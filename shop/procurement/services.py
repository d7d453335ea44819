"""The verbs of procurement: read this first, then the module of the verb.

A purchase: create_request → store_upload, correct_upload, apply_upload, add_goods, save_quantities →
save_delivery → submit_request → approve_request (places the order) or reject_request → reopen_request.
An acceptance: report_acceptance → approve_acceptance by another member; receive_counted_parcels follows.
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

__all__ = [
    "Arrival",
    "Counted",
    "Decision",
    "add_goods",
    "apply_upload",
    "approve_acceptance",
    "approve_request",
    "cancel_request",
    "correct_upload",
    "create_request",
    "receive_counted_parcels",
    "reject_request",
    "reopen_request",
    "report_acceptance",
    "save_delivery",
    "save_quantities",
    "store_upload",
    "submit_request",
    "withdraw_acceptance",
]
