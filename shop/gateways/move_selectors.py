"""One payer, two orders: money that waits at one of them and could be moved to the other."""

from django.db.models import F, Q, QuerySet

from shop.buyers.units import RESIDENT
from shop.gateways.models import Payment
from shop.gateways.money_models import ProposalState
from shop.ordering.models import OrderRecord


def money_of_same_payer(record: OrderRecord) -> QuerySet[Payment]:
    """Return payments with an unapplied rest at another order of the same buyer, guest or unit, oldest first.

    Those already proposed for somewhere are left out; `propose_move` decides.
    """
    if record.buyer_kind != RESIDENT:
        same = Q(credited_organisation=record.credited_organisation) & ~Q(buyer_kind=RESIDENT)
    elif record.buyer_id is not None:
        same = Q(buyer=record.buyer_id, buyer_kind=RESIDENT)
    else:
        same = Q(buyer=None, guest_phone=record.guest_phone)
    others = OrderRecord.objects.filter(same, demo=record.demo).exclude(pk=record.pk)
    waiting = Payment.objects.filter(record__in=others, held_reason="").filter(
        fen__gt=F("applied_fen") + F("returned_fen") + F("moved_fen")
    )
    return (
        waiting.exclude(moves__state=ProposalState.PROPOSED)
        .annotate(rest=F("fen") - F("applied_fen") - F("returned_fen") - F("moved_fen"))
        .select_related("record")
        .order_by("captured_at", "pk")
    )
