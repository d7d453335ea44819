"""The verbs of leads, what is read of them, and what is erased by the clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from shop.accounts.phones import normalise_phone
from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement.exceptions import ProcurementError
from shop.procurement.lead_models import Lead, LeadState, LeadStep
from shop.procurement.numbers import new_lead_number
from shop.procurement.transitions import LEAD
from shop.regions.models import PartnerRegion

#: So long after the last step a contact is kept.
CONTACT_DAYS = 180
MOST_FEN = 10**12
_ENDED = (LeadState.ORDERED, LeadState.LOST)


@dataclass(frozen=True)
class Funnel:
    """How far leads came: of all of them how many reached each step, and the sums in fen.

    `expected_fen` is what the open ones hope for and no sale; `ordered_fen` are goods of linked orders.
    """

    reached: dict[str, int]
    opened: int
    ordered: int
    lost: int
    expected_fen: int
    ordered_fen: int


def leads(scope: Scope) -> QuerySet[Lead]:
    """Return the leads that a scope may see: all, or those of its regions; the newest first."""
    found = Lead.objects.select_related("region", "organisation").order_by("-opened_at", "-pk")
    return found if scope.everything else found.filter(region__slug__in=scope.regions)


def regions_of(scope: Scope) -> QuerySet[PartnerRegion]:
    """Return the regions about whose goods the caller may negotiate."""
    found = PartnerRegion.objects.all()
    return found if scope.everything else found.filter(slug__in=scope.regions)


def ordered_fen(lead_ids: Iterable[int]) -> dict[int, int]:
    """Return by lead what the goods of its region in its orders come to now: reduced and refunded ones taken off."""
    shares = LineShare.objects.filter(record__lead_step__lead__in=list(lead_ids)).exclude(
        record__payment_state=PaymentState.CLOSED
    )
    own = shares.annotate(place=KeyTextTransform("region", "dims")).filter(
        place=F("record__lead_step__lead__region__slug")
    )
    rows = own.order_by().values_list("record__lead_step__lead_id")
    return dict(rows.annotate(total=Sum(F("fen") - F("reduced_fen") - F("refunded_fen"))))


def funnel_of(found: QuerySet[Lead]) -> Funnel:
    """Return how far leads came and what came of them. Three queries."""
    states = {
        state: (count, fen)
        for state, count, fen in found.order_by()
        .values_list("state")
        .annotate(count=Count("pk"), hoped=Sum("expected_fen"))
    }
    steps = LeadStep.objects.filter(lead__in=found.order_by().values("pk")).order_by().values_list("kind")
    reached = dict(steps.annotate(count=Count("lead", distinct=True)))
    hoped = sum(fen for state, (_count, fen) in states.items() if state not in _ENDED)
    ordered = ordered_fen(found.filter(state=LeadState.ORDERED).order_by().values_list("pk", flat=True))
    return Funnel(
        reached={state: reached.get(state, 0) for state in LeadState.values},
        opened=sum(count for count, _fen in states.values()),
        ordered=states.get(LeadState.ORDERED, (0, 0))[0],
        lost=states.get(LeadState.LOST, (0, 0))[0],
        expected_fen=hoped,
        ordered_fen=sum(ordered.values()),
    )


@transaction.atomic
def open_lead(
    *,
    scope: Scope,
    company: str,
    region: str,
    contact_name: str,
    contact_phone: str,
    expected_fen: int,
    next_on: dt.date | None,
    note: str,
    demo: bool,
    actor_id: int,
    organisation: str = "",
) -> Lead:
    """Write a visit down as a new lead; not safe to repeat. Journalled without the contact.

    `region` is a slug of the scope, `organisation` the code of a unit that is known here already. Raises
    ProcurementError: region, company, organisation, range, past (to be asked about on a day that is over); ShopError
    for a phone number that is none.
    """
    place = regions_of(scope).filter(slug=region).first()
    if place is None:
        raise ProcurementError(_("Choose one of your regions."), code="region", field="region")
    if not company.strip():
        raise ProcurementError(_("Name the firm or unit."), code="company", field="company")
    unit = Organisation.objects.filter(code=organisation).first() if organisation else None
    if organisation and unit is None:
        raise ProcurementError(
            _("There is no organisation of that code."), code="organisation", field="organisation"
        )
    _require_sum(expected_fen)
    _require_ahead(next_on)
    now = clock.now()
    lead = Lead.objects.create(
        number=new_lead_number(),
        company=company.strip()[:80],
        organisation=unit,
        region=place,
        contact_name=contact_name.strip()[:40],
        contact_phone=normalise_phone(contact_phone) if contact_phone.strip() else "",
        expected_fen=expected_fen,
        owner_id=actor_id,
        opened_at=now,
        next_on=next_on,
        erase_on=_erase_on(),
        demo=demo,
    )
    LeadStep.objects.create(lead=lead, kind=LeadState.VISIT, note=note.strip()[:300], by_id=actor_id, at=now)
    _note(lead, f"lead.{lead.state}", actor_id)
    return lead


@transaction.atomic
def note_step(
    *,
    scope: Scope,
    number: str,
    kind: str,
    note: str,
    actor_id: int,
    expected_fen: int | None = None,
    next_on: dt.date | None = None,
    order: str = "",
) -> Lead:
    """Note a step of a lead: the next one moves it, one of the state it is in adds to it. Journalled.

    `ordered` names the order that came of it, once; `lost` says why. The contact is kept for another while. Raises
    Lead.DoesNotExist outside the scope, ProcurementError: unknown, wrong_state, why, order, range, past.
    """
    lead = lock(Lead.objects.filter(pk__in=leads(scope).filter(number=number).order_by().values("pk"))).get()
    if kind not in LeadState.values:
        raise ProcurementError(_("Choose one of the list."), code="unknown", field="kind")
    if kind != lead.state and not LEAD.allows(lead.state, kind):
        raise ProcurementError(
            _("This is no longer possible: the lead is now “%(state)s”.")
            % {"state": lead.get_state_display()},
            code="wrong_state",
            field="kind",
        )
    if kind == LeadState.LOST and not note.strip():
        raise ProcurementError(_("Please say why nothing came of it."), code="why", field="note")
    record = _order_of(lead, order.strip()) if kind == LeadState.ORDERED else None
    if expected_fen is not None:
        _require_sum(expected_fen)
        lead.expected_fen = expected_fen
    _require_ahead(next_on)
    moved = kind != lead.state
    lead.state, lead.next_on = LeadState(kind), None if kind in _ENDED else next_on
    lead.erase_on = _erase_on()
    lead.save(update_fields=["state", "next_on", "erase_on", "expected_fen"])
    LeadStep.objects.create(
        lead=lead, kind=kind, note=note.strip()[:300], record=record, by_id=actor_id, at=clock.now()
    )
    _note(
        lead, f"lead.{lead.state}" if moved else "lead.noted", actor_id, order=record.number if record else ""
    )
    return lead


def contacts_due() -> QuerySet[Lead]:
    """Return the leads whose contact is to go; a day further ahead than any is set was set by a wrong clock."""
    today = clock.today()
    named = ~Q(contact_name="") | ~Q(contact_phone="")
    return Lead.objects.filter(
        named, Q(erase_on__lte=today) | Q(erase_on__gt=today + dt.timedelta(days=CONTACT_DAYS))
    )


def forget_lead_contacts(*, limit: int = 200) -> int:
    """Take name and number off the leads that are due, and return off how many. A job; safe to run twice.

    Firm, steps and sums stay. Nothing is journalled: the lead says when.
    """
    with transaction.atomic():
        found = list(contacts_due().order_by("pk").values_list("pk", flat=True)[:limit])
        keys = [lead.pk for lead in lock(contacts_due().filter(pk__in=found))]
        Lead.objects.filter(pk__in=keys).update(contact_name="", contact_phone="", erased_at=clock.now())
    return len(keys)


def _order_of(lead: Lead, number: str) -> OrderRecord:
    record = OrderRecord.objects.filter(number=number).first()
    own = LineShare.objects.filter(record=record, dims__region=lead.region.slug)
    if record is None or not own.exists():
        raise ProcurementError(
            _("There is no order of that number with goods of this region."), code="order", field="order"
        )
    if lead.organisation is not None and record.credited_organisation != lead.organisation.code:
        raise ProcurementError(_("This order is not the unit’s own."), code="order", field="order")
    if LeadStep.objects.filter(record=record).exists():
        raise ProcurementError(_("This order belongs to a lead already."), code="order", field="order")
    return record


def _require_sum(fen: int) -> None:
    if not 0 <= fen < MOST_FEN:
        raise ProcurementError(_("This number is out of range."), code="range", field="expected_fen")


def _require_ahead(day: dt.date | None) -> None:
    if day is not None and day < clock.today():
        raise ProcurementError(_("Choose today or a later day."), code="past", field="next_on")


def _erase_on() -> dt.date:
    return clock.today() + dt.timedelta(days=CONTACT_DAYS)


def _note(lead: Lead, action: str, actor_id: int, **more: Any) -> None:
    """Journal a step; never the contact, which is to be erased."""
    told = {"company": lead.company, "state": str(lead.state)} | {
        key: value for key, value in more.items() if value
    }
    journal(actor_id=actor_id, action=action, object_type="lead", object_key=lead.number, after=told)
