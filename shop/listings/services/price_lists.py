"""Keep prices agreed with organisations: drafted from a file, handed in, approved by a second person, ended."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.exceptions import ListingError
from shop.listings.price_list_files import PriceFile, PriceRow, check_prices
from shop.listings.price_list_models import PriceList, PriceListRow, PriceListState

NOTE_LENGTH = 200


@transaction.atomic
def draft_price_list(
    *,
    name: str,
    units: Collection[str],
    starts_on: dt.date,
    ends_on: dt.date | None,
    file_name: str,
    read: PriceFile,
    actor_id: int,
) -> PriceList:
    """Keep a file as a price list that does not hold yet, journalled.

    The same draft again, while it is one, is the same list. Raises ListingError: name, units (none, or a code that
    is none), ends_on.
    """
    name = name.strip()
    if not name:
        raise ListingError(_("Please give the list a name."), code="name", field="name")
    if ends_on is not None and ends_on < starts_on:
        raise ListingError(_("A list cannot end before it begins."), code="ends_on", field="ends_on")
    found = _units(units)
    rows = [[row.row, row.sku, row.price, row.least, row.rounded] for row in read.rows]
    said = [name, str(starts_on), str(ends_on), [unit.code for unit in found], rows]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    same = PriceList.objects.filter(digest=digest, state=PriceListState.DRAFT).first()
    if same is not None:
        return same
    kept = PriceList.objects.create(
        name=name[:60],
        starts_on=starts_on,
        ends_on=ends_on,
        file_name=file_name[:120],
        digest=digest,
        columns=dict(read.columns),
        rows=rows,
        created_by=actor_id,
        created_at=clock.now(),
    )
    kept.units.set(found)
    _journal(
        kept,
        "price_list.drafted",
        actor_id,
        after={"units": [unit.code for unit in found], "rows": len(rows)},
    )
    return kept


def _units(codes: Collection[str]) -> list[Organisation]:
    found = list(Organisation.objects.filter(code__in=set(codes)).order_by("code"))
    if not found or len(found) < len(set(codes)):
        unknown = "、".join(sorted(set(codes) - {unit.code for unit in found}))
        raise ListingError(
            _("There is no organisation with this code: %(codes)s.") % {"codes": unknown or "—"},
            code="units",
            field="units",
        )
    return found


def rows_of_list(price_list: PriceList) -> list[PriceRow]:
    """Return the rows of a list's file as they were read."""
    return [
        PriceRow(int(row), sku, price, least, bool(rounded))
        for row, sku, price, least, rounded in price_list.rows
    ]


@transaction.atomic
def propose_price_list(*, list_id: int, actor_id: int) -> PriceList:
    """Hand a draft in for a second person, its prices as the goods are now; journalled. Safe to repeat.

    Raises PriceList.DoesNotExist, ListingError: faults (a row cannot be agreed; nothing is written), wrong_state.
    """
    found = _locked(list_id)
    if found.state == PriceListState.PROPOSED:
        return found
    _require(found, PriceListState.DRAFT)
    checked = check_prices(rows_of_list(found), found.columns)
    if checked.faults:
        raise ListingError(
            _("Some rows cannot be agreed, so none was handed in. See below."), code="faults", field="file"
        )
    found.prices.all().delete()
    PriceListRow.objects.bulk_create(
        PriceListRow(
            price_list=found, product_id=one.listing.product_id, min_quantity=one.least, price_fen=one.fen
        )
        for one in checked.good
    )
    found.state, found.proposed_by, found.proposed_at = PriceListState.PROPOSED, actor_id, clock.now()
    found.save(update_fields=["state", "proposed_by", "proposed_at"])
    _journal(found, "price_list.proposed", actor_id, after={"prices": len(checked.good)})
    return found


@transaction.atomic
def approve_price_list(*, list_id: int, actor_id: int) -> PriceList:
    """Let a proposed list hold from its first day on; by somebody else than who proposed it. Safe to repeat.

    Raises PriceList.DoesNotExist, ListingError: own_proposal, wrong_state.
    """
    found = _locked(list_id)
    if found.state != PriceListState.APPROVED:
        _decide(found, PriceListState.APPROVED, actor_id)
        _journal(found, "price_list.approved", actor_id)
    return found


@transaction.atomic
def refuse_price_list(*, list_id: int, note: str, actor_id: int) -> PriceList:
    """Refuse a proposed list with a reason; by somebody else than who proposed it. Safe to repeat.

    Raises PriceList.DoesNotExist, ListingError: own_proposal, wrong_state, reason_missing.
    """
    found = _locked(list_id)
    if found.state == PriceListState.REFUSED:
        return found
    if not note.strip():
        raise ListingError(_("Say why it is refused."), code="reason_missing", field="note")
    found.note = note.strip()[:NOTE_LENGTH]
    _decide(found, PriceListState.REFUSED, actor_id)
    _journal(found, "price_list.refused", actor_id, reason=found.note)
    return found


@transaction.atomic
def withdraw_price_list(*, list_id: int, actor_id: int) -> PriceList:
    """Take a list back that nobody has approved, journalled. Safe to repeat.

    Raises PriceList.DoesNotExist, ListingError: wrong_state.
    """
    found = _locked(list_id)
    if found.state == PriceListState.WITHDRAWN:
        return found
    _require(found, PriceListState.DRAFT, PriceListState.PROPOSED)
    found.state = PriceListState.WITHDRAWN
    found.save(update_fields=["state"])
    _journal(found, "price_list.withdrawn", actor_id)
    return found


@transaction.atomic
def end_price_list(*, list_id: int, actor_id: int) -> PriceList:
    """Let an approved list hold today for the last time, journalled; one that has not begun never holds.

    Safe to repeat. Raises PriceList.DoesNotExist, ListingError: wrong_state.
    """
    found = _locked(list_id)
    _require(found, PriceListState.APPROVED)
    today = clock.today()
    if found.ends_on is not None and found.ends_on <= today:
        return found
    before, found.ends_on = found.ends_on, today if found.starts_on <= today else found.starts_on
    if found.starts_on > today:
        found.prices.all().delete()
    found.save(update_fields=["ends_on"])
    _journal(
        found,
        "price_list.ended",
        actor_id,
        before={"ends_on": str(before or "")},
        after={"ends_on": str(found.ends_on)},
    )
    return found


def _locked(list_id: int) -> PriceList:
    return lock(PriceList.objects.filter(pk=list_id)).get()


def _require(found: PriceList, *states: PriceListState) -> None:
    if found.state not in states:
        raise ListingError(
            _("This is no longer possible: the list is now “%(state)s”.")
            % {"state": found.get_state_display()},
            code="wrong_state",
        )


def _decide(found: PriceList, state: PriceListState, actor_id: int) -> None:
    _require(found, PriceListState.PROPOSED)
    if found.proposed_by == actor_id:
        raise ListingError(
            _("You proposed this yourself, so another person must decide it."), code="own_proposal"
        )
    found.state, found.decided_by, found.decided_at = state, actor_id, clock.now()
    found.save(update_fields=["state", "decided_by", "decided_at", "note"])


def _journal(
    found: PriceList,
    action: str,
    actor_id: int,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="price_list",
        object_key=str(found.pk),
        before=before,
        after={"name": found.name, "state": str(found.state), **(after or {})},
        reason=reason,
    )
