"""The people who get the goods of a request: kept when their list is confirmed, erased on their day."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.fulfilment.consignments import erase_consignments
from shop.fulfilment.models import Parcel, ParcelState
from shop.ordering.status import FulfilmentState, PaymentState
from shop.procurement.drafts import draft_for, write_step
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.recipients import people_of, roster_of
from shop.procurement.roster_files import Person, ReadRoster
from shop.procurement.roster_models import Roster, RosterFile, RosterPerson

#: So long after the last receipt the people of an order are known; and of a request that is never ordered.
KEPT_DAYS = 180
#: So long a list waits to be confirmed.
WAITING_DAYS = 7
#: An order that is not received by its day is looked at again after so long.
LATER_DAYS = 30
WRITTEN_TOGETHER = 500


@transaction.atomic
def store_roster(*, request_id: int, name: str, read: ReadRoster, actor_id: int) -> RosterFile:
    """Keep the people of a file until their buyer says yes, in the place of a file that waits; nothing is applied.

    The same list again is the same file. Raises ProcurementError: not_a_draft, not_a_member, faults (with one bad row
    nothing is kept), same_roster (it is the one that the request has).
    """
    request = draft_for(request_id, actor_id)
    if read.faults:
        raise ProcurementError(
            _("Some rows cannot be taken, so none was. See below."), code="faults", field="file"
        )
    standing = roster_of(request)
    if standing is not None and standing.digest == read.digest:
        raise ProcurementError(
            _("This list is the one that the request has already; nothing was changed."),
            code="same_roster",
            field="file",
        )
    waiting = RosterFile.objects.filter(request=request).first()
    if waiting is not None and waiting.digest == read.digest:
        return waiting
    RosterFile.objects.filter(request=request).delete()
    return RosterFile.objects.create(
        request=request,
        name=name[:120],
        digest=read.digest,
        people=[person.as_kept() for person in read.people],
        doubts=[list(rows) for rows in read.doubts],
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )


@transaction.atomic
def confirm_roster(*, request_id: int, seen: str, are_sure: bool, actor_id: int) -> Roster:
    """Let the people of the file that waits get the goods, in the place of those of before. Safe to call twice.

    `seen` is the digest of what the buyer looked at; `are_sure`: people who share a number are different ones.
    Raises ProcurementError: not_a_draft, not_a_member, gone, changed, doubts. Nothing is written then.
    """
    request = draft_for(request_id, actor_id)
    file = RosterFile.objects.filter(request=request).first()
    standing = Roster.objects.filter(request=request).first()
    if file is None and standing is not None and standing.digest == seen:
        return standing
    if file is None:
        raise ProcurementError(_("This list is no longer here. Please upload it again."), code="gone")
    if file.digest != seen:
        raise ProcurementError(_("Another list was uploaded meanwhile. Please look at it."), code="changed")
    if file.doubts and not are_sure:
        raise ProcurementError(
            _("Please say that those who share a number are different people."), code="doubts", field="sure"
        )
    if standing is not None:
        _delete(standing)
    people = [Person(*row) for row in file.people]
    roster = Roster.objects.create(
        request=request,
        name=file.name,
        digest=file.digest,
        headcount=len(people),
        sets=sum(person.sets for person in people),
        destinations=_destinations(people),
        confirmed_by=actor_id,
        confirmed_at=clock.now(),
        erase_on=clock.today() + dt.timedelta(days=KEPT_DAYS),
    )
    RosterPerson.objects.bulk_create(_rows(roster, people), batch_size=WRITTEN_TOGETHER)
    faultpoint("procurement.roster.people_written")
    file.delete()
    told = {"people": roster.headcount, "sets": roster.sets, "parcels": roster.parcels}
    write_step(request, "request.roster_confirmed", actor_id, after=told)
    faultpoint("procurement.roster.before_commit")
    return roster


@transaction.atomic
def drop_roster(*, request_id: int, actor_id: int) -> bool:
    """Take the people off a draft, confirmed or not: its goods go to the unit's address. False when there are none."""
    request = draft_for(request_id, actor_id)
    waiting, _by_model = RosterFile.objects.filter(request=request).delete()
    standing = Roster.objects.filter(request=request).first()
    if standing is not None:
        _delete(standing)
        write_step(request, "request.roster_dropped", actor_id, before={"people": standing.headcount})
    return bool(waiting) or standing is not None


def copy_roster(*, source: PurchaseRequest, target: PurchaseRequest) -> None:
    """Let the people of a request get the goods of another too, while they are known. Within a transaction."""
    known = Roster.objects.filter(request=source, erased_at=None).first()
    if known is None:
        return
    people = list(people_of(known))
    known.pk, known.request, known.confirmed_at = None, target, clock.now()
    known.erase_on = clock.today() + dt.timedelta(days=KEPT_DAYS)
    known.save()
    for person in people:
        person.pk, person.roster = None, known
    RosterPerson.objects.bulk_create(people, batch_size=WRITTEN_TOGETHER)


def forget_rosters(*, limit: int = 20) -> int:
    """Erase the people whose day has come, and lists that nobody confirmed; return how many lists. A job.

    What was never ordered goes as a whole; of an order how many people it had stays. The day of an order is counted
    from its last receipt. Safe to run twice; nothing is journalled, the roster says when.
    """
    old = clock.now() - dt.timedelta(days=WAITING_DAYS)
    gone, _by_model = RosterFile.objects.filter(uploaded_at__lte=old).delete()
    due = Roster.objects.filter(erased_at=None)
    due = due.filter(Q(erase_on__lte=clock.today()) | Q(request__state=RequestState.CANCELLED))
    return gone + sum(_forget(pk) for pk in due.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def _forget(pk: int) -> bool:
    roster = lock(Roster.objects.filter(pk=pk, erased_at=None)).select_related("request__record").first()
    if roster is None:
        return False
    record = roster.request.record
    if record is None:
        _delete(roster)
        return True
    is_over = record.payment_state in (PaymentState.CLOSED, PaymentState.CLOSING)
    if not is_over and record.fulfilment_state != FulfilmentState.RECEIVED:
        return _put_off(roster, clock.today() + dt.timedelta(days=LATER_DAYS))
    last = _last_receipt(record.pk)
    day = clock.local_date(last) + dt.timedelta(days=KEPT_DAYS) if last else clock.today()
    if day > clock.today():
        return _put_off(roster, day)
    now = clock.now()
    nobody = dict.fromkeys(("name", "phone", "department", "city", "county", "street"), "")
    roster.people.update(**nobody, erased_at=now)
    roster.erased_at = now
    roster.save(update_fields=["erased_at"])
    erase_consignments(record_id=record.pk)
    return True


def _put_off(roster: Roster, day: dt.date) -> bool:
    roster.erase_on = day
    roster.save(update_fields=["erase_on"])
    return False


def _last_receipt(record_id: int) -> dt.datetime | None:
    parcels = Parcel.objects.filter(supplier_order__record=record_id, state=ParcelState.RECEIVED)
    return parcels.aggregate(last=Max("received_at"))["last"]


def _destinations(people: Iterable[Person]) -> list[list[Any]]:
    """Return where parcels go, as a roster keeps it: those of a department together, of others one for each."""
    homes: Counter[tuple[str, int]] = Counter()
    departments: Counter[str] = Counter()
    for person in people:
        if person.street:
            homes[person.province, person.sets] += 1
        else:
            departments[person.department] += person.sets
    found = [[province, sets, parcels] for (province, sets), parcels in sorted(homes.items())]
    return found + [["", sets, parcels] for sets, parcels in sorted(Counter(departments.values()).items())]


def _rows(roster: Roster, people: Sequence[Person]) -> list[RosterPerson]:
    return [
        RosterPerson(
            roster=roster,
            number=number,
            name=person.name,
            phone=person.phone,
            department=person.department,
            province=person.province,
            city=person.city,
            county=person.county,
            street=person.street,
            sets=person.sets,
        )
        for number, person in enumerate(people, start=1)
    ]


def _delete(roster: Roster) -> None:
    RosterPerson.objects.filter(roster=roster).delete()
    roster.delete()
