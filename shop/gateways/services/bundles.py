"""A unit pays several orders by one transfer: they get one code."""

import hashlib

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import Organisation
from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.models import PaymentAttempt
from shop.gateways.payer_models import TransferBundle
from shop.gateways.providers import bank_transfer
from shop.gateways.services.attempts import start_payment
from shop.journal import services as journal
from shop.ordering.models import OrderRecord
from shop.ordering.status import PayMethod

MOST_IN_A_BUNDLE = 20


def bundle_transfers(*, organisation: Organisation, numbers: list[str], actor_id: int) -> TransferBundle:
    """Return the code for one transfer that pays these orders of the unit; the same orders again have the same one.

    Each order gets, or keeps, the code of its own too. Raises ShopError: too_few, too_many, unknown_order (another
    unit's, or none), and as `start_payment` for an order that takes no transfer.
    """
    wanted = sorted(set(numbers))
    if len(wanted) < 2:
        raise ShopError(_("Choose at least two orders."), code="too_few", field="orders")
    if len(wanted) > MOST_IN_A_BUNDLE:
        raise ShopError(
            _("At most %(most)d orders can be paid by one transfer.") % {"most": MOST_IN_A_BUNDLE},
            code="too_many",
            field="orders",
        )
    records = list(
        OrderRecord.objects.filter(number__in=wanted, credited_organisation=organisation.code)
        .exclude(buyer_kind=RESIDENT)
        .order_by("pk")
    )
    if len(records) != len(wanted):
        raise ShopError(_("One of these is no order of your unit."), code="unknown_order", field="orders")
    started = [start_payment(record=record, method=PayMethod.BANK_TRANSFER) for record in records]
    return _bundle(organisation, [one.attempt_id for one in started], actor_id)


def _bundle(organisation: Organisation, attempt_ids: list[int], actor_id: int) -> TransferBundle:
    words = ",".join(map(str, sorted(attempt_ids)))
    key = hashlib.sha256(f"bundle:{organisation.code}:{words}".encode()).hexdigest()
    known = TransferBundle.objects.filter(idempotency_key=key).first()
    if known is not None:
        return known
    reference = bank_transfer.code_for(key)
    try:
        with transaction.atomic():
            if PaymentAttempt.objects.filter(reference=reference).exists():
                raise _try_again()
            bundle = TransferBundle.objects.create(
                organisation=organisation,
                reference=reference,
                idempotency_key=key,
                created_by=actor_id,
                created_at=clock.now(),
            )
            bundle.attempts.set(attempt_ids)
            journal.record(
                actor_id=actor_id,
                action="transfer_bundle.made",
                object_type="organisation",
                object_key=organisation.code,
                after={"reference": reference, "orders": len(attempt_ids)},
            )
    except IntegrityError as error:
        # Somebody else asked for the same orders at this moment.
        known = TransferBundle.objects.filter(idempotency_key=key).first()
        if known is None:
            raise _try_again() from error
        return known
    return bundle


def _try_again() -> ShopError:
    """Two keys gave one code (1 in 2^35): with another choice of orders there is another one."""
    return ShopError(_("Please try again with other orders."), code="code_taken", field="orders")
