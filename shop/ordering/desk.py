"""What staff do to an order beside its money: act once per form, stop and resume shipping, write notes."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.ordering.desk_models import ActedForm
from shop.ordering.exceptions import OrderingError, WrongState
from shop.ordering.models import OrderRecord
from shop.ordering.status import FulfilmentState, PaymentState, Step
from shop.ordering.transitions import save_columns, write_step

NOTE_LENGTH = 300


def take_form(*, record_id: int, key: str, action: str, actor_id: int) -> bool:
    """Lock the order and note that this form is acted upon; False when it was before.

    Call it in the transaction of the act: a refusal takes the note back with it. A form without a key acts
    each time.
    """
    list(lock(OrderRecord.objects.filter(pk=record_id)))
    if not key:
        return True
    _form, first = ActedForm.objects.get_or_create(
        key=key, action=action, defaults={"record_id": record_id, "actor_id": actor_id, "at": clock.now()}
    )
    return first


def stop_shipping(*, record_id: int, reason: str, actor_id: int) -> bool:
    """Let nothing more of an order ship until it is resumed; its supplier sees that it is stopped.

    Returns False, and changes nothing, when it is stopped already. Raises WrongState when the order is closed
    or has been shipped.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.shipping_stopped_at is not None:
            return False
        if record.payment_state not in (PaymentState.UNPAID, PaymentState.PAID):
            raise WrongState(what="shipping", old=record.payment_state, new="stopped")
        if record.fulfilment_state in (FulfilmentState.SHIPPED, FulfilmentState.RECEIVED):
            raise WrongState(what="shipping", old=record.fulfilment_state, new="stopped")
        save_columns(record, shipping_stopped_at=clock.now())
        write_step(record, Step.SHIPPING_STOPPED, actor_id=actor_id, reason=reason)
    return True


def resume_shipping(*, record_id: int, reason: str, actor_id: int) -> bool:
    """Let an order ship again. Returns False, and changes nothing, when it was not stopped."""
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.shipping_stopped_at is None:
            return False
        before = {"stopped_at": record.shipping_stopped_at.isoformat()}
        save_columns(record, shipping_stopped_at=None)
        write_step(record, Step.SHIPPING_RESUMED, actor_id=actor_id, before=before, reason=reason)
    return True


def write_note(*, record_id: int, text: str, actor_id: int) -> None:
    """Add a note to an order's history, where nothing is ever changed. Raises OrderingError (required, too_long)."""
    text = text.strip()
    if not text:
        raise OrderingError(_("Please write a note."), code="required", field="note")
    if len(text) > NOTE_LENGTH:
        raise OrderingError(
            _("At most %(most)d characters fit here.") % {"most": NOTE_LENGTH}, code="too_long", field="note"
        )
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        write_step(record, Step.NOTE, actor_id=actor_id, reason=text)
