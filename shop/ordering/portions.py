"""Say which part of an order to take back, and work out its units and fen (counting rules 2 and 5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.core import fen
from shop.ordering.exceptions import RefundRefused
from shop.ordering.models import ChargeShare, LineShare, OrderRecord


@dataclass(frozen=True)
class UnitsOf:
    """Whole units of a share, at their worth: unshipped ones first, unless they are `shipped` ones."""

    share_id: int
    units: int
    shipped: bool = False


@dataclass(frozen=True)
class FenOf:
    """An amount of goods without units: of one order line, or (line_id None) of all goods."""

    fen: int
    line_id: int | None = None


@dataclass(frozen=True)
class ChargeOf:
    """An amount of a charge (freight, …); all that is left of it when `fen` is None."""

    charge_id: int
    fen: int | None = None


Portion = UnitsOf | FenOf | ChargeOf


@dataclass
class Taken:
    """What is taken of one share or charge; `shipped_units` of the units have left for certain."""

    target: LineShare | ChargeShare
    units: int = 0
    shipped_units: int = 0
    fen: int = 0


class Book:
    """The shares and charges of a locked order, and what is taken of them so far."""

    def __init__(self, record: OrderRecord) -> None:
        self.shares = {share.pk: Taken(share) for share in record.shares.order_by("number")}
        self.charges = {charge.pk: Taken(charge) for charge in record.charges.order_by("number")}

    def take(self, portions: Sequence[Portion]) -> list[Taken]:
        """Take the portions one after another; return what is taken, shares in line order, charges last.

        Raises RefundRefused when one asks for more than is left, or all of them for nothing.
        """
        for portion in portions:
            if isinstance(portion, UnitsOf):
                self._take_units(portion)
            elif isinstance(portion, FenOf):
                self._take_fen(portion)
            else:
                self._take_charge(portion)
        return self._found()

    def take_everything(self) -> list[Taken]:
        """Take all that is left of the goods and the charges. Raises RefundRefused when nothing is."""
        for taken in (*self.shares.values(), *self.charges.values()):
            taken.fen = taken.target.left_fen
            taken.units = taken.target.left_units if isinstance(taken.target, LineShare) else 0
        return self._found()

    def take_bare_charges(self, except_of: Collection[int | None] = ()) -> list[Taken]:
        """Take what is left of the charges of suppliers (but these) that have no units left to ship."""
        busy = set(except_of) | {
            taken.target.supplier_id
            for taken in self.shares.values()
            if isinstance(taken.target, LineShare) and taken.target.left_units > taken.units
        }
        found = [
            taken
            for taken in self.charges.values()
            if taken.target.supplier_id is not None
            and taken.target.supplier_id not in busy
            and taken.target.left_fen > taken.fen
        ]
        for taken in found:
            taken.fen = taken.target.left_fen
        return found

    def _found(self) -> list[Taken]:
        found = [t for t in (*self.shares.values(), *self.charges.values()) if t.units or t.fen]
        if not sum(taken.fen for taken in found):
            raise RefundRefused(_("Nothing is left to take back."), code="nothing", field="fen")
        return found

    def _take_units(self, portion: UnitsOf) -> None:
        taken = self.shares.get(portion.share_id)
        share = taken.target if taken else None
        if taken is None or not isinstance(share, LineShare):
            raise RefundRefused(_("This is not a line of the order."), code="unknown", field="share")
        left = share.left_units - taken.units
        if not 1 <= portion.units <= left:
            raise RefundRefused(
                _("“%(product)s”: at most %(left)d units can be taken back.")
                % {"product": share.dims["product_name"], "left": left},
                code="units",
                field="units",
            )
        taken.fen += fen.units_worth(share.left_fen - taken.fen, left, 0, portion.units)
        taken.units += portion.units
        taken.shipped_units += portion.units if portion.shipped else 0

    def _take_fen(self, portion: FenOf) -> None:
        of_line = [
            taken
            for taken in self.shares.values()
            if isinstance(taken.target, LineShare) and portion.line_id in (None, taken.target.line_id)
        ]
        if not of_line:
            raise RefundRefused(_("This is not a line of the order."), code="unknown", field="line")
        left = [taken.target.left_fen - taken.fen for taken in of_line]
        self._require_fen(portion.fen, sum(left))
        for taken, part in zip(of_line, fen.split(portion.fen, left), strict=True):
            taken.fen += part

    def _take_charge(self, portion: ChargeOf) -> None:
        taken = self.charges.get(portion.charge_id)
        if taken is None:
            raise RefundRefused(_("This is not a charge of the order."), code="unknown", field="charge")
        left = taken.target.left_fen - taken.fen
        wanted = left if portion.fen is None else portion.fen
        self._require_fen(wanted, left)
        taken.fen += wanted

    def _require_fen(self, wanted: int, left: int) -> None:
        if not 1 <= wanted <= left:
            raise RefundRefused(
                _("At most %(yuan)s yuan can be taken back.") % {"yuan": fen.to_yuan(left)},
                code="fen",
                field="fen",
            )
