"""The register of foreign keys: each proves one thing; a second claim waits for a person (counting rules, 7).

As long as it waits, and when it is refused, what it should have proven is a document only: the fen stand below the
line (grade D), in no measure. Found that both are right, they count again, in the open month.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.fulfilment.models import Parcel
from shop.gateways.bank_models import StatementLine
from shop.gateways.models import Payment
from shop.journal.services import record
from shop.ledger.fact_models import (
    CollisionState,
    EvidenceFact,
    EvidenceKind,
    KeyCollision,
    KeyKind,
    RegisteredKey,
)
from shop.ledger.grading import write_fact
from shop.ledger.invoiced import prove_invoiced
from shop.ledger.posting import parcels_in
from shop.ledger.services import payment_keys
from shop.ledger.transitions import COLLISION
from shop.ordering.status import PayMethod
from shop.outbox.events import Event

#: Their attempt's reference is a code of ours, which several transfers may carry.
_BY_CODE = (PayMethod.BANK_TRANSFER,)
#: Keys written or asked for in one statement.
_TOGETHER = 500


class RegisterError(ShopError):
    """A decision about a collision that is not possible. Nothing was written."""


def plain_key(value: str) -> str:
    """Return a foreign key as it is compared."""
    return "".join(value.split()).upper()[:160]


def claim_key(*, kind: KeyKind, value: str, owner: str, order_number: str = "") -> bool:
    """Register a foreign key for a thing of the shop. True: it is that thing's own.

    False: another thing has it. The claim stands in the queue then, and the caller lets nothing of it into the
    ledger. Safe to call twice: the same owner gets the same answer, and the queue has it once. A person who finds
    that both are right makes the answer True.
    """
    plain = plain_key(value)
    with transaction.atomic():
        key, created = RegisteredKey.objects.get_or_create(
            kind=kind,
            value=plain,
            defaults={"owner": owner, "order_number": order_number, "claimed_at": clock.now()},
        )
        if created or key.owner == owner:
            return True
        collision, _new = KeyCollision.objects.get_or_create(
            key=key, owner=owner, defaults={"order_number": order_number, "seen_at": clock.now()}
        )
        return collision.state == CollisionState.SEPARATE


def collisions(scope: Scope) -> QuerySet[KeyCollision]:
    """Return the queue: open ones first, the oldest at the front; then what was decided, the latest first."""
    rows = KeyCollision.objects.select_related("key").order_by(F("decided_at").desc(nulls_first=True), "pk")
    return rows if scope.everything else rows.none()


def decide_collision(*, collision_id: int, separate: bool, reason: str, actor_id: int) -> KeyCollision:
    """Say that both claims are right, or that the second is refused. The same decision twice changes nothing.

    Raises RegisterError: no reason, an unknown one, one that is decided otherwise. Nothing is written then.
    """
    if not reason.strip():
        raise RegisterError(_("Give a reason; it stands in the journal."), code="reason", field="reason")
    wanted = CollisionState.SEPARATE if separate else CollisionState.SAME
    with transaction.atomic():
        collision = lock(KeyCollision.objects.filter(pk=collision_id)).first()
        if collision is None:
            raise RegisterError(_("There is no such collision."), code="unknown")
        if collision.state == wanted:
            return collision
        if not COLLISION.allows(collision.state, wanted):
            raise RegisterError(_("This collision has been decided already."), code="decided")
        collision.state, collision.decided_by = wanted, actor_id
        collision.decided_at, collision.reason = clock.now(), reason.strip()[:200]
        collision.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        if separate:
            _trust_again(collision)
        record(
            actor_id=actor_id,
            action=f"key.{wanted}",
            object_type="foreign_key",
            object_key=str(collision.key_id),
            after={"owner": collision.owner, "first": collision.key.owner, "value": collision.key.value},
            reason=collision.reason,
        )
    return collision


def register_parcels(event: Event) -> None:
    """`parcel.shipped`, `parcels.shipped`: each courier number belongs to its parcel. Safe to call twice."""
    order_number = event.payload["order"]
    parcels = _numbered_parcels(event.payload)
    claims = {plain_key(parcel.tracking_number): f"parcel:{parcel.pk}" for parcel in parcels}
    now = clock.now()
    RegisteredKey.objects.bulk_create(
        [
            RegisteredKey(
                kind=KeyKind.COURIER, value=value, owner=owner, order_number=order_number, claimed_at=now
            )
            for value, owner in claims.items()
        ],
        batch_size=_TOGETHER,
        ignore_conflicts=True,
    )
    doubted = []
    for some in _in_turns(list(claims)):
        known = RegisteredKey.objects.filter(kind=KeyKind.COURIER, value__in=some)
        for value, owner in known.values_list("value", "owner"):
            mine = claims[value]
            if owner != mine and not claim_key(
                kind=KeyKind.COURIER, value=value, owner=mine, order_number=order_number
            ):
                doubted.append(mine)
    if doubted:
        _doubt(doubted, order_number)


def _numbered_parcels(payload: dict[str, Any]) -> list[Parcel]:
    """Return the parcels of an event that have a courier number."""
    keys = [key for key in parcels_in(payload) if key.isdecimal()] if _names_parcels(payload) else []
    found: list[Parcel] = []
    for some in _in_turns(keys):
        found += Parcel.objects.filter(pk__in=map(int, some)).exclude(tracking_number="").order_by("pk")
    return found


def _names_parcels(payload: dict[str, Any]) -> bool:
    return "parcel_id" in payload or "parcel_ids" in payload


def _in_turns(keys: list[str]) -> list[list[str]]:
    return [keys[start : start + _TOGETHER] for start in range(0, len(keys), _TOGETHER)]


def doubt_payments(event: Event) -> None:
    """`order.paid`: money whose transaction or bank line proves another payment already is a document only."""
    _doubt([f"payment:{key}" for key in payment_keys(event.payload)], event.payload["order"])


def _doubt(owners: list[str], order_number: str) -> None:
    found = KeyCollision.objects.filter(owner__in=owners).exclude(state=CollisionState.SEPARATE)
    for collision in found.select_related("key").order_by("pk"):
        kind, payment_key = _proven_by(collision)
        write_fact(
            order_number,
            kind,
            _reference(collision),
            holds=False,
            payment_key=payment_key,
            reason=_("Its number is claimed twice."),
        )


def _trust_again(collision: KeyCollision) -> None:
    """Both claims are right: what was doubted for this one is proven, unless another claim of its kind still waits.

    An invoice's number was never written down as a doubt: the order is proven now if its invoices are whole.
    """
    if collision.key.kind == KeyKind.INVOICE:
        prove_invoiced(collision.order_number, _reference(collision))
        return
    doubted = EvidenceFact.objects.filter(reference=_reference(collision), holds=False)
    for fact in doubted.order_by("pk"):
        others = KeyCollision.objects.filter(order_number=fact.order_number, key__kind=collision.key.kind)
        if (
            fact.payment_key
            or not others.exclude(state=CollisionState.SEPARATE).exclude(pk=collision.pk).exists()
        ):
            kind = EvidenceKind(fact.kind)
            write_fact(fact.order_number, kind, fact.reference, payment_key=fact.payment_key)


def _reference(collision: KeyCollision) -> str:
    """Return what the doubt stands on: the number, and which of the claims on it."""
    return f"{collision.key.value[:100]} #{collision.pk}"


def _proven_by(collision: KeyCollision) -> tuple[EvidenceKind, str]:
    """Return what the number should have proven: a parcel of the order, or one payment."""
    if collision.key.kind == KeyKind.COURIER:
        return EvidenceKind.PARCEL, ""
    return EvidenceKind.PAYMENT, collision.owner.removeprefix("payment:")


def register_payment(event: Event) -> None:
    """`payment.captured`: the transaction or the bank's line that it came with belongs to this payment."""
    payment = Payment.objects.select_related("attempt").filter(key=event.payload["payment_key"]).first()
    if payment is None:
        return
    owner, number = f"payment:{payment.key}", event.payload.get("order") or ""
    line = StatementLine.objects.filter(payment=payment).select_related("account").first()
    if line is not None:
        value = f"{line.account.number}:{line.booked_on}:{line.serial}"
        claim_key(kind=KeyKind.BANK_LINE, value=value, owner=owner, order_number=number)
    elif payment.attempt is not None and payment.attempt.reference and payment.provider not in _BY_CODE:
        value = f"{payment.provider}:{payment.attempt.reference}"
        claim_key(kind=KeyKind.TRANSACTION, value=value, owner=owner, order_number=number)
