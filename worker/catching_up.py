"""After a restore: do what the copy had before it, ask the providers what has happened since, tell nobody."""

from dataclasses import dataclass

from shop.core import clock
from shop.gateways import services as gateways
from shop.operations.models import Restore
from shop.operations.restores import end_catching_up
from shop.outbox import relay
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from worker.routes import ROUTES

#: A payment that is found leaves messages, these may plan a refund, which leaves messages.
MOST_ROUNDS = 20
#: In the first ones nothing rests. What still fails then keeps the tries that it has left.
HASTENED_ROUNDS = 3


@dataclass(frozen=True)
class CaughtUp:
    """What catching up did; `waiting` names what keeps the shop from sending again, "" for nothing."""

    deliveries: int
    payments: int
    held: int
    waiting: str


def catch_up(*, accept: bool = False) -> CaughtUp:
    """Drain the outbox and reconcile with the providers until nothing is left, then let the shop send again.

    Whatever notice this writes is held for a person. When something cannot be finished - a provider that is not
    reached, a message that fails - the shop stays closed to the outside and this may be called again; `accept`
    opens it all the same. Safe to call twice.
    """
    restore = Restore.objects.filter(is_open=True).first()
    if restore is None:
        return CaughtUp(0, 0, 0, "")
    deliveries, payments, unreachable = 0, 0, 0
    for turn in range(MOST_ROUNDS):
        done = _deliver_all(hasten=turn < HASTENED_ROUNDS)
        asked = gateways.reconcile_everything(since=restore.copied_at)
        found = asked.found + gateways.apply_waiting_notices() + gateways.execute_refunds()
        deliveries, payments, unreachable = deliveries + done, payments + asked.found, asked.unreachable
        if not done and not found:
            break
    waiting = _waiting(unreachable, gateways.unreachable_refunds())
    if waiting and not accept:
        return CaughtUp(deliveries, payments, 0, waiting)
    return CaughtUp(deliveries, payments, end_catching_up(), waiting)


def _deliver_all(*, hasten: bool) -> int:
    """Deliver what is pending; hastened, also what rests or was leased to a worker of the copy's time."""
    if hasten:
        OutboxDelivery.objects.filter(state=DeliveryState.PENDING).update(due_at=clock.now())
    return relay.drain(ROUTES, limit=1_000_000)


def _waiting(payments: int, refunds: int) -> str:
    pending = OutboxDelivery.objects.filter(state=DeliveryState.PENDING).count()
    pending += OutboxMessage.objects.filter(routed_at=None).count()
    parts = [
        (payments, "payments their provider could not be asked about"),
        (refunds, "refunds their provider could not be asked about"),
        (pending, "messages that could not be delivered"),
    ]
    return ", ".join(f"{count} {what}" for count, what in parts if count)
