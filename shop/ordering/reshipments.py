"""Send units once more, free of charge: damaged or lost goods are replaced without touching money or figures."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.ordering import stock
from shop.ordering.desk_models import Reshipment
from shop.ordering.exceptions import OrderingError, WrongState
from shop.ordering.models import Allocation, LineShare, OrderRecord
from shop.ordering.status import PaymentState, ReleaseState, ReshipState, Step
from shop.ordering.transitions import RESHIPMENT, require, write_step
from shop.outbox.services import append


class ReshipmentRefused(OrderingError):
    """A replacement is not possible like this; `code` and `field` name why."""


def reshipments(scope: Scope) -> QuerySet[Reshipment]:
    """Return the replacements of the scope's suppliers, oldest first, with order, line and supplier."""
    found = Reshipment.objects.select_related("record", "share__line", "share__supplier").order_by(
        "requested_at", "pk"
    )
    if scope.everything:
        return found
    own = Q(share__supplier__code__in=scope.suppliers) | Q(share__supplier__region__slug__in=scope.regions)
    return found.filter(own)


def reshippable_units(share: LineShare) -> int:
    """Return the units of a share that can be sent once more: shipped, not refunded, not being replaced."""
    held = sum(one.held for one in Allocation.objects.filter(line_id=share.line_id))
    reserved = stock.units_reserved_for_refunds(share.record).get(share.line_id, 0)
    waiting = share.reshipments.filter(state=ReshipState.REQUESTED).aggregate(units=Sum("units"))["units"]
    return max(0, share.left_units - max(0, held - reserved) - (waiting or 0))


def request_reshipment(
    *, record_id: int, share_id: int, units: int, reason: str, actor_id: int
) -> Reshipment:
    """Have units of a share sent once more; they leave the shelf at once. Emits `reshipment.requested`.

    Two calls are two replacements, the second bounded by what was shipped. Raises WrongState when the order is
    not released or closed, ReshipmentRefused (unknown, units), OutOfStock when the shelf has fewer.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.release_state != ReleaseState.RELEASED or record.payment_state == PaymentState.CLOSED:
            raise WrongState(what="reshipment", old=record.payment_state, new=ReshipState.REQUESTED)
        share = (
            LineShare.objects.filter(pk=share_id, record=record).select_related("line", "supplier").first()
        )
        if share is None:
            raise ReshipmentRefused(_("This is not a line of the order."), code="unknown", field="share")
        left = reshippable_units(share)
        if not 1 <= units <= left:
            raise ReshipmentRefused(
                _("“%(product)s”: at most %(left)d shipped units can be sent again.")
                % {"product": share.dims["product_name"], "left": left},
                code="units",
                field="units",
            )
        stock.allocate(lines=[share.line], units={share.line_id: units}, pool=record.pool, again=True)
        stock.consume_allocation(line_units={share.line_id: units})
        reshipment = Reshipment.objects.create(
            record=record,
            share=share,
            number=f"{record.number}-S{record.reshipments.count() + 1}",
            units=units,
            reason=reason,
            requested_by=actor_id,
            requested_at=clock.now(),
        )
        _tell(reshipment, Step.RESHIP_REQUESTED, actor_id=actor_id, reason=reason)
    return reshipment


def record_reshipped(
    *, reshipment_id: int, courier: str, tracking_number: str, actor_id: int | None
) -> Reshipment:
    """Write down that a replacement was handed to the courier; emits `reshipment.shipped`.

    Safe to call twice with the same number. Raises WrongState for one that was called off or went out with another
    number, ReshipmentRefused (number_taken).
    """
    with transaction.atomic():
        reshipment = _locked(reshipment_id)
        number = (courier, tracking_number)
        if reshipment.state == ReshipState.SHIPPED and number == (
            reshipment.courier,
            reshipment.tracking_number,
        ):
            return reshipment
        _move(reshipment, ReshipState.SHIPPED)
        try:
            with transaction.atomic():
                save_row(
                    reshipment,
                    state=ReshipState.SHIPPED,
                    courier=courier,
                    tracking_number=tracking_number,
                    shipped_by=actor_id,
                    shipped_at=clock.now(),
                )
        except IntegrityError as error:
            raise ReshipmentRefused(
                _("The courier number %(number)s is already used by another parcel.")
                % {"number": tracking_number},
                code="number_taken",
                field="tracking_number",
            ) from error
        _tell(reshipment, Step.RESHIPPED, actor_id=actor_id)
    return reshipment


def record_reship_signed(
    *, reshipment_id: int, signed_at: dt.datetime, actor_id: int | None, reason: str
) -> Reshipment:
    """Write down that a replacement has come to the buyer; emits `reshipment.signed`. Safe to call twice.

    Raises WrongState for one that was not sent.
    """
    with transaction.atomic():
        reshipment = _locked(reshipment_id)
        if reshipment.state == ReshipState.SIGNED:
            return reshipment
        _move(reshipment, ReshipState.SIGNED)
        assert reshipment.shipped_at is not None  # the database says so of one that was sent
        moment = min(max(signed_at, reshipment.shipped_at), clock.now())
        save_row(reshipment, state=ReshipState.SIGNED, signed_at=moment)
        _tell(reshipment, Step.RESHIP_SIGNED, actor_id=actor_id, reason=reason)
    return reshipment


def cancel_reshipment(*, reshipment_id: int, reason: str, actor_id: int) -> Reshipment:
    """Call a replacement off before it is sent: its units are back on the shelf. Safe to call twice.

    Raises WrongState for one that was sent.
    """
    with transaction.atomic():
        reshipment = _locked(reshipment_id)
        if reshipment.state == ReshipState.CANCELLED:
            return reshipment
        _move(reshipment, ReshipState.CANCELLED)
        save_row(reshipment, state=ReshipState.CANCELLED)
        stock.return_to_stock(
            line_units={reshipment.share.line_id: reshipment.units}, actor_id=actor_id, reason=reason
        )
        _tell(reshipment, Step.RESHIP_CANCELLED, actor_id=actor_id, reason=reason)
    return reshipment


def save_row(reshipment: Reshipment, **columns: Any) -> None:
    """Write just these columns of a replacement whose order is locked."""
    for name, value in columns.items():
        setattr(reshipment, name, value)
    reshipment.save(update_fields=list(columns))


def _locked(reshipment_id: int) -> Reshipment:
    record_id = Reshipment.objects.values_list("record_id", flat=True).get(pk=reshipment_id)
    list(lock(OrderRecord.objects.filter(pk=record_id)))
    return Reshipment.objects.select_related("record", "share__supplier", "share__line").get(pk=reshipment_id)


def _move(reshipment: Reshipment, new: ReshipState) -> None:
    require(RESHIPMENT, what="reshipment", old=reshipment.state, new=new)


def _tell(reshipment: Reshipment, step: Step, *, actor_id: int | None, reason: str = "") -> None:
    """Journal the step and leave its message behind."""
    share = reshipment.share
    parcel = f"{reshipment.courier} {reshipment.tracking_number}".strip()
    write_step(
        reshipment.record,
        step,
        actor_id=actor_id,
        after={"reshipment": reshipment.number, "units": reshipment.units}
        | ({"parcel": parcel} if parcel else {}),
        reason=reason,
    )
    append(
        topic=step.value,
        stream=reshipment.record.number,
        payload={
            "order": reshipment.record.number,
            "record_id": reshipment.record_id,
            "reshipment": reshipment.number,
            "reshipment_id": reshipment.pk,
            "supplier": share.supplier.code,
            "line": share.line_id,
            "units": reshipment.units,
            "courier": reshipment.courier,
            "tracking_number": reshipment.tracking_number,
        },
    )
