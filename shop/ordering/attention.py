"""A person has looked at an order that something odd happened to."""

from django.db import transaction

from shop.core.locks import lock
from shop.ordering.models import OrderRecord
from shop.ordering.status import Step
from shop.ordering.transitions import save_columns, write_step


def clear_attention(*, record_id: int, note: str, actor_id: int) -> bool:
    """Take an order off the list of those to look at; the note stays in its history.

    Returns False, and changes nothing, when it is not on the list. Safe to call twice.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if not record.attention:
            return False
        before = {"attention": record.attention}
        save_columns(record, attention="", attention_at=None)
        write_step(record, Step.ATTENTION_CLEARED, actor_id=actor_id, before=before, reason=note)
    return True
