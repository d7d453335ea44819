"""What a person should know about stock: sold out, running low, lots that expire. Kept up by a job, with its age."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from oscar.apps.partner.models import StockRecord

from shop.accounts.scope import Scope
from shop.core import clock
from shop.journal.services import record as journal
from shop.journal.upsert import Change, upsert
from shop.listings.models import ListingState
from shop.ordering.balances import journal_key
from shop.ordering.models import StockBalance
from shop.ordering.sellable import free_sums, is_past
from shop.ordering.status import AlertKind, Pool, StockPool
from shop.ordering.stock_models import StockAlert, StockRule


class Found(NamedTuple):
    """An alert as it stands: of a stock record, and of a lot for those that expire."""

    stockrecord_id: int
    kind: AlertKind
    lot: str
    units: int
    on: dt.date | None


def stock_alerts(scope: Scope) -> QuerySet[StockAlert]:
    """Return the alerts of the scope's suppliers, the oldest first, with product and supplier. One query."""
    found = StockAlert.objects.select_related("stockrecord__product__listing__supplier").order_by(
        "since", "pk"
    )
    if scope.everything:
        return found
    return found.filter(stockrecord__product__listing__supplier__code__in=scope.suppliers)


def refresh_stock_alerts() -> int:
    """Write the alerts that have come up, and delete those that are over. A job.

    One that goes on keeps the moment since when it does. Returns how many there are. Safe to run twice, and
    by two workers at once. A fixed number of queries, and one for each alert whose figures have changed.
    """
    now = clock.now()
    wanted = {(one.stockrecord_id, one.kind.value, one.lot): one for one in _found(clock.today())}
    with transaction.atomic():
        known = {(row.stockrecord_id, row.kind, row.lot): row for row in StockAlert.objects.all()}
        over = [row.pk for key, row in known.items() if key not in wanted]
        StockAlert.objects.filter(pk__in=over).delete()
        for key, one in wanted.items():
            row = known.get(key)
            if row is not None and (row.units, row.on) != (one.units, one.on):
                StockAlert.objects.filter(pk=row.pk).update(units=one.units, on=one.on)
        StockAlert.objects.bulk_create(
            (
                StockAlert(**(one._asdict() | {"kind": one.kind.value}), since=now)
                for key, one in wanted.items()
                if key not in known
            ),
            ignore_conflicts=True,
        )
    return len(wanted)


def _found(today: dt.date) -> Iterator[Found]:
    yield from _scarce()
    yield from _dated(today)


def _scarce() -> Iterator[Found]:
    """Name goods on sale of which little or nothing can be sold. Three queries."""
    on_sale = StockRecord.objects.filter(product__listing__state=ListingState.PUBLISHED)
    pks = list(on_sale.order_by("pk").values_list("pk", flat=True))
    left = free_sums(on_sale.values("pk"), Pool.RETAIL)
    own = dict(StockRule.objects.exclude(low_at=None).values_list("stockrecord_id", "low_at"))
    for pk in pks:
        units = left.get(pk, 0)
        if not units:
            yield Found(pk, AlertKind.OUT, "", 0, None)
        elif units <= own.get(pk, settings.STOCK_LOW_AT):
            yield Found(pk, AlertKind.LOW, "", units, None)


def _dated(today: dt.date) -> Iterator[Found]:
    """Name lots on hand that expire soon, have expired, or have and are promised to orders. One query."""
    soon = today + dt.timedelta(days=settings.STOCK_EXPIRY_DAYS)
    rows = StockBalance.objects.filter(expires_on__lte=soon, on_hand__gt=0).values_list(
        "stockrecord_id", "lot", "expires_on"
    )
    lots = rows.annotate(
        units=Sum("on_hand"),
        promised=Sum("allocated", filter=~Q(pool=StockPool.WITHHELD), default=0),
    )
    for stockrecord_id, lot, expires_on, units, promised in lots.order_by("stockrecord_id", "lot"):
        past = is_past(expires_on, today)
        yield Found(
            stockrecord_id,
            AlertKind.EXPIRED if past else AlertKind.EXPIRING,
            lot,
            units,
            expires_on,
        )
        if past and promised:
            yield Found(stockrecord_id, AlertKind.STUCK, lot, promised, expires_on)


@transaction.atomic
def set_stock_rule(
    *, stockrecord: StockRecord, low_at: int | None, unsold_days: int | None, actor_id: int
) -> Change:
    """Set a product's own thresholds; None means the shop's. Journalled. The same call again changes nothing."""
    written = upsert(
        model=StockRule,
        key={"stockrecord": stockrecord},
        values={"low_at": low_at, "unsold_days": unsold_days},
    )
    if written.change is not Change.UNCHANGED:
        journal(
            actor_id=actor_id,
            action="stock.thresholds_set",
            object_type="stock",
            object_key=journal_key(stockrecord),
            before=written.before,
            after={"low_at": low_at, "unsold_days": unsold_days},
        )
    return written.change
