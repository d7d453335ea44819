"""What the ledger does on each event. All that post are `ordered`, and all are safe to run twice.

They are names of one service, so that the routing table reads as what happens when.
"""

from shop.ledger import claims, consents, evidence, invoices, register
from shop.ledger.services import post_event
from shop.outbox.events import Event


def track_placed(event: Event) -> None:
    """`order.placed`: count the units of each share, all of them unshipped."""
    post_event(event)


def reduce(event: Event) -> None:
    """`order.reduced`: units leave an order before it is paid, a receivable follows."""
    post_event(event)


def post_capture(event: Event) -> None:
    """`payment.captured`: unapplied +; its transaction or bank line proves this payment and no other."""
    if post_event(event):
        register.register_payment(event)


def post_paid(event: Event) -> None:
    """`order.paid`: unapplied −, goods and charges +, goods into the stage their units stand in; receivable −.

    What was decided about an origin claim between placing and payment, whom the buyer has it credited to, and what
    evidence there is already, follow as events of their own.
    """
    if post_event(event):
        claims.follow_claims_of_order(event)
        consents.follow_consent(event)
        evidence.follow_payment(event)
        register.doubt_payments(event)


def post_accepted(event: Event) -> None:
    """`order.accepted`: paid → confirmed, unpaid → receivable +; the report is evidence."""
    post_event(event)
    evidence.follow_acceptance(event)


def follow_invoice(event: Event) -> None:
    """`invoice.…`: its number proves this order alone; the order is invoiced, or is not any more."""
    invoices.follow_invoice(event)


def move_shipped(event: Event) -> None:
    """`parcel.shipped`, `parcels.shipped`: unshipped → in transit; a courier number proves its parcel and no other."""
    post_event(event)
    register.register_parcels(event)


def move_signed(event: Event) -> None:
    """`parcel.signed`: in transit → received."""
    post_event(event)


def move_received(event: Event) -> None:
    """`parcel.received`, `parcels.received`: → confirmed; an organisation's → received."""
    post_event(event)


def move_refund_requested(event: Event) -> None:
    """`refund.requested`: → refunding."""
    post_event(event)


def post_refund_executed(event: Event) -> None:
    """`refund.executed`: negative entries."""
    post_event(event)


def move_refund_failed(event: Event) -> None:
    """`refund.failed`: back to where the units stand by then."""
    post_event(event)


def move_disputed(event: Event) -> None:
    """`dispute.opened`: goods that a replacement is asked for → disputed."""
    post_event(event)


def move_settled(event: Event) -> None:
    """`dispute.settled`: back to where the units stand by then."""
    post_event(event)


def follow_claim(event: Event) -> None:
    """`claim.decided`: every paid sale of the product that now counts otherwise is told of it."""
    claims.follow_claim(event)


def restate(event: Event) -> None:
    """A correction, claim, consent, grade of evidence: the exact reversal and the same under the new facts."""
    post_event(event)


def move_unapplied(event: Event) -> None:
    """`unapplied.moved`: unapplied − of one payment, unapplied + of the part that another order got."""
    post_event(event)


def post_unapplied_returned(event: Event) -> None:
    """`unapplied.returned`: unapplied −."""
    post_event(event)
