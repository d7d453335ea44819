"""A supplier's own sales: the lines of its supplier orders, nothing of anybody else."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, Max, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.core import clock
from shop.fulfilment.files import Fen, Sheet, Value
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.selectors import supplier_orders
from shop.ordering.models import LineShare

#: Rows of an export; a longer period has to be cut.
MAX_ROWS = 50_000


@dataclass(frozen=True)
class SalesTotals:
    """Sums over a period: goods after reductions, and what of them was refunded."""

    units: int
    fen: int
    refunded_units: int
    refunded_fen: int


@dataclass(frozen=True)
class SalesRow:
    """A line of a supplier order."""

    order: SupplierOrder
    share: LineShare

    @property
    def units(self) -> int:
        """Return the units that were ordered, less those taken off before payment."""
        return self.share.units - self.share.reduced_units

    @property
    def fen(self) -> int:
        """Return the goods' amount, less what was taken off before payment."""
        return self.share.fen - self.share.reduced_fen

    @property
    def opened_on(self) -> dt.date:
        """Return the day in Shanghai on which the order came to the supplier."""
        return clock.local_date(self.order.opened_at)

    @property
    def spec(self) -> str:
        """Return the specification of the product, "" for one that is gone."""
        product = self.share.line.product
        return product.listing.spec if product else ""


def sales(scope: Scope, start: dt.date, end: dt.date) -> QuerySet[LineShare]:
    """Return the shares of supplier orders that came between two days of Shanghai, both included; newest first."""
    orders = supplier_orders(scope).filter(
        record=OuterRef("record_id"),
        supplier=OuterRef("supplier_id"),
        opened_at__gte=_midnight(start),
        opened_at__lt=_midnight(end + dt.timedelta(days=1)),
    )
    found = LineShare.objects.filter(Exists(orders)).select_related("line__product__listing")
    return found.order_by("-record_id", "number")


def latest_day(scope: Scope) -> dt.date | None:
    """Return the day of Shanghai on which the last order came to the suppliers of the scope; None before the first."""
    latest = supplier_orders(scope).aggregate(latest=Max("opened_at"))["latest"]
    return clock.local_date(latest) if latest else None


def sales_totals(shares: QuerySet[LineShare]) -> SalesTotals:
    """Return the sums of all of them in one query."""
    sums = shares.order_by().aggregate(
        units=Sum(F("units") - F("reduced_units")),
        fen=Sum(F("fen") - F("reduced_fen")),
        refunded_units=Sum("refunded_units"),
        refunded_fen=Sum("refunded_fen"),
    )
    return SalesTotals(**{name: value or 0 for name, value in sums.items()})


def sales_rows(shares: Iterable[LineShare]) -> list[SalesRow]:
    """Attach the supplier orders: one query for any number of rows."""
    found = list(shares)
    orders = SupplierOrder.objects.filter(
        record__in={share.record_id for share in found}, supplier__in={share.supplier_id for share in found}
    ).select_related("record")
    by_key = {(order.record_id, order.supplier_id): order for order in orders}
    return [SalesRow(by_key[share.record_id, share.supplier_id], share) for share in found]


def sales_sheet(rows: Sequence[SalesRow], totals: SalesTotals) -> Sheet:
    """Return the list of a period with its sums below."""
    return Sheet(
        title=pgettext("name of a sheet", "own sales"),
        columns=[
            _("Day"),
            _("Order number"),
            _("SKU"),
            _("Product"),
            _("Specification"),
            _("Units"),
            _("Goods (yuan)"),
            _("Units refunded"),
            _("Refunded (yuan)"),
            _("State"),
        ],
        widths=(12, 20, 18, 26, 16, 8, 14, 10, 14, 12),
        rows=list(_cells(rows, totals)),
    )


def _cells(rows: Sequence[SalesRow], totals: SalesTotals) -> Iterator[Sequence[Value]]:
    for row in rows:
        share = row.share
        yield (
            f"{row.opened_on}",
            row.order.record.number,
            str(share.dims.get("product", "")),
            share.line.title,
            row.spec,
            row.units,
            Fen(row.fen),
            share.refunded_units,
            Fen(share.refunded_fen),
            row.order.get_state_display(),
        )
    sums = (totals.units, Fen(totals.fen), totals.refunded_units, Fen(totals.refunded_fen))
    yield (_("Total"), "", "", "", "", *sums, "")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.SHANGHAI)
