"""What the rows of a filled-in list would ship now; nothing here writes."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.fulfilment.consignment_models import Consignment
from shop.fulfilment.consignments import plan_of, sent_units, units_of
from shop.fulfilment.couriers import (
    COURIERS,
    Courier,
    checked_number,
    courier_called,
    courier_of_number,
    plain_number,
)
from shop.fulfilment.desk import DeskLine, DeskRow, desk_rows
from shop.fulfilment.models import Parcel, ParcelItem, SupplierOrder, SupplierOrderState
from shop.fulfilment.selectors import supplier_orders
from shop.fulfilment.shipping_list import KEYS, ROUNDED, ListRow, whole_units

#: Parcels of one file: all of them are shipped in one transaction.
MAX_PARCELS = 200
#: Of orders to many, whose parcels are shipped together.
MAX_CONSIGNED = 5_000


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be shipped: `column` as the file calls it."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class PlannedParcel:
    """A parcel that rows of a file make together."""

    order: SupplierOrder
    courier: str
    number: str
    lines: list[tuple[DeskLine, int]] = field(default_factory=list)
    #: Whose it is, of an order to many, and whether nothing is left for them then.
    consignment_id: int | None = None
    is_rest: bool = False

    @property
    def units(self) -> dict[int, int]:
        """Return the units by share id."""
        return {line.share.pk: units for line, units in self.lines}


@dataclass(frozen=True)
class Plan:
    """Parcels to ship, faults, and how many rows are shipped already."""

    parcels: tuple[PlannedParcel, ...]
    faults: tuple[Fault, ...]
    standing: int

    @property
    def digest(self) -> str:
        """Return a mark of what a person has seen, so that nothing else is applied."""
        seen = [
            (one.order.pk, one.courier, one.number, sorted(one.units.items()), one.consignment_id)
            if one.consignment_id
            else (one.order.pk, one.courier, one.number, sorted(one.units.items()))
            for one in self.parcels
        ]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def own_orders(scope: Scope, numbers: Iterable[str]) -> QuerySet[SupplierOrder]:
    """Return the caller's supplier orders of these order numbers."""
    return supplier_orders(scope).filter(record__number__in=set(numbers)).order_by("pk")


def plan_rows(scope: Scope, rows: Sequence[ListRow], columns: Mapping[str, str]) -> Plan:
    """Return what the rows would ship now; a constant number of queries."""
    return _Planner(scope, rows, columns).plan()


class _Refused(Exception):
    """A cell that cannot be taken: the key of its column, and why."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key, self.reason = key, reason


class _Planner:
    """Goes through the rows once; what one parcel takes of a line is not there for the next."""

    def __init__(self, scope: Scope, rows: Sequence[ListRow], columns: Mapping[str, str]) -> None:
        self.rows, self.columns = rows, columns
        self.lines: dict[tuple[str, int], tuple[DeskRow, DeskLine]] = {}
        self.known: set[str] = set()
        found = desk_rows(list(own_orders(scope, (row.order for row in rows))), clock.now())
        for desk_row in found:
            number = desk_row.order.record.number
            self.known.add(number)
            for line in desk_row.lines:
                self.lines[number, line.share.number] = (desk_row, line)
        parcels = Parcel.objects.filter(tracking_number__in={plain_number(row.number) for row in rows})
        self.taken = {(parcel.courier, parcel.tracking_number): parcel for parcel in parcels}
        items = ParcelItem.objects.filter(parcel__in=parcels).values_list("parcel_id", "share_id", "units")
        self.sent = {(parcel_id, share_id): units for parcel_id, share_id, units in items}
        self.planned: dict[tuple[str, str], PlannedParcel] = {}
        self.used: dict[int, int] = defaultdict(int)
        self.rows_of = {row.order.record.number: row for row in found}
        self.consigned = _Consigned([row for row in found if row.is_consigned])

    def plan(self) -> Plan:
        """Return what all rows together would do."""
        faults, standing = [], 0
        for row in self.rows:
            try:
                standing += self._take(row)
            except _Refused as refused:
                value = str(getattr(row, refused.key)).removeprefix(ROUNDED)
                column = self.columns.get(refused.key, refused.key)
                faults.append(Fault(row.row, column, value, refused.reason))
        return Plan(tuple(self.planned.values()), tuple(faults), standing)

    def _take(self, row: ListRow) -> bool:
        """Plan a row; return whether it is shipped already."""
        for key in KEYS:
            if str(getattr(row, key)).startswith(ROUNDED):
                raise _Refused(key, _("the spreadsheet has rounded this number: format the column as text"))
        own = self.rows_of.get(row.order)
        if own is not None and own.is_consigned:
            return self._take_consigned(own, row)
        desk_row, line = self._line(row)
        courier = self._courier(row)
        try:
            number = checked_number(courier, row.number)
        except ShopError as refused:
            raise _Refused("number", str(refused)) from refused
        units = self._units(row)
        if self._stands(desk_row, line, courier, number, units):
            return True
        self._refuse_unshippable(desk_row)
        self._plan(desk_row, line, courier, number, line.left if units is None else units)
        return False

    def _take_consigned(self, desk_row: DeskRow, row: ListRow) -> bool:
        """Plan all that is left for a recipient, or of one line of it; return whether it is shipped already."""
        if not desk_row.is_prepared:
            raise _Refused("order", _("The shop is still writing down who gets what. Please try again soon."))
        one = self.consigned.named(desk_row, whole_units(row.consignment) or 0)
        if one is None:
            raise _Refused("consignment", _("This order has no recipient of that number."))
        courier = self._courier(row)
        try:
            number = checked_number(courier, row.number)
        except ShopError as refused:
            raise _Refused("number", str(refused)) from refused
        parcel = self.taken.get((courier.name, number))
        if parcel is not None:
            if parcel.consignment_id != one.pk:
                raise _Refused("number", _("This courier number is already used by another parcel."))
            return True
        self._refuse_unshippable(desk_row)
        lines = [
            line for line in desk_row.lines if not row.line or line.share.number == whole_units(row.line)
        ]
        if not lines:
            raise _Refused("line", _("You have no such line in this order."))
        wanted = {line: self.consigned.left(one, line) for line in lines}
        wanted = {line: units for line, units in wanted.items() if units}
        if not wanted:
            raise _Refused("consignment", _("Nothing is left to ship to this recipient."))
        if row.units:
            wanted = self._part(row, wanted)
        for line, units in wanted.items():
            self._plan(desk_row, line, courier, number, units, one)
            self.consigned.take(one, line, units)
        self.planned[courier.name, number].is_rest = not any(
            self.consigned.left(one, line) for line in desk_row.lines
        )
        return False

    def _part(self, row: ListRow, wanted: Mapping[DeskLine, int]) -> dict[DeskLine, int]:
        """Return fewer units of the one line that a row names."""
        units = self._units(row) or 0
        if len(wanted) > 1:
            raise _Refused(
                "units", _("Name the line as well, or leave the units empty for all that is left.")
            )
        [(line, left)] = wanted.items()
        if units > left:
            raise _Refused(
                "units",
                _("Only %(left)d left to ship of this line, not %(units)d.") % {"left": left, "units": units},
            )
        return {line: units}

    def _line(self, row: ListRow) -> tuple[DeskRow, DeskLine]:
        if row.order not in self.known:
            raise _Refused("order", _("You have no order with this number."))
        found = self.lines.get((row.order, whole_units(row.line) or 0))
        if found is None:
            raise _Refused("line", _("You have no such line in this order."))
        return found

    @staticmethod
    def _courier(row: ListRow) -> Courier:
        courier = courier_called(row.courier) if row.courier else courier_of_number(plain_number(row.number))
        if courier is None:
            names = "、".join(one.name for one in COURIERS)
            raise _Refused("courier", _("Write one of these couriers: %(names)s.") % {"names": names})
        return courier

    @staticmethod
    def _units(row: ListRow) -> int | None:
        """Return the units of the parcel; None where the cell is empty, for all that is left."""
        units = whole_units(row.units)
        if row.units and not units:
            raise _Refused("units", _("Write a whole number of at least 1."))
        return units

    def _stands(
        self, desk_row: DeskRow, line: DeskLine, courier: Courier, number: str, units: int | None
    ) -> bool:
        parcel = self.taken.get((courier.name, number))
        if parcel is None:
            return False
        if parcel.supplier_order_id != desk_row.order.pk:
            raise _Refused("number", _("This courier number is already used by another parcel."))
        sent = self.sent.get((parcel.pk, line.share.pk), 0)
        if not sent or units not in (None, sent):
            raise _Refused("units", _("A parcel with this number is shipped already, with other units."))
        return True

    @staticmethod
    def _refuse_unshippable(desk_row: DeskRow) -> None:
        if desk_row.order.state == SupplierOrderState.CANCELLED:
            raise _Refused("order", _("This order was cancelled; please do not ship it."))
        if desk_row.is_held:
            raise _Refused("order", _("The shop is checking this order. Please do not ship it yet."))

    def _plan(
        self,
        desk_row: DeskRow,
        line: DeskLine,
        courier: Courier,
        number: str,
        units: int,
        one: Consignment | None = None,
    ) -> None:
        left = line.left - self.used[line.share.pk]
        if units < 1 or units > left:
            raise _Refused(
                "units",
                _("Only %(left)d left to ship of this line, not %(units)d.") % {"left": left, "units": units},
            )
        key = (courier.name, number)
        parcel = self.planned.get(key)
        if parcel is None:
            most = MAX_CONSIGNED if one else MAX_PARCELS
            if len(self.planned) >= most:
                raise _Refused(
                    "number", _("A file ships at most %(most)d parcels. Please split it.") % {"most": most}
                )
            parcel = PlannedParcel(desk_row.order, courier.name, number)
            parcel.consignment_id = one.pk if one else None
            self.planned[key] = parcel
        elif parcel.order.pk != desk_row.order.pk:
            raise _Refused("number", _("This courier number stands at two orders of the file."))
        elif one is not None and parcel.consignment_id != one.pk:
            raise _Refused("number", _("This courier number stands at two recipients of the file."))
        if line.share.pk in parcel.units:
            raise _Refused("line", _("This line stands twice with the same courier number."))
        parcel.lines.append((line, units))
        self.used[line.share.pk] += units


class _Consigned:
    """The recipients of the orders to many of a file, and what is left for each. Two queries."""

    def __init__(self, rows: Sequence[DeskRow]) -> None:
        orders = [row.order for row in rows]
        found = Consignment.objects.filter(supplier_order__in=orders) if orders else ()
        self.known = {(one.supplier_order_id, one.number): one for one in found}
        self.sent = defaultdict(int, sent_units(orders) if orders else {})
        self.plans = {row.order.pk: plan_of(row.order.record) for row in rows}

    def named(self, desk_row: DeskRow, number: int) -> Consignment | None:
        """Return the recipient of a number of a supplier order."""
        return self.known.get((desk_row.order.pk, number))

    def left(self, one: Consignment, line: DeskLine) -> int:
        """Return the units of a line that are left for a recipient."""
        plan = self.plans[one.supplier_order_id]
        if plan is None or one.shipped_at is not None:
            return 0
        return max(0, units_of(plan, line.share, one.sets) - self.sent[one.pk, line.share.pk])

    def take(self, one: Consignment, line: DeskLine, units: int) -> None:
        """Count units as sent to a recipient."""
        self.sent[one.pk, line.share.pk] += units
