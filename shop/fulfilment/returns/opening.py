"""A buyer asks, takes it back, asks the shop, and sends goods back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock, fen
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.services import store_file
from shop.fulfilment.couriers import checked_number, courier_called
from shop.fulfilment.exceptions import ReturnRefused
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns.freight import checked_freight
from shop.fulfilment.returns.models import (
    FreightState,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    ReturnState,
)
from shop.fulfilment.returns.rules import (
    MOST_PHOTOS,
    Claimable,
    claimable,
    photos_needed,
    require_in_time,
    require_kind,
)
from shop.fulfilment.returns.steps import (
    By,
    checked_note,
    hold_freight,
    hold_goods,
    hold_money,
    items_of,
    let_go,
    locked_case,
    move,
    rule_now,
    tell,
)
from shop.ordering.exceptions import WrongState
from shop.ordering.models import OrderRecord
from shop.ordering.services import record_reship_signed
from shop.ordering.status import PaymentState, ReshipState

DETAILS_LENGTH = 500
#: How shop.files knows whose photos they are.
PHOTO_OWNER = "return"
#: Where a supplier may hand a case to the shop: instead of an answer, or when the goods are not what was agreed.
_SUPPLIER_MAY_ASK = (ReturnState.REQUESTED, ReturnState.SENT_BACK)


@dataclass(frozen=True)
class Claim:
    """What a buyer asks of a supplier: a kind and a reason of `returns.models`, units by share id, fen or all.

    `freight`: with the freight that belongs to them.
    """

    kind: str
    reason: str
    units_by_share: Mapping[int, int]
    amount_fen: int | None = None
    details: str = ""
    photos: Sequence["UploadedFile[Any]"] = ()
    form_key: str = ""
    freight: bool = False


@transaction.atomic
def open_return(
    *, record_id: int, supplier_order_id: int, claim: Claim, actor_id: int | None
) -> ReturnRequest:
    """Open an after-sales case: units, money and photos are checked, the money is held, the supplier has to answer.

    A refund of less than the goods are worth is a lower price: the goods are kept. The form sent twice opens one
    case. Raises SupplierOrder.DoesNotExist for one that is not of the order, WrongState when it is not paid,
    ReturnRefused (reason, kind, units, no_reason, too_late, amount, freight, photos, too_long), RefundRefused,
    FileRefused; nothing is written then.
    """
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    order = SupplierOrder.objects.select_related("record", "supplier").get(
        pk=supplier_order_id, record=record
    )
    known = claim.form_key and order.returns.filter(form_key=claim.form_key).first()
    if known:
        return known
    if record.payment_state != PaymentState.PAID:
        raise WrongState(what="payment", old=record.payment_state, new="return")
    chosen = _checked(order, claim)
    case = _write(order, claim, chosen, actor_id)
    for photo in claim.photos:
        store_file(
            upload=photo,
            kind=FileKind.PHOTO,
            owner_type=PHOTO_OWNER,
            owner_key=str(case.pk),
            uploaded_by=actor_id,
            account=f"order:{record.number}",
        )
    hold_money(case, actor_id=actor_id)
    hold_freight(case, actor_id=actor_id)
    hold_goods(case)
    tell(case, by=By.BUYER, actor_id=actor_id, note=case.get_reason_display())
    faultpoint("fulfilment.return_opened.before_commit")
    return case


@transaction.atomic
def withdraw_return(*, case_id: int, actor_id: int | None) -> ReturnRequest:
    """The buyer no longer asks: the money held is given back. A second call changes nothing.

    Raises WrongMove when it is decided or the goods are on their way, ReturnRefused (on_its_way) when money or a
    replacement is.
    """
    case = locked_case(case_id)
    if case.state == ReturnState.WITHDRAWN:
        return case
    if case.state == ReturnState.AGREED and not case.waits_for_goods:
        raise ReturnRefused(
            _("This is agreed, and money or replacement are on their way already."), code="on_its_way"
        )
    move(case, ReturnState.WITHDRAWN, by=By.BUYER, actor_id=actor_id)
    let_go(case, note="", actor_id=actor_id)
    return case


@transaction.atomic
def escalate_return(
    *, case_id: int, by: By, note: str, actor_id: int | None, scope: Scope = SYSTEM
) -> ReturnRequest:
    """Hand a case to the shop: a buyer after a refusal, a supplier that cannot agree. A second call changes nothing.

    After a refusal the money is held again. Raises WrongMove, ReturnRefused (required, too_long, too_late) and
    RefundRefused when the money is no longer there.
    """
    case = locked_case(case_id, scope)
    if case.state == ReturnState.ESCALATED:
        return case
    note = checked_note(note)
    refused = case.state == ReturnState.REFUSED
    if case.state not in ((ReturnState.REFUSED,) if by == By.BUYER else _SUPPLIER_MAY_ASK):
        raise WrongState(what="return", old=case.state, new=ReturnState.ESCALATED)
    if refused and case.due_at is not None and clock.now() > case.due_at:
        raise ReturnRefused(_("The time to ask the shop is over."), code="too_late")
    move(case, ReturnState.ESCALATED, by=by, actor_id=actor_id, note=note)
    hold_money(case, actor_id=case.opened_by)
    hold_freight(case, actor_id=case.opened_by)
    hold_goods(case)
    return case


@transaction.atomic
def send_goods_back(
    *, case_id: int, courier: str, tracking_number: str, actor_id: int | None
) -> ReturnRequest:
    """The buyer has handed agreed goods to a courier. The same number again changes nothing.

    Raises WrongMove when they are not waited for, ShippingError for a number that the courier does not have.
    """
    case = locked_case(case_id)
    known = courier_called(courier)
    if known is None:
        raise ReturnRefused(_("Please choose the courier."), code="courier", field="courier")
    number = checked_number(known, tracking_number)
    if case.state == ReturnState.SENT_BACK and (case.courier, case.tracking_number) == (known.name, number):
        return case
    if not case.waits_for_goods:
        raise WrongState(what="return", old=case.state, new=ReturnState.SENT_BACK)
    move(
        case,
        ReturnState.SENT_BACK,
        by=By.BUYER,
        actor_id=actor_id,
        within=dt.timedelta(days=rule_now().inspect_within_days),
        courier=known.name,
        tracking_number=number,
    )
    return case


@transaction.atomic
def receive_replacement(*, case_id: int, actor_id: int | None) -> ReturnRequest:
    """The buyer says that the replacement has come. A second call changes nothing.

    Raises WrongState when none was sent.
    """
    case = locked_case(case_id)
    sent = [item.reshipment for item in items_of(case) if item.reshipment is not None]
    if not sent or any(one.tracking_number == "" for one in sent):
        raise WrongState(what="return", old=case.state, new=ReshipState.SIGNED)
    for one in sent:
        record_reship_signed(
            reshipment_id=one.pk, signed_at=clock.now(), actor_id=actor_id, reason=By.BUYER.value
        )
    return case


def _checked(order: SupplierOrder, claim: Claim) -> list[tuple[Claimable, int]]:
    """Return the goods with the units asked for; refuses what is too much, too late or without proof."""
    require_kind(claim.kind, claim.reason)
    goods = {one.share.pk: one for one in claimable(order)}
    asked = {pk: units for pk, units in claim.units_by_share.items() if units}
    if not asked:
        raise ReturnRefused(
            _("Please give the number of pieces of at least one line."), code="units", field="units"
        )
    chosen = []
    for pk, units in sorted(asked.items()):
        most = goods[pk].units if pk in goods else 0
        if not 1 <= units <= most:
            raise ReturnRefused(
                _("At most %(most)d of these pieces can be asked for, not %(units)d.")
                % {"most": most, "units": units},
                code="units",
                field=f"units_{pk}",
            )
        require_in_time(goods[pk], claim.reason, clock.now())
        chosen.append((goods[pk], units))
    _check_proof(claim, chosen)
    return chosen


def _check_proof(claim: Claim, chosen: Sequence[tuple[Claimable, int]]) -> None:
    if len(claim.details) > DETAILS_LENGTH:
        raise ReturnRefused(
            _("At most %(most)d characters fit here.") % {"most": DETAILS_LENGTH},
            code="too_long",
            field="details",
        )
    if len(claim.photos) > MOST_PHOTOS:
        raise ReturnRefused(
            _("At most %(most)d photos.") % {"most": MOST_PHOTOS}, code="photos", field="photos"
        )
    if not claim.photos and photos_needed(claim.reason, [goods.terms for goods, _units in chosen]):
        raise ReturnRefused(_("Please add at least one photo that shows it."), code="photos", field="photos")


def _write(
    order: SupplierOrder, claim: Claim, chosen: Sequence[tuple[Claimable, int]], actor_id: int | None
) -> ReturnRequest:
    parts, goods_kept = _parts(claim, chosen)
    freight = 0
    if claim.freight:
        freight = checked_freight(order, kind=claim.kind, reason=claim.reason, goods_fen=sum(parts))
    now = clock.now()
    count = ReturnRequest.objects.filter(supplier_order__record=order.record_id).count()
    case = ReturnRequest.objects.create(
        supplier_order=order,
        number=f"{order.record.number}-A{count + 1}",
        kind=claim.kind,
        reason=claim.reason,
        details=claim.details.strip(),
        fen=sum(parts),
        goods_back=claim.kind == ReturnKind.RETURN_REFUND,
        goods_kept=goods_kept,
        freight_fen=freight,
        freight_state=FreightState.ASKED if freight else "",
        opened_by=actor_id,
        opened_at=now,
        state_since=now,
        due_at=now + dt.timedelta(hours=rule_now().answer_within_hours),
        form_key=claim.form_key,
    )
    ReturnItem.objects.bulk_create(
        ReturnItem(request=case, share=goods.share, units=units, fen=part)
        for (goods, units), part in zip(chosen, parts, strict=True)
    )
    return case


def _parts(claim: Claim, chosen: Sequence[tuple[Claimable, int]]) -> tuple[list[int], bool]:
    """Return the fen of each line, and whether they are less than the units are worth: a lower price."""
    if claim.kind == ReturnKind.REPLACE:
        return [0] * len(chosen), False
    worths = [goods.worth_of(units) for goods, units in chosen]
    most = sum(worths)
    wanted = most if claim.amount_fen is None or claim.kind == ReturnKind.RETURN_REFUND else claim.amount_fen
    if not 1 <= wanted <= most:
        raise ReturnRefused(
            _("At most %(yuan)s yuan can be asked back for these pieces.") % {"yuan": fen.to_yuan(most)},
            code="amount",
            field="amount",
        )
    return (worths, False) if wanted == most else (fen.split(wanted, worths), True)
