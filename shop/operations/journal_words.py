"""What stands in the journal, in words: acts, the things they are about, and reasons that are kept as codes.

Every act has a word here or among the steps of orders and after-sales; a test reads them off the code.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from shop.fulfilment.returns.selectors import STEP_NAMES
from shop.ordering.status import CloseReason, Step

#: By the act; by kind of thing and act where two things have acts of the same name.
ACTIONS: Mapping[str, str | Promise] = {
    "accounts.save_user": pgettext_lazy("journal", "Person written down or changed"),
    "accounts.grant_role": pgettext_lazy("journal", "Role given"),
    "accounts.revoke_role": pgettext_lazy("journal", "Role taken away"),
    "accounts.closed": pgettext_lazy("journal", "Account closed"),
    "accounts.reopened": pgettext_lazy("journal", "Account opened again"),
    "accounts.password_set": pgettext_lazy("journal", "Password set"),
    "accounts.phone_set": pgettext_lazy("journal", "Mobile number changed"),
    "accounts.second_factor_set_up": pgettext_lazy("journal", "Second factor set up"),
    "accounts.second_factor_removed": pgettext_lazy("journal", "Second factor removed"),
    "accounts.second_factor_reset": pgettext_lazy("journal", "Second factor reset"),
    "accounts.recovery_code_used": pgettext_lazy("journal", "Recovery code used"),
    "accounts.recovery_codes_made": pgettext_lazy("journal", "New recovery codes"),
    "accounts.session_ended": pgettext_lazy("journal", "Session ended by its owner"),
    "accounts.other_sessions_ended": pgettext_lazy("journal", "All other sessions ended by their owner"),
    "organisation.registered": pgettext_lazy("journal", "Organisation registered"),
    "organisation.pending": pgettext_lazy("journal", "Organisation waits for verification"),
    "organisation.verified": pgettext_lazy("journal", "Organisation verified"),
    "organisation.suspended": pgettext_lazy("journal", "Organisation suspended"),
    "organisation.member_added": pgettext_lazy("journal", "Member added"),
    "organisation.member_removed": pgettext_lazy("journal", "Member removed"),
    "terms.proposed": pgettext_lazy("journal", "Terms proposed"),
    "terms.approved": pgettext_lazy("journal", "Terms approved"),
    "terms.ended": pgettext_lazy("journal", "Terms ended"),
    "payer_name.added": pgettext_lazy("journal", "Payer of a unit added"),
    "payer_name.removed": pgettext_lazy("journal", "Payer of a unit removed"),
    "application.started": pgettext_lazy("journal", "Application begun"),
    "application.saved": pgettext_lazy("journal", "Application saved"),
    "application.submitted": pgettext_lazy("journal", "Application handed in"),
    "application.recommended": pgettext_lazy("journal", "Application recommended by the county"),
    "application.returned": pgettext_lazy("journal", "Application sent back"),
    "application.admitted": pgettext_lazy("journal", "Application accepted"),
    "application.refused": pgettext_lazy("journal", "Application refused"),
    "document.uploaded": pgettext_lazy("journal", "Document uploaded"),
    "document.removed": pgettext_lazy("journal", "Document removed"),
    "document.verified": pgettext_lazy("journal", "Document verified"),
    "document.refused": pgettext_lazy("journal", "Document refused"),
    "document.replaced": pgettext_lazy("journal", "Document replaced by a newer one"),
    "file.removed": pgettext_lazy("journal", "File removed"),
    "supplier.pending": pgettext_lazy("journal", "Supplier not admitted yet"),
    "supplier.admitted": pgettext_lazy("journal", "Supplier admitted"),
    "supplier.suspended": pgettext_lazy("journal", "Supplier suspended"),
    "supplier_channel.add": pgettext_lazy("journal", "Channel to a supplier added"),
    "supplier_channel.prefer": pgettext_lazy("journal", "Channel to a supplier moved up"),
    "supplier_channel.test": pgettext_lazy("journal", "Channel to a supplier tested"),
    "supplier_channel.switch": pgettext_lazy("journal", "Channel to a supplier switched on or off"),
    "sms_rule.set": pgettext_lazy("journal", "Limits of text messages set"),
    "listing.draft": pgettext_lazy("journal", "Product taken back to draft"),
    "listing.published": pgettext_lazy("journal", "Product put on sale"),
    "listing.withdrawn": pgettext_lazy("journal", "Product taken off sale"),
    "listing.price_set": pgettext_lazy("journal", "Price set"),
    "listing.tiers_set": pgettext_lazy("journal", "Price breaks set"),
    "listing.limit_set": pgettext_lazy("journal", "Purchase limit set"),
    "listing.return_terms_set": pgettext_lazy("journal", "Return terms set"),
    "freight_template.saved": pgettext_lazy("journal", "Freight terms saved"),
    "claim.pending": pgettext_lazy("journal", "Origin claim waits to be verified"),
    "claim.verified": pgettext_lazy("journal", "Origin claim verified"),
    "claim.rejected": pgettext_lazy("journal", "Origin claim rejected"),
    "product_draft.begun": pgettext_lazy("journal", "Product draft begun"),
    "product_draft.saved": pgettext_lazy("journal", "Product draft saved"),
    "product_draft.photo_added": pgettext_lazy("journal", "Photo added to a draft"),
    "product_draft.photo_remove": pgettext_lazy("journal", "Photo removed from a draft"),
    "product_draft.photo_main": pgettext_lazy("journal", "Photo of a draft made the main one"),
    "product_draft.photo_up": pgettext_lazy("journal", "Photo of a draft moved up"),
    "product_draft.photo_down": pgettext_lazy("journal", "Photo of a draft moved down"),
    "product_draft.submitted": pgettext_lazy("journal", "Product draft handed in"),
    "product_draft.withdrawn": pgettext_lazy("journal", "Product draft thrown away"),
    "product_draft.returned": pgettext_lazy("journal", "Product draft sent back"),
    "product_draft.published": pgettext_lazy("journal", "Product draft published"),
    "proposal.opened": pgettext_lazy("journal", "Change of price or stock proposed"),
    "proposal.due": pgettext_lazy("journal", "Proposal approved for a later day"),
    "proposal.applied": pgettext_lazy("journal", "Proposal in force"),
    "proposal.refused": pgettext_lazy("journal", "Proposal refused"),
    "proposal.withdrawn": pgettext_lazy("journal", "Proposal taken back"),
    "proposal.lapsed": pgettext_lazy("journal", "Proposal lapsed"),
    "stock.changed": pgettext_lazy("journal", "Stock corrected"),
    "stock.received": pgettext_lazy("journal", "Lot received"),
    "stock.moved": pgettext_lazy("journal", "Stock moved"),
    "stock.imported": pgettext_lazy("journal", "Stock changed by file"),
    "stock.lot_corrected": pgettext_lazy("journal", "Dates of a lot corrected"),
    "stock.units_changed": pgettext_lazy("journal", "Other units for an order"),
    "stock.thresholds_set": pgettext_lazy("journal", "Thresholds of stock set"),
    "stock.returned": pgettext_lazy("journal", "Goods are back on the shelf"),
    "request.created": pgettext_lazy("journal", "Purchase request begun"),
    "request.uploaded": pgettext_lazy("journal", "List uploaded to a purchase request"),
    "request.submitted": pgettext_lazy("journal", "Purchase request handed in"),
    "request.approved": pgettext_lazy("journal", "Purchase request approved"),
    "request.rejected": pgettext_lazy("journal", "Purchase request refused"),
    "request.sent_back": pgettext_lazy("journal", "Purchase request sent back"),
    "request.reopened": pgettext_lazy("journal", "Purchase request opened again"),
    "request.cancelled": pgettext_lazy("journal", "Purchase request called off"),
    "acceptance.reported": pgettext_lazy("journal", "Acceptance reported"),
    "acceptance.approved": pgettext_lazy("journal", "Acceptance approved"),
    "acceptance.withdrawn": pgettext_lazy("journal", "Acceptance withdrawn"),
    "transfer.proposed": pgettext_lazy("journal", "Bank transfer entered"),
    "transfer.confirmed": pgettext_lazy("journal", "Bank transfer confirmed"),
    "transfer.rejected": pgettext_lazy("journal", "Bank transfer rejected"),
    "bank_account.saved": pgettext_lazy("journal", "Bank account saved"),
    "bank_account.columns_saved": pgettext_lazy("journal", "Columns of the bank's files saved"),
    "statement.uploaded": pgettext_lazy("journal", "Bank statement uploaded"),
    "statement.confirmed": pgettext_lazy("journal", "Bank statement confirmed"),
    "statement.discarded": pgettext_lazy("journal", "Bank statement discarded"),
    "bill.uploaded": pgettext_lazy("journal", "Channel bill uploaded"),
    "fee_rule.set": pgettext_lazy("journal", "Fee of a channel set"),
    "difference.assigned": pgettext_lazy("journal", "Difference given to a person"),
    "difference.resolved": pgettext_lazy("journal", "Difference settled"),
    "assignment.proposed": pgettext_lazy("journal", "Money proposed for an order"),
    "assignment.approved": pgettext_lazy("journal", "Money assigned to an order"),
    "assignment.withdrawn": pgettext_lazy("journal", "Assignment of money taken back"),
    "move.proposed": pgettext_lazy("journal", "Surplus proposed for another order"),
    "move.approved": pgettext_lazy("journal", "Surplus moved to another order"),
    "move.withdrawn": pgettext_lazy("journal", "Move of a surplus taken back"),
    "payee.proposed": pgettext_lazy("journal", "Another payee proposed"),
    "payee.approved": pgettext_lazy("journal", "Another payee approved"),
    "payee.withdrawn": pgettext_lazy("journal", "Change of the payee taken back"),
    "payment.reconciled": pgettext_lazy("journal", "Payment found by reconciliation"),
    "payment.moved": pgettext_lazy("journal", "Waiting money proposed for another order"),
    "notice.checked": pgettext_lazy("journal", "Payment notice looked into"),
    "refund.retried": pgettext_lazy("journal", "Refund tried again"),
    "payout.sent": pgettext_lazy("journal", "Transfer back reported as sent"),
    "payout.confirmed": pgettext_lazy("journal", "Transfer back confirmed"),
    "payout.on_statement": pgettext_lazy("journal", "Transfer back found on the bank statement"),
    "refund_execution:return.proposed": pgettext_lazy("journal", "Money to be sent back proposed"),
    "refund_execution:return.approved": pgettext_lazy("journal", "Money to be sent back approved"),
    "refund_execution:return.withdrawn": pgettext_lazy("journal", "Proposal to send money back taken back"),
    "refund_execution:return.late_money": pgettext_lazy("journal", "Late money sent back at once"),
    "notice.retry": pgettext_lazy("journal", "Notice sent again by hand"),
    "notice.sent_after_restore": pgettext_lazy("journal", "Notice sent after the restore"),
    "notice.told_before_restore": pgettext_lazy(
        "journal", "Notice known to have gone out before the restore"
    ),
    "outbox.retry_dead": pgettext_lazy("journal", "Message given another round"),
    "outbox.retry_dead_of": pgettext_lazy("journal", "All messages of a handler given another round"),
    "work.taken": pgettext_lazy("journal", "Work taken"),
    "work.left": pgettext_lazy("journal", "Work left to others"),
    "export.refused": pgettext_lazy("journal", "Export refused"),
    "export.downloaded": pgettext_lazy("journal", "File downloaded"),
    "supplier_order.confirm": pgettext_lazy("journal", "Confirmed by the supplier"),
    "parcel.ship": pgettext_lazy("journal", "Parcel shipped"),
    "parcel.correct": pgettext_lazy("journal", "Courier number corrected"),
    "shortage.report": pgettext_lazy("journal", "Shortage reported by the supplier"),
    "shortage.decide": pgettext_lazy("journal", "Shortage decided"),
    "parcel.signed": pgettext_lazy("journal", "Parcel signed for"),
    "parcel.receive": pgettext_lazy("journal", "Parcel received"),
    "parcel.clock_stopped": pgettext_lazy("journal", "Clock of the parcel stopped"),
    "parcel.clock_restarted": pgettext_lazy("journal", "Clock of the parcel runs again"),
    "parcel.trouble": pgettext_lazy("journal", "The courier tells of trouble with the parcel"),
    "parcel.trouble_over": pgettext_lazy("journal", "The parcel is out of trouble"),
    "parcel.trouble_settled": pgettext_lazy("journal", "Trouble with the parcel seen to"),
    "parcel.watched_again": pgettext_lazy("journal", "Tracking service asked again"),
    "supplier_order.settled": pgettext_lazy("journal", "Nothing is left to ship for the supplier"),
    "supplier_order.ship_anyway": pgettext_lazy("journal", "Let go although its supplier is suspended"),
    **dict(Step.choices),
    **STEP_NAMES,
}
#: Things that are written down and changed as a whole.
OBJECTS: Mapping[str, Promise] = {
    "user": pgettext_lazy("journal", "Person"),
    "order": pgettext_lazy("journal", "Order"),
    "organisation": pgettext_lazy("journal", "Organisation"),
    "application": pgettext_lazy("journal", "Application"),
    "supplier": pgettext_lazy("journal", "Supplier"),
    "listing": pgettext_lazy("journal", "Product"),
    "product_draft": pgettext_lazy("journal", "Product draft"),
    "stock": pgettext_lazy("journal", "Stock"),
    "export": pgettext_lazy("journal", "File for download"),
    "assignment": pgettext_lazy("journal", "Assignment of money"),
    "attempt": pgettext_lazy("journal", "Payment attempt"),
    "bill_file": pgettext_lazy("journal", "Channel bill"),
    "difference": pgettext_lazy("journal", "Difference"),
    "fee_rule": pgettext_lazy("journal", "Fee of a channel"),
    "freighttemplate": pgettext_lazy("journal", "Freight terms"),
    "money_move": pgettext_lazy("journal", "Move of a surplus"),
    "outbox_delivery": pgettext_lazy("journal", "Outbox message"),
    "outbox_handler": pgettext_lazy("journal", "Handler of messages"),
    "payment_notice": pgettext_lazy("journal", "Payment notice"),
    "refund_execution": pgettext_lazy("journal", "Money sent back"),
    "request": pgettext_lazy("journal", "Purchase request"),
    "sms_rule": pgettext_lazy("journal", "Limits of text messages"),
    "transfer": pgettext_lazy("journal", "Bank transfer"),
    "work": pgettext_lazy("journal", "Work"),
    "bank_account": pgettext_lazy("journal", "Bank account"),
    "statement": pgettext_lazy("journal", "Bank statement"),
    "suppliernotice": pgettext_lazy("journal", "Notice to a supplier"),
    "buyernotice": pgettext_lazy("journal", "Notice to a buyer"),
    "banner": pgettext_lazy("journal", "Banner"),
    "story": pgettext_lazy("journal", "Story of a place"),
    "partnerregion": pgettext_lazy("journal", "Partner region"),
    "programme": pgettext_lazy("journal", "Programme"),
    "pairing": pgettext_lazy("journal", "Pairing"),
    "supporttarget": pgettext_lazy("journal", "Target"),
    "supportfact": pgettext_lazy("journal", "Figure of a place"),
    "categoryname": pgettext_lazy("journal", "Category"),
    "certification": pgettext_lazy("journal", "Certificate"),
    "stocklocation": pgettext_lazy("journal", "Place of stock"),
    "claim": pgettext_lazy("journal", "Origin claim"),
    "return": pgettext_lazy("journal", "After-sales case"),
}
_CLOSED = dict(CloseReason.choices)
#: Reasons that the shop keeps as codes, by the act that they stand at.
REASONS: Mapping[str, Mapping[str, str | Promise]] = {
    Step.CLOSING: _CLOSED,
    Step.CLOSED: _CLOSED,
    Step.REFUND_FAILED: {"payments do not cover it": _("The payments do not cover it")},
    "parcel.receive": {
        "buyer": _("Confirmed by the buyer"),
        "after_signed": _("Confirmed by itself after signing"),
        "after_shipped": _("Confirmed by itself after shipping"),
        "accepted": _("With the acceptance of the goods"),
    },
    "stock.moved": {"expired": _("past its date")},
    "stock.units_changed": {"expired": _("past its date")},
    "accounts.grant_role": {"demo": _("Set up for the demonstration")},
    "supplier.admitted": {"seed": _("Set up with the catalogue")},
}


def action_name(action: str, object_type: str = "") -> str:
    """Return an act in words; one without a word keeps its own name."""
    known = ACTIONS.get(f"{object_type}:{action}") or ACTIONS.get(action)
    if known:
        return str(known)
    thing, _dot, change = action.rpartition(".")
    if change == "created" and thing in OBJECTS:
        return pgettext("journal", "%(thing)s written down") % {"thing": OBJECTS[thing]}
    if change == "changed" and thing in OBJECTS:
        return pgettext("journal", "%(thing)s changed") % {"thing": OBJECTS[thing]}
    return action


def object_name(object_type: str) -> str:
    """Return a kind of thing in words."""
    return str(OBJECTS.get(object_type, object_type))


def reason_text(action: str, reason: str) -> str:
    """Return a reason in words: what a person typed as it is, a code of the shop as what it means."""
    return str(REASONS.get(action, {}).get(reason, reason))
