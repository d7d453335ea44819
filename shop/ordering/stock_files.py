"""Change stock by a file: its rows are kept, looked at, and applied all or none."""

import hashlib

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.journal.models import JournalEntry
from shop.journal.services import record_all
from shop.ordering.balances import ensure_balance, journal_key
from shop.ordering.exceptions import StockRefused
from shop.ordering.lots import known_lot
from shop.ordering.models import StockBalance
from shop.ordering.stock import RETAIL, shift_mirror
from shop.ordering.stock_list import KEYS, StockRow
from shop.ordering.stock_models import GoodsLot, StockFile
from shop.ordering.stock_plan import StockChange, plan_stock


def stock_files(scope: Scope) -> QuerySet[StockFile]:
    """Return the files, the latest first; only for a scope over everything."""
    found = StockFile.objects.select_related("uploaded_by").order_by("-uploaded_at", "-pk")
    return found if scope.everything else found.none()


def store_stock_file(*, name: str, raw: bytes, rows: tuple[StockRow, ...], actor_id: int) -> StockFile:
    """Keep the rows of a file; no stock is changed. The same file again is the same row."""
    digest = hashlib.sha256(raw).hexdigest()
    file, _created = StockFile.objects.get_or_create(
        digest=digest,
        defaults={
            "name": name[:120],
            "rows": [[row.row, *(getattr(row, key) for key in KEYS)] for row in rows],
            "uploaded_by_id": actor_id,
            "uploaded_at": clock.now(),
        },
    )
    return file


def rows_of(file: StockFile) -> list[StockRow]:
    """Return the rows of a file as they were read."""
    return [StockRow(int(row), *map(str, texts)) for row, *texts in file.rows]


@transaction.atomic
def apply_stock_file(*, file_id: int, actor_id: int) -> int:
    """Make every change of a file, all or none, each journalled; returns how many. A second call changes nothing.

    Every row is tested against its version once more in the UPDATE that changes it, so what was sold, counted or
    imported meanwhile is never overwritten. Raises StockFile.DoesNotExist; StockRefused: faults (a row cannot be
    applied), stale (a row became so at this moment).
    """
    file = lock(StockFile.objects.filter(pk=file_id)).get()
    if file.applied_at is not None:
        return 0
    plan = plan_stock(rows_of(file))
    if plan.faults:
        raise StockRefused(_("Some rows cannot be applied, so none was. See below."), code="faults")
    mirror: dict[int, tuple[int, int]] = {}
    for number, change in enumerate(plan.changes):
        _apply(change)
        if change.shelf.pool == RETAIL:
            before = mirror.get(change.stockrecord.pk, (0, 0))[0]
            mirror[change.stockrecord.pk] = (before + change.delta, 0)
        if number == len(plan.changes) // 2:
            faultpoint("ordering.stock_file.mid")
    shift_mirror(mirror)
    record_all(_entry(change, file, actor_id) for change in plan.changes)
    file.applied_at, file.applied_by, file.changed = clock.now(), actor_id, len(plan.changes)
    file.save(update_fields=["applied_at", "applied_by", "changed"])
    faultpoint("ordering.stock_file.before_commit")
    return len(plan.changes)


def _apply(change: StockChange) -> None:
    if change.shelf.lot:
        lot = known_lot(change.stockrecord, change.shelf.lot, change.produced_on, change.expires_on)
        if change.delta > 0:
            received = F("received_units") + change.delta
            GoodsLot.objects.filter(pk=lot.pk).update(received_units=received)
    if change.balance_id is None:
        ensure_balance(change.stockrecord, change.shelf)
    place = StockBalance.objects.filter(stockrecord=change.stockrecord, **change.shelf._asdict())
    current = place.filter(version=change.version, on_hand__gte=F("allocated") - change.delta)
    if not current.update(on_hand=F("on_hand") + change.delta, version=F("version") + 1):
        raise StockRefused(
            _("Row %(row)d: the stock of %(sku)s changed at this moment, so nothing was applied.")
            % {"row": change.row, "sku": change.stockrecord.partner_sku},
            code="stale",
        )


def _entry(change: StockChange, file: StockFile, actor_id: int) -> JournalEntry:
    place = {name: value for name, value in change.shelf._asdict().items() if value}
    return JournalEntry(
        actor_id=actor_id,
        action="stock.imported",
        object_type="stock",
        object_key=journal_key(change.stockrecord),
        before={**place, "on_hand": change.on_hand},
        after={**place, "on_hand": change.on_hand + change.delta, "file": file.pk, "row": change.row},
        reason=file.name,
    )
