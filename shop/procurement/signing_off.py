"""The paper that people sign when they get their goods, and what is noted off it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.ordering.models import OrderRecord
from shop.procurement.drafts import write_step
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import MAY_REPORT, require_member
from shop.procurement.models import PurchaseRequest
from shop.procurement.roster_models import Roster, RosterPerson

#: People on one paper: what a page of the shop prints at once.
PEOPLE_A_PAPER = 500


@dataclass(frozen=True)
class Paper:
    """A part of the list that is printed together: its number from 1, and the people from one to another."""

    number: int
    first: int
    last: int


def papers_of(roster: Roster) -> list[Paper]:
    """Return the parts in which a list is printed."""
    firsts = range(1, roster.headcount + 1, PEOPLE_A_PAPER)
    return [
        Paper(number, first, min(first + PEOPLE_A_PAPER - 1, roster.headcount))
        for number, first in enumerate(firsts, start=1)
    ]


def people_on(paper: Paper, roster: Roster) -> list[RosterPerson]:
    """Return the people of a paper. One query."""
    found = RosterPerson.objects.filter(roster=roster, number__range=(paper.first, paper.last))
    return list(found.order_by("number"))


@transaction.atomic
def note_signatures(*, record_id: int, shown: Collection[int], signed: Collection[int], actor_id: int) -> int:
    """Note off the paper who of the people `shown` (numbers of the list) has signed; return for how many it changed.

    Of those shown the others have not. Safe to repeat. Raises ProcurementError: not_a_member, no_roster, erased,
    not_released (nothing has been handed out).
    """
    lock(OrderRecord.objects.filter(pk=record_id)).get()
    request = PurchaseRequest.objects.select_related("organisation", "roster", "record").get(record=record_id)
    require_member(organisation=request.organisation, user_id=actor_id, roles=MAY_REPORT)
    roster: Roster | None = getattr(request, "roster", None)
    if roster is None:
        raise ProcurementError(_("This order has one recipient."), code="no_roster")
    if roster.erased_at is not None:
        raise ProcurementError(_("The people of this order have been erased."), code="erased")
    if request.record is None or request.record.released_at is None:
        raise ProcurementError(_("Nothing has been handed out yet."), code="not_released")
    people = RosterPerson.objects.filter(roster=roster, number__in=shown)
    new = people.filter(number__in=signed, signed_on=None)
    done = new.update(signed_on=clock.today(), signed_noted_by=actor_id)
    gone = people.exclude(number__in=signed).exclude(signed_on=None)
    undone = gone.update(signed_on=None, signed_noted_by=None)
    if done or undone:
        write_step(
            request, "request.signatures_noted", actor_id, after={"signed": done, "taken_back": undone}
        )
    return done + undone
