"""Stock: the balance is the truth, and every change of it is one conditional UPDATE.

Oscar's num_in_stock and num_allocated mirror the retail pool. They are written from the balance in
the same transaction, under the balance's row lock, and are never read for a decision.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from oscar.apps.order.models import Line
from oscar.apps.partner.models import StockRecord

from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.exceptions import OutOfStock, StockRefused
from shop.ordering.models import Allocation, OrderRecord, RefundItem, StockBalance
from shop.ordering.status import PaymentState, Pool, RefundState, ReleaseState

RETAIL = Pool.RETAIL.value


def allocate(*, lines: Iterable[Line], units: Mapping[int, int], pool: str = RETAIL) -> None:
    """Hold `units[line.pk]` of each line's stock, or hold nothing.

    Lines of the same stock are summed first and stocks are taken in id order, so that two callers
    cannot deadlock. A line that held stock before (a reopened order) gets more.
    Call it inside the transaction of the order. Raises OutOfStock naming the product and what is left.
    """
    wanted: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if units.get(line.pk, 0):
            wanted[line.stockrecord_id].append(line)
    for stockrecord_id in sorted(wanted):
        of_stock = wanted[stockrecord_id]
        balance_id = _take(stockrecord_id, pool, sum(units[line.pk] for line in of_stock), of_stock[0].title)
        for line in of_stock:
            held = Allocation.objects.filter(line=line, balance_id=balance_id)
            if not held.update(units=F("units") + units[line.pk]):
                Allocation.objects.create(line=line, balance_id=balance_id, units=units[line.pk])
    _mirror(wanted)


def _take(stockrecord_id: int, pool: str, units: int, title: str) -> int:
    balance = StockBalance.objects.filter(stockrecord_id=stockrecord_id, pool=pool, lot="", location="")
    if not balance.filter(on_hand__gte=F("allocated") + units).update(allocated=F("allocated") + units):
        row = balance.first()
        raise OutOfStock(product=title, left=row.on_hand - row.allocated if row else 0)
    return balance.values_list("pk", flat=True).get()


def consume_allocation(*, line_units: Mapping[int, int]) -> None:
    """Take shipped units off the shelf: `line_units` maps Oscar line ids of one order to units.

    Units that an open refund request reserved as unshipped cannot be shipped any more: the row lock of
    the order decides who was first. Call it inside the transaction that writes the parcel; not safe to
    call twice for one parcel. An order on terms ships unpaid once it is released. Raises StockRefused and
    changes nothing when the order is not released or a line has fewer units to ship.
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
        for allocation in _allocations(line_units):
            units = line_units[allocation.line_id]
            _require_left(allocation, units, allocation.held - reserved.get(allocation.line_id, 0))
            Allocation.objects.filter(pk=allocation.pk).update(consumed=F("consumed") + units)
            StockBalance.objects.filter(pk=allocation.balance_id).update(
                allocated=F("allocated") - units, on_hand=F("on_hand") - units
            )
        _mirror_of_lines(line_units)


def release_allocation(*, line_units: Mapping[int, int]) -> None:
    """Give held units back for sale: `line_units` maps Oscar line ids of one order to units.

    The caller holds the order's lock. Raises StockRefused when a line holds fewer units; the CHECK on
    the allocation makes a second release of the same units impossible.
    """
    for allocation in _allocations(line_units):
        units = line_units[allocation.line_id]
        _require_left(allocation, units, allocation.held)
        Allocation.objects.filter(pk=allocation.pk).update(released=F("released") + units)
        StockBalance.objects.filter(pk=allocation.balance_id).update(allocated=F("allocated") - units)
    _mirror_of_lines(line_units)


def return_to_stock(*, line_units: Mapping[int, int], actor_id: int | None, reason: str) -> None:
    """Put shipped units that came back in good order on the shelf again; journalled.

    Raises StockRefused when a line has fewer units shipped and not yet returned.
    """
    with transaction.atomic():
        record = _locked_record_of(line_units)
        for allocation in _allocations(line_units):
            units = line_units[allocation.line_id]
            _require_left(allocation, units, allocation.consumed - allocation.returned)
            Allocation.objects.filter(pk=allocation.pk).update(returned=F("returned") + units)
            StockBalance.objects.filter(pk=allocation.balance_id).update(on_hand=F("on_hand") + units)
        _mirror_of_lines(line_units)
        journal(
            actor_id=actor_id,
            action="stock.returned",
            object_type="order",
            object_key=record.number,
            after={"units": {str(line_id): units for line_id, units in line_units.items()}},
            reason=reason,
        )


def set_stock(
    *,
    stockrecord: StockRecord,
    on_hand: int,
    pool: str = RETAIL,
    expected: int | None = None,
    actor_id: int | None = None,
    reason: str = "",
) -> StockBalance:
    """Set the units on hand after a count or an import; safe to repeat with the same figure.

    `expected` is the figure the counter saw: when stock has moved since, StockRefused (code stale) is
    raised and nothing written. Raises StockRefused (code promised) below what is promised to orders.
    """
    if on_hand < 0:
        raise StockRefused(_("Stock cannot be negative."), code="negative", field="on_hand")
    with transaction.atomic():
        balance = _locked_balance(stockrecord, pool)
        if expected is not None and balance.on_hand != expected:
            raise StockRefused(
                _("Stock of %(sku)s is now %(now)d, not %(expected)d. Please count again.")
                % {"sku": stockrecord.partner_sku, "now": balance.on_hand, "expected": expected},
                code="stale",
                field="on_hand",
            )
        return _change(stockrecord, balance, on_hand - balance.on_hand, actor_id, reason)


def adjust_stock(
    *,
    stockrecord: StockRecord,
    delta: int,
    pool: str = RETAIL,
    actor_id: int | None = None,
    reason: str = "",
) -> StockBalance:
    """Add units to stock, or take them off; not safe to repeat.

    Raises StockRefused (code promised) when fewer would be left than is promised to orders.
    """
    with transaction.atomic():
        return _change(stockrecord, _locked_balance(stockrecord, pool), delta, actor_id, reason)


def units_reserved_for_refunds(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the unshipped units that open refund requests wait to give back."""
    reserved: dict[int, int] = defaultdict(int)
    waiting = RefundItem.objects.filter(
        request__record=record, request__state=RefundState.REQUESTED, share__isnull=False
    )
    for line_id, units in waiting.values_list("share__line_id", "unshipped_units"):
        reserved[line_id] += units
    return dict(reserved)


def _locked_balance(stockrecord: StockRecord, pool: str) -> StockBalance:
    StockBalance.objects.get_or_create(stockrecord=stockrecord, pool=pool, lot="", location="")
    return lock(StockBalance.objects.filter(stockrecord=stockrecord, pool=pool, lot="", location="")).get()


def _change(
    stockrecord: StockRecord, balance: StockBalance, delta: int, actor_id: int | None, reason: str
) -> StockBalance:
    before = balance.on_hand
    if delta == 0:
        return balance
    if before + delta < balance.allocated:
        raise StockRefused(
            _("%(promised)d units of %(sku)s are promised to orders; stock cannot be less.")
            % {"promised": balance.allocated, "sku": stockrecord.partner_sku},
            code="promised",
            field="on_hand",
        )
    StockBalance.objects.filter(pk=balance.pk).update(on_hand=F("on_hand") + delta)
    _mirror([stockrecord.pk])
    balance.refresh_from_db()
    journal(
        actor_id=actor_id,
        action="stock.changed",
        object_type="stock",
        object_key=f"{stockrecord.partner_sku}:{balance.pool}"[:64],
        before={"on_hand": before},
        after={"on_hand": balance.on_hand},
        reason=reason,
    )
    return balance


def _locked_record_of(line_units: Mapping[int, int]) -> OrderRecord:
    orders = set(Line.objects.filter(pk__in=line_units).values_list("order_id", flat=True))
    if len(orders) != 1 or min(line_units.values()) < 1:
        raise StockRefused(_("Name the units of lines of one order."), code="no_units", field="units")
    return lock(OrderRecord.objects.filter(order_id__in=orders)).get()


def _allocations(line_units: Mapping[int, int]) -> list[Allocation]:
    """Return the allocations of the lines in stock order, the order in which balances are locked."""
    found = list(
        Allocation.objects.filter(line__in=line_units)
        .select_related("line")
        .order_by("balance__stockrecord_id", "line_id")
    )
    if {allocation.line_id for allocation in found} != set(line_units):
        raise StockRefused(_("A line of the order holds no stock."), code="no_allocation", field="units")
    return found


def _require_left(allocation: Allocation, units: int, left: int) -> None:
    if units > left:
        raise StockRefused(
            _("“%(product)s”: %(units)d units were asked for, %(left)d are left in this order.")
            % {"product": allocation.line.title, "units": units, "left": max(left, 0)},
            code="units",
            field="units",
        )


def _mirror_of_lines(line_units: Mapping[int, int]) -> None:
    _mirror(Line.objects.filter(pk__in=line_units).values_list("stockrecord_id", flat=True))


def _mirror(stockrecord_ids: Iterable[int]) -> None:
    """Write Oscar's figures from the retail balance; its row is locked by the change just made."""
    truth = StockBalance.objects.filter(stockrecord=OuterRef("pk"), pool=RETAIL, lot="", location="")
    StockRecord.objects.filter(pk__in=list(stockrecord_ids), balances__pool=RETAIL).update(
        num_in_stock=Subquery(truth.values("on_hand")[:1]),
        num_allocated=Subquery(truth.values("allocated")[:1]),
    )
