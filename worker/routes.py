"""What happens when: topic → handlers, in the order in which a reader should think of them.

A handler marked `ordered` takes the messages of a stream one after another. A topic without handlers is
listed too: leaving it out would be logged as a mistake. Names are stored with every delivery, so a rename
needs the old name kept until its deliveries are done. The queue says how urgent it is to the Celery workers;
the embedded worker takes the deliveries as they come.
"""

from shop.fulfilment import handlers as fulfilment
from shop.gateways import handlers as gateways
from shop.invoicing import handlers as invoicing
from shop.ledger import handlers as ledger
from shop.notifications import admission_handlers as admission
from shop.notifications import handlers as notifications
from shop.notifications import invitation_handlers as invitations
from shop.notifications import invoice_handlers as invoices
from shop.notifications import price_handlers as prices
from shop.notifications import return_handlers as returns
from shop.notifications import review_handlers as reviews
from shop.notifications import talk_handlers as talks
from shop.notifications import unit_handlers as units
from shop.outbox.events import Handler, Route, Routes
from shop.procurement import handlers as procurement
from shop.settlement import handlers as settlement
from shop.suppliers import handlers as suppliers
from worker.queues import queue_of


def _posts(handler: Handler) -> Route:
    """The ledger takes what happened to an order in the order in which it happened."""
    return Route(f"ledger.{handler.__name__}", handler, ordered=True, queue=queue_of("ledger"))


def _settles(handler: Handler) -> Route:
    """What suppliers are owed follows an order in the order in which things happened, too."""
    return Route(f"settlement.{handler.__name__}", handler, ordered=True, queue=queue_of("settlement"))


def _does(app: str, handler: Handler) -> Route:
    return Route(f"{app}.{handler.__name__}", handler, queue=queue_of(app))


ROUTES: Routes = {
    "order.placed": (_posts(ledger.track_placed), _settles(settlement.track_placed)),
    "payment.captured": (_posts(ledger.post_capture),),
    "order.paid": (
        _posts(ledger.post_paid),
        _settles(settlement.collect),
        _does("invoicing", invoicing.ask_for_paid),
        _does("notifications", notifications.notify_buyer_paid),
    ),
    "order.released": (
        _does("fulfilment", fulfilment.open_supplier_orders),
        _does("notifications", notifications.notify_suppliers),
    ),
    "order.reduced": (
        _posts(ledger.reduce),
        _settles(settlement.reduce),
        _does("gateways", gateways.offer_money_to_reduced_order),
        _does("fulfilment", fulfilment.settle_refunded_units),
        _does("invoicing", invoicing.follow_goods),
    ),
    "order.supplier_cut": (_does("notifications", notifications.notify_buyer_cut),),
    "order.accepted": (
        _posts(ledger.post_accepted),
        _settles(settlement.confirm_accepted),
        _does("invoicing", invoicing.ask_for_accepted),
    ),
    "order.address_corrected": (
        _does("notifications", notifications.notify_suppliers_of_address),
        _does("notifications", units.notify_approvers_of_address),
    ),
    "order.closed": (_does("notifications", notifications.notify_buyer_closed),),
    "parcel.shipped": (
        _posts(ledger.move_shipped),
        _settles(settlement.move_parcel),
        _does("fulfilment", fulfilment.watch_parcel),
        _does("notifications", notifications.notify_buyer_shipped),
    ),
    "parcel.signed": (_posts(ledger.move_signed), _settles(settlement.move_parcel)),
    "parcel.received": (_posts(ledger.move_received), _settles(settlement.move_parcel)),
    # Of an order to many, all of a list at once.
    "parcels.shipped": (
        _posts(ledger.move_shipped),
        _settles(settlement.move_parcel),
        _does("fulfilment", fulfilment.watch_parcels),
        _does("notifications", notifications.notify_buyer_of_parcels),
    ),
    "parcels.received": (_posts(ledger.move_received), _settles(settlement.move_parcel)),
    "supplier.shortage_reported": (_does("notifications", notifications.notify_buyer_short),),
    "refund.requested": (
        _posts(ledger.move_refund_requested),
        _settles(settlement.hold_for_refund),
        _does("gateways", gateways.plan_requested_refund),
    ),
    "refund.approved": (_does("gateways", gateways.plan_requested_refund),),
    "refund.executed": (
        _posts(ledger.post_refund_executed),
        _settles(settlement.take_refunded),
        _does("fulfilment", fulfilment.settle_refunded_units),
        _does("fulfilment", fulfilment.finish_refunded_return),
        _does("invoicing", invoicing.follow_goods),
        _does("notifications", notifications.notify_buyer_refunded),
    ),
    "refund.failed": (
        _posts(ledger.move_refund_failed),
        _settles(settlement.give_back_failed),
        _does("fulfilment", fulfilment.return_failed_refund),
    ),
    "dispute.opened": (_posts(ledger.move_disputed), _settles(settlement.move_dispute)),
    "dispute.settled": (_posts(ledger.move_settled), _settles(settlement.move_dispute)),
    "unapplied.moved": (_posts(ledger.move_unapplied),),
    "reshipment.requested": (),
    "reshipment.shipped": (
        _does("fulfilment", fulfilment.finish_reshipped_return),
        _does("fulfilment", fulfilment.watch_replacement),
        _does("notifications", returns.notify_buyer_of_replacement),
    ),
    "reshipment.signed": (_does("fulfilment", fulfilment.settle_replaced_goods),),
    "reshipment.cancelled": (_does("fulfilment", fulfilment.return_cancelled_reshipment),),
    "return.requested": (_does("notifications", returns.notify_supplier_of_case),),
    "return.escalated": (
        _does("notifications", returns.notify_supplier_of_escalation),
        _does("notifications", returns.notify_buyer_of_escalation),
    ),
    "return.agreed": (
        _does("notifications", returns.notify_buyer_of_agreement),
        _does("notifications", returns.notify_supplier_of_decision),
    ),
    "return.refused": (_does("notifications", returns.notify_buyer_of_refusal),),
    "return.sent_back": (_does("notifications", returns.notify_supplier_of_goods),),
    "return.arrived": (_does("notifications", returns.notify_buyer_of_arrival),),
    # The buyer reads of both by the message of the refund and of the replacement.
    "return.refunded": (),
    "return.reshipped": (),
    "return.closed": (
        _does("notifications", returns.notify_buyer_of_end),
        _does("notifications", returns.notify_supplier_of_decision),
    ),
    "return.freight_decided": (_does("notifications", returns.notify_buyer_of_freight),),
    "return.withdrawn": (_does("notifications", returns.notify_supplier_of_withdrawal),),
    "invoice.requested": (
        _posts(ledger.follow_invoice),
        _does("notifications", invoices.notify_supplier_of_request),
    ),
    "invoice.issued": (
        _posts(ledger.follow_invoice),
        _does("notifications", invoices.notify_buyer_of_invoice),
    ),
    "invoice.credited": (
        _posts(ledger.follow_invoice),
        _does("notifications", invoices.notify_buyer_of_credit),
    ),
    # Who asked for the exchange reads of the new invoice; its supplier wrote the old one off.
    "invoice.exchanged": (_posts(ledger.follow_invoice),),
    "invoice.exchange_wanted": (_does("notifications", invoices.notify_supplier_of_exchange),),
    "invoice.withdrawn": (_posts(ledger.follow_invoice),),
    "correction.approved": (_posts(ledger.restate),),
    "claim.applied": (_posts(ledger.restate),),
    "credit.applied": (_posts(ledger.restate),),
    "evidence.graded": (_posts(ledger.restate),),
    "month.released": (),
    "unapplied.returned": (
        _posts(ledger.post_unapplied_returned),
        _does("notifications", notifications.notify_buyer_returned),
    ),
    "procurement.request_submitted": (_does("notifications", units.notify_approvers_of_request),),
    "procurement.request_decided": (_does("notifications", units.notify_buyer_of_decision),),
    "procurement.acceptance_reported": (_does("notifications", units.notify_members_of_report),),
    "procurement.acceptance_approved": (_does("procurement", procurement.receive_counted_parcels),),
    "procurement.rules_loosened": (_does("notifications", units.notify_owner_of_looser_rules),),
    "organisation.invited": (_does("notifications", invitations.notify_invited),),
    "price.asked": (_does("notifications", prices.notify_supplier_of_asking),),
    "price.offered": (_does("notifications", prices.notify_unit_of_answer),),
    "price.countered": (_does("notifications", prices.notify_supplier_of_asking),),
    "price.accepted": (
        _does("notifications", prices.notify_unit_of_answer),
        _does("notifications", prices.notify_supplier_of_end),
    ),
    "price.refused": (
        _does("notifications", prices.notify_unit_of_answer),
        _does("notifications", prices.notify_supplier_of_end),
    ),
    "application.submitted": (_does("notifications", admission.notify_county_of_application),),
    "application.decided": (_does("notifications", admission.notify_applicant_of_decision),),
    "supplier.suspended": (
        _does("gateways", gateways.close_orders_of_suspended),
        _does("notifications", admission.notify_supplier_of_suspension),
    ),
    "supplier.resumed": (_does("notifications", admission.notify_supplier_of_resumption),),
    "supplier.document_ending": (_does("notifications", admission.notify_supplier_of_document),),
    "account.closed": (_does("suppliers", suppliers.forget_applicant),),
    "conversation.written": (
        _does("notifications", talks.notify_supplier_of_message),
        _does("notifications", talks.notify_buyer_of_answer),
    ),
    "review.shown": (_does("notifications", reviews.notify_supplier_of_review),),
    "review.reported": (_does("notifications", reviews.notify_supplier_of_report),),
    "review.replied": (_does("notifications", reviews.notify_buyer_of_reply),),
    "claim.decided": (_does("ledger", ledger.follow_claim),),
    "claim.ending": (_does("notifications", admission.notify_supplier_of_claim),),
}
