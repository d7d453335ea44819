"""Orders whose goods stay where they are until a person has looked."""

from shop.ordering.models import OrderRecord
from shop.ordering.status import Attention

#: About money only: what was ordered is paid for, or goes on approved terms.
MONEY_ONLY = ("", Attention.SURPLUS, Attention.PARTIAL)


def is_held(record: OrderRecord) -> bool:
    """Say whether a person must look at the order before anything of it is shipped.

    A refund that went wrong keeps no other goods back.
    """
    if record.shipping_stopped_at is not None:
        return True
    return record.attention not in MONEY_ONLY and not record.attention.startswith("refund_")
