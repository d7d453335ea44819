"""How far an order has been shipped, as fulfilment tells it."""

from django.db import transaction

from shop.core.locks import lock
from shop.ordering.models import OrderRecord
from shop.ordering.status import FulfilmentState, Step
from shop.ordering.transitions import FULFILMENT, require, save_columns, write_step

_STEPS = {
    FulfilmentState.PART: Step.PART_SHIPPED,
    FulfilmentState.SHIPPED: Step.SHIPPED,
    FulfilmentState.RECEIVED: Step.RECEIVED,
}


def record_fulfilment(*, record_id: int, state: FulfilmentState, actor_id: int | None = None) -> OrderRecord:
    """Write how far an order is shipped; safe to call twice with the same state.

    Raises WrongState for a step back.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.fulfilment_state == state:
            return record
        require(FULFILMENT, what="fulfilment", old=record.fulfilment_state, new=state)
        before = {"fulfilment": str(record.fulfilment_state)}
        save_columns(record, fulfilment_state=state)
        write_step(
            record,
            _STEPS[FulfilmentState(state)],
            actor_id=actor_id,
            before=before,
            after={"fulfilment": str(state)},
        )
    return record
