"""Correct where an order goes, as long as nothing has left: within the province that its freight was reckoned for."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.ordering.exceptions import OrderingError, WrongState
from shop.ordering.models import Allocation, OrderRecord
from shop.ordering.recipients import Recipient
from shop.ordering.status import PaymentState, Step
from shop.ordering.transitions import save_columns, write_step
from shop.outbox.services import append

#: What a recipient's parts are called on an order, and on Oscar's address.
_COLUMNS = {
    "name": ("recipient_name", "first_name"),
    "phone": ("recipient_phone", "phone_number"),
    "province": ("province", "state"),
    "city": ("city", "line4"),
    "county": ("county", "line2"),
    "street": ("street", "line1"),
}


def correct_address(*, record_id: int, recipient: Recipient, actor_id: int) -> bool:
    """Write another recipient or address on an order of which nothing has left; amounts stay as they are.

    Emits `order.address_corrected`. It and the journal name the parts that changed, not the person. Returns False,
    and changes nothing, when all is so already. Raises CannotPlace naming an incomplete field, OrderingError
    (other_province, shipped), WrongState for a closed order.
    """
    recipient.require_complete()
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        changed = [
            part
            for part, (column, _oscars) in _COLUMNS.items()
            if getattr(record, column) != getattr(recipient, part).strip()
        ]
        if not changed:
            return False
        if record.payment_state not in (PaymentState.UNPAID, PaymentState.PAID):
            raise WrongState(what="payment", old=record.payment_state, new="corrected")
        if "province" in changed:
            raise OrderingError(
                _(
                    "Freight was reckoned for %(province)s. For another province, cancel the order and place a new one."
                )
                % {"province": record.province},
                code="other_province",
                field="province",
            )
        if has_left(record):
            raise OrderingError(
                _("Goods of this order have been shipped already. Please talk to the supplier."),
                code="shipped",
            )
        save_columns(record, **{_COLUMNS[part][0]: getattr(recipient, part).strip() for part in changed})
        address = record.order.shipping_address
        if address is not None:
            for part in changed:
                setattr(address, _COLUMNS[part][1], getattr(recipient, part).strip())
            address.save(update_fields=[_COLUMNS[part][1] for part in changed])
        write_step(record, Step.ADDRESS_CORRECTED, actor_id=actor_id, after={"parts": changed})
        append(
            topic="order.address_corrected",
            stream=record.number,
            payload={"record_id": record.pk, "parts": changed, "actor_id": actor_id},
        )
    return True


def has_left(record: OrderRecord) -> bool:
    """Say whether any unit of the order has been shipped. One query."""
    return Allocation.objects.filter(line__order_id=record.order_id, consumed__gt=0).exists()
