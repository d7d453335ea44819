"""Stock of an order: promised, shipped, given back, returned. The balance is the truth.

A line may be promised out of several balances: one allocation for each. Every change of a balance is one
conditional UPDATE or is made under its lock. Balances are taken in the order of their stock records and then
of their ids by everyone, so that two callers cannot deadlock.

Oscar's num_in_stock and num_allocated mirror the retail pool, all its lots and places together. They are moved
by the same numbers in the same transaction, and are never read for a decision.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from oscar.apps.order.models import Line
from oscar.apps.partner.models import StockRecord

from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.exceptions import OutOfStock, StockRefused
from shop.ordering.models import Allocation, OrderRecord, RefundItem, StockBalance
from shop.ordering.sellable import Free, free_units, is_past
from shop.ordering.status import PaymentState, Pool, RefundState, ReleaseState

#: The order in which units of a line are taken from its allocations.
FIRST_EXPIRING = (F("balance__expires_on").asc(nulls_last=True), "balance_id", "pk")
RETAIL = Pool.RETAIL.value
#: Goods of an order up to which each stock is promised by an UPDATE of its own; more are promised together.
ONE_BY_ONE = 50
#: Rows that get a value of their own in one statement: its cost grows with their square.
WRITTEN_TOGETHER = 500
#: A balance and so many units of it.
Taken = tuple[int, int]


class Move(NamedTuple):
    """So many units of one allocation."""

    allocation: Allocation
    units: int


def allocate(
    *, lines: Iterable[Line], units: Mapping[int, int], pool: str = RETAIL, again: bool = False
) -> None:
    """Hold `units[line.pk]` of each line's stock, first expiring first, or hold nothing.

    Lines of the same stock are summed first. `again`: the lines may have held stock before (a reopened order,
    a replacement) and get more. Call it inside the transaction of the order. Raises OutOfStock naming the
    product and what is left.
    """
    wanted: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if units.get(line.pk, 0):
            wanted[line.stockrecord_id].append(line)
    needed = {pk: sum(units[line.pk] for line in wanted[pk]) for pk in sorted(wanted)}
    titles = {pk: of_stock[0].title for pk, of_stock in wanted.items()}
    take = _take_many if len(needed) > ONE_BY_ONE else _take_each
    taken = take(needed, pool, titles)
    held = [one for pk in needed for one in _over_lines(wanted[pk], units, taken[pk])]
    _write_held(held, again=again)
    if pool == RETAIL:
        shift_mirror({pk: (0, count) for pk, count in needed.items()})


def _take_each(needed: Mapping[int, int], pool: str, titles: Mapping[int, str]) -> dict[int, list[Taken]]:
    """Promise units of each stock by an UPDATE of its own, which waits for nobody who buys other goods."""
    free = free_units(needed.keys(), pool) if needed else {}
    return {pk: _take(pk, pool, units, titles[pk], free.get(pk, [])) for pk, units in needed.items()}


def _take_many(needed: Mapping[int, int], pool: str, titles: Mapping[int, str]) -> dict[int, list[Taken]]:
    """Promise units of thousands of stocks together: their balances are locked, looked at and written in sets."""
    balances = lock(StockBalance.objects.filter(stockrecord__in=needed, pool=pool))
    list(balances.order_by("stockrecord_id", "pk"))
    free = free_units(needed.keys(), pool)
    taken = {pk: _first_expiring(free.get(pk, []), units, titles[pk]) for pk, units in needed.items()}
    promised = dict(balance for of_stock in taken.values() for balance in of_stock)
    rows = list(StockBalance.objects.filter(pk__in=promised))
    for row in rows:
        row.allocated += promised[row.pk]
    StockBalance.objects.bulk_update(rows, ["allocated"], batch_size=WRITTEN_TOGETHER)
    return taken


def _take(stockrecord_id: int, pool: str, needed: int, title: str, seen: Sequence[Free]) -> list[Taken]:
    """Promise units of one stock; return (balance, units). Goods of one balance cost one UPDATE."""
    if len(seen) == 1 and _promise(seen[0].balance_id, needed):
        return [(seen[0].balance_id, needed)]
    # Several lots or places, or somebody was faster: look again at what nobody else can change.
    list(lock(StockBalance.objects.filter(stockrecord_id=stockrecord_id, pool=pool)))
    taken = _first_expiring(free_units([stockrecord_id], pool).get(stockrecord_id, []), needed, title)
    for balance_id, units in taken:
        if not _promise(balance_id, units):
            raise RuntimeError(f"balance {balance_id} changed under its lock")
    return taken


def _first_expiring(free: Sequence[Free], needed: int, title: str) -> list[Taken]:
    """Return which balances the units are taken of; raises OutOfStock when they have fewer together."""
    left = sum(balance.units for balance in free)
    if left < needed:
        raise OutOfStock(product=title, left=left)
    taken: list[Taken] = []
    for balance in free:
        units = min(needed, balance.units)
        taken += [(balance.balance_id, units)] if units else []
        needed -= units
    return taken


def _promise(balance_id: int, units: int) -> bool:
    enough = StockBalance.objects.filter(pk=balance_id, on_hand__gte=F("allocated") + units)
    return bool(enough.update(allocated=F("allocated") + units))


def _over_lines(lines: Sequence[Line], units: Mapping[int, int], taken: Sequence[Taken]) -> list[Allocation]:
    """Give what was taken to the lines one after another: an allocation for each line and balance."""
    held: list[Allocation] = []
    rest = [list(each) for each in taken]
    for line in lines:
        missing = units[line.pk]
        while missing:
            balance_id, left = rest[0]
            given = min(missing, left)
            held.append(Allocation(line=line, balance_id=balance_id, units=given))
            missing -= given
            rest[0][1] -= given
            if not rest[0][1]:
                rest.pop(0)
    return held


def _write_held(held: Sequence[Allocation], *, again: bool) -> None:
    if not again:
        Allocation.objects.bulk_create(held)
        return
    for one in held:
        known = Allocation.objects.filter(line_id=one.line_id, balance_id=one.balance_id)
        if not known.update(units=F("units") + one.units):
            one.save(force_insert=True)


def consume_allocation(*, line_units: Mapping[int, int]) -> None:
    """Take shipped units off the shelf, first expiring first: `line_units` maps line ids of one order to units.

    Units that an open refund request reserved as unshipped cannot be shipped any more: the row lock of
    the order decides who was first. Call it inside the transaction that writes the parcel; not safe to
    call twice for one parcel. An order on terms ships unpaid once it is released. Raises StockRefused and
    changes nothing when the order is not released, a line has fewer units to ship, or (code expired) what it
    holds is past its date.
    """
    with transaction.atomic():
        record = _locked_record_of(line_units)
        closed = record.payment_state not in (PaymentState.PAID, PaymentState.UNPAID)
        if record.release_state != ReleaseState.RELEASED or closed:
            raise StockRefused(
                _("Order %(order)s is not released for shipping.") % {"order": record.number},
                code="not_released",
            )
        reserved = units_reserved_for_refunds(record)
        moves: list[Move] = []
        today = clock.today()
        for line_id, held in _allocations(line_units).items():
            units = line_units[line_id]
            _require_left(held, units, sum(one.held for one in held) - reserved.get(line_id, 0))
            good = [one for one in held if not is_past(one.balance.expires_on, today)]
            _require_good(held, units, sum(one.held for one in good))
            moves += _spread(good, units, {one.pk: one.held for one in good})
        for move in _in_order(moves):
            Allocation.objects.filter(pk=move.allocation.pk).update(consumed=F("consumed") + move.units)
            StockBalance.objects.filter(pk=move.allocation.balance_id).update(
                allocated=F("allocated") - move.units,
                on_hand=F("on_hand") - move.units,
                version=F("version") + 1,
            )
        shift_mirror(_retail(moves, on_hand=-1, allocated=-1))


def release_allocation(*, line_units: Mapping[int, int]) -> None:
    """Give held units back for sale: `line_units` maps Oscar line ids of one order to units.

    What is past its date goes first, then what expires last: the order keeps what should be shipped first.
    The caller holds the order's lock. Raises StockRefused when a line holds fewer units; the CHECK on
    the allocation makes a second release of the same units impossible.
    """
    moves: list[Move] = []
    today = clock.today()
    for line_id, held in _allocations(line_units).items():
        units = line_units[line_id]
        _require_left(held, units, sum(one.held for one in held))
        past = [one for one in held if is_past(one.balance.expires_on, today)]
        good = [one for one in held if not is_past(one.balance.expires_on, today)]
        moves += _spread([*past, *reversed(good)], units, {one.pk: one.held for one in held})
    for move in _in_order(moves):
        Allocation.objects.filter(pk=move.allocation.pk).update(released=F("released") + move.units)
        StockBalance.objects.filter(pk=move.allocation.balance_id).update(
            allocated=F("allocated") - move.units
        )
    shift_mirror(_retail(moves, on_hand=0, allocated=-1))


def return_to_stock(*, line_units: Mapping[int, int], actor_id: int | None, reason: str) -> None:
    """Put shipped units that came back in good order on the shelf again; journalled.

    Nobody knows of which of its lots a unit is, so it is taken to be of the one that expires first.
    Raises StockRefused when a line has fewer units shipped and not yet returned.
    """
    with transaction.atomic():
        record = _locked_record_of(line_units)
        moves: list[Move] = []
        for line_id, sent in _allocations(line_units).items():
            out = {one.pk: one.consumed - one.returned for one in sent}
            _require_left(sent, line_units[line_id], sum(out.values()))
            moves += _spread(sent, line_units[line_id], out)
        for move in _in_order(moves):
            Allocation.objects.filter(pk=move.allocation.pk).update(returned=F("returned") + move.units)
            StockBalance.objects.filter(pk=move.allocation.balance_id).update(
                on_hand=F("on_hand") + move.units, version=F("version") + 1
            )
        shift_mirror(_retail(moves, on_hand=1, allocated=0))
        journal(
            actor_id=actor_id,
            action="stock.returned",
            object_type="order",
            object_key=record.number,
            after={"units": {str(line_id): units for line_id, units in line_units.items()}},
            reason=reason,
        )


def units_reserved_for_refunds(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the unshipped units that open refund requests wait to give back."""
    reserved: dict[int, int] = defaultdict(int)
    for line_id, units in units_waiting_for_refunds(record):
        reserved[line_id] += units
    return dict(reserved)


def units_waiting_for_refunds(record: OrderRecord) -> QuerySet[RefundItem, tuple[int, int]]:
    """Return, for each item of an open refund request, its Oscar line id and those units."""
    waiting = RefundItem.objects.filter(
        request__record=record, request__state=RefundState.REQUESTED, share__isnull=False
    )
    return waiting.values_list("share__line_id", "unshipped_units")


def shift_mirror(sums: Mapping[int, tuple[int, int]]) -> None:
    """Move Oscar's figures by (on hand, allocated) of the retail pool; call it after the balances.

    A difference can be added whatever else happens to other lots of the same stock at the same moment; a sum
    read here could miss it.
    """
    for stockrecord_id in sorted(sums):
        on_hand, allocated = sums[stockrecord_id]
        columns = {}
        if on_hand:
            columns["num_in_stock"] = Coalesce(F("num_in_stock"), 0) + on_hand
        if allocated:
            columns["num_allocated"] = Coalesce(F("num_allocated"), 0) + allocated
        if columns:
            StockRecord.objects.filter(pk=stockrecord_id).update(**columns)


def _retail(moves: Iterable[Move], *, on_hand: int, allocated: int) -> dict[int, tuple[int, int]]:
    """Return what moved in the retail pool by stock record, with these signs."""
    units: dict[int, int] = defaultdict(int)
    for move in moves:
        balance = move.allocation.balance
        if balance.pool == RETAIL:
            units[balance.stockrecord_id] += move.units
    return {pk: (on_hand * count, allocated * count) for pk, count in units.items()}


def _locked_record_of(line_units: Mapping[int, int]) -> OrderRecord:
    orders = set(Line.objects.filter(pk__in=line_units).values_list("order_id", flat=True))
    if len(orders) != 1 or min(line_units.values()) < 1:
        raise StockRefused(_("Name the units of lines of one order."), code="no_units", field="units")
    return lock(OrderRecord.objects.filter(order_id__in=orders)).get()


def _allocations(line_units: Mapping[int, int]) -> dict[int, list[Allocation]]:
    """Return by line its allocations, first expiring first. One query."""
    found: dict[int, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.filter(line__in=line_units).select_related("line", "balance")
    for allocation in rows.order_by(*FIRST_EXPIRING):
        found[allocation.line_id].append(allocation)
    if set(found) != set(line_units):
        raise StockRefused(_("A line of the order holds no stock."), code="no_allocation", field="units")
    return found


def _spread(allocations: Sequence[Allocation], units: int, most: Mapping[int, int]) -> list[Move]:
    """Spread units over allocations, each up to its most, in the order given."""
    moves: list[Move] = []
    for allocation in allocations:
        taken = min(units, most[allocation.pk])
        if taken > 0:
            moves.append(Move(allocation, taken))
            units -= taken
    return moves


def _in_order(moves: Iterable[Move]) -> list[Move]:
    """Return the moves in the order in which everyone takes balances."""
    return sorted(
        moves, key=lambda move: (move.allocation.balance.stockrecord_id, move.allocation.balance_id)
    )


def _require_left(allocations: Sequence[Allocation], units: int, left: int) -> None:
    if units > left:
        raise StockRefused(
            _("“%(product)s”: %(units)d units were asked for, %(left)d are left in this order.")
            % {"product": allocations[0].line.title, "units": units, "left": max(left, 0)},
            code="units",
            field="units",
        )


def _require_good(allocations: Sequence[Allocation], units: int, good: int) -> None:
    if units > good:
        lots = dict.fromkeys(one.balance.lot for one in allocations if one.held and one.balance.expires_on)
        raise StockRefused(
            _(
                "“%(product)s”: only %(good)d of the units kept for this order are still within their date"
                " (lots %(lots)s). Ask the shop for other units, or report a shortage."
            )
            % {"product": allocations[0].line.title, "good": good, "lots": "、".join(lots)},
            code="expired",
            field="units",
        )
