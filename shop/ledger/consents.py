"""What a person bought for themselves counts for their unit as long as they say so (counting rules, sections 1 and 4).

The money stays a resident's and enters every total once; only whom it is credited to follows the word, as pairs in the
open month. A statement that is out stays what it was.
"""

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.buyers.models import OrganisationState
from shop.buyers.selectors import memberships
from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ledger.fact_models import ConsentDecision
from shop.ledger.models import EntryKind, LedgerEntry, Leg
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from shop.outbox.services import append


class ConsentError(ShopError):
    """A consent that is not possible. Nothing was written."""


def decide_consent(*, number: str, organisation: str, given: bool, actor_id: int) -> bool:
    """Let an order of one's own count for a unit one belongs to, or no more; the ledger follows. Return if it is new.

    Safe to call twice: the same word again changes nothing. Raises ConsentError: an order that is not the actor's own
    purchase, a unit that they do not belong to or that is not verified. Nothing is written then.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(number=number)).first()
        if record is None or record.buyer_id != actor_id or record.buyer_kind != RESIDENT:
            raise ConsentError(_("Only a purchase of your own can count for your unit."), code="not_own")
        before = consent_of(number)
        if (before == organisation) is given or (not given and not before):
            return False
        if given and organisation not in units_of(actor_id):
            raise ConsentError(
                _("You do not belong to this unit, or it is not verified."), code="unit", field="organisation"
            )
        decision = ConsentDecision.objects.create(
            order_number=number,
            organisation=organisation if given else before,
            given=given,
            decided_by=actor_id,
            decided_at=clock.now(),
        )
        journal(
            actor_id=actor_id,
            action="consent.given" if given else "consent.withdrawn",
            object_type="order",
            object_key=number,
            before={"unit": before},
            after={"unit": organisation if given else ""},
        )
        _tell(number, f"consent:{decision.pk}")
    return True


def consent_of(number: str) -> str:
    """Return the code of the unit for which an order counts by its buyer's word; "" for none. One query."""
    last = ConsentDecision.objects.filter(order_number=number).order_by("-pk").first()
    return last.organisation if last is not None and last.given else ""


def consent_word(number: OuterRef) -> Combinable:
    """Return the same as an expression, to be read with rows that have an order's number."""
    words = ConsentDecision.objects.filter(order_number=number).order_by("-pk")
    last = words.values(word=Case(When(given=True, then=F("organisation")), default=Value("")))[:1]
    return Coalesce(Subquery(last), Value(""))


def units_of(user_id: int) -> dict[str, str]:
    """Return the names of the verified units that a person belongs to, by code. One query."""
    found = memberships(User(pk=user_id))
    return {
        row.organisation.code: row.organisation.name
        for row in found
        if row.organisation.state == OrganisationState.VERIFIED
    }


def follow_consent(event: Event) -> None:
    """`order.paid`: the word that the buyer gave before the money came holds for it, too."""
    number = event.payload["order"]
    # A word given at this moment waits until the entries are there, or is there before them.
    lock(OrderRecord.objects.filter(number=number)).first()
    if ConsentDecision.objects.filter(order_number=number).exists():
        _tell(number, str(event.event_id))


def _tell(number: str, cause: str) -> None:
    """Tell every paid share of the order whom it is credited to; the ledger says nothing twice.

    An earlier word may still be on its way, so what the ledger says at this moment decides nothing.
    """
    facts = {"credited_organisation": consent_of(number)}
    paid = LedgerEntry.objects.filter(order_number=number, kind=EntryKind.GOODS, leg=Leg.APPLY)
    keys = paid.order_by("source_key").values_list("source_key", flat=True).distinct()
    items = [{"source_key": key, "facts": facts} for key in keys]
    if items:
        append(
            topic="credit.applied", stream=number, payload={"order": number, "cause": cause, "items": items}
        )
