"""What happens when: topic → handlers, in the order in which a reader should think of them.

A handler marked `ordered` takes the messages of a stream one after another. A topic without handlers is
listed too: leaving it out would be logged as a mistake. Names are stored with every delivery, so a rename
needs the old name kept until its deliveries are done.
"""

from shop.gateways import handlers as gateways
from shop.outbox.events import Route, Routes

ROUTES: Routes = {
    "order.placed": (),
    "payment.captured": (),
    "order.paid": (),
    "order.released": (),
    "order.reduced": (Route("gateways.offer_money_to_reduced_order", gateways.offer_money_to_reduced_order),),
    "order.closed": (),
    "parcel.shipped": (),
    "parcel.signed": (),
    "parcel.received": (),
    "refund.requested": (Route("gateways.plan_requested_refund", gateways.plan_requested_refund),),
    "refund.executed": (),
    "refund.failed": (),
    "unapplied.returned": (),
}
