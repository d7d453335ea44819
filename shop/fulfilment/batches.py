"""Ship many parcels from one file: its rows are kept, looked at, and applied all or none."""

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.many_parcels import ToShip, ship_parcels
from shop.fulfilment.models import ShippingFile
from shop.fulfilment.planning import PlannedParcel, own_orders, plan_rows
from shop.fulfilment.services import ship_parcel
from shop.fulfilment.shipping_list import KEYS, ListRow, ReadFile
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier

FILES_A_DAY = 100


def shipping_files(scope: Scope) -> QuerySet[ShippingFile]:
    """Return the files of the scope's suppliers, the latest first."""
    return ShippingFile.objects.filter(supplier__code__in=scope.suppliers).order_by("-uploaded_at", "-pk")


@transaction.atomic
def store_file(*, supplier: Supplier, name: str, raw: bytes, read: ReadFile, actor_id: int) -> ShippingFile:
    """Keep the rows of a file; nothing is shipped. The same file again is the same row.

    Raises ShippingError (too_many_files) past FILES_A_DAY of a supplier.
    """
    lock(Supplier.objects.filter(pk=supplier.pk)).get()
    digest = hashlib.sha256(raw).hexdigest()
    files = ShippingFile.objects.filter(supplier=supplier)
    same = files.filter(digest=digest).first()
    if same is not None:
        return same
    now = clock.now()
    if files.filter(uploaded_at__gt=now - dt.timedelta(days=1)).count() >= FILES_A_DAY:
        raise ShippingError(
            _("That is more than %(most)d files in a day. Please go on tomorrow.") % {"most": FILES_A_DAY},
            code="too_many_files",
            field="file",
        )
    return ShippingFile.objects.create(
        supplier=supplier,
        name=name[:120],
        digest=digest,
        columns=read.columns,
        rows=[[row.row, *(getattr(row, key) for key in KEYS)] for row in read.rows],
        uploaded_by_id=actor_id,
        uploaded_at=now,
    )


def rows_of(file: ShippingFile) -> list[ListRow]:
    """Return the rows of a file as they were read."""
    return [ListRow(int(row), *map(str, texts)) for row, *texts in file.rows]


@transaction.atomic
def apply_file(*, scope: Scope, file_id: int, seen: str, actor_id: int) -> int:
    """Ship every parcel of a file, all or none; returns how many. A second call ships nothing.

    Raises ShippingFile.DoesNotExist for another supplier's file; ShippingError: faults (a row cannot be
    shipped), changed (it is not what the person has seen), and the refusals of `ship_parcel`.
    """
    file = lock(ShippingFile.objects.filter(pk=file_id, supplier__code__in=scope.suppliers)).get()
    rows = rows_of(file)
    numbers = [row.order for row in rows]
    # All locks first, in one order, so that two files cannot wait for each other.
    list(lock(OrderRecord.objects.filter(pk__in=own_orders(scope, numbers).values("record_id"))))
    plan = plan_rows(scope, rows, file.columns)
    if plan.faults:
        raise ShippingError(_("Some rows cannot be shipped, so none was. See below."), code="faults")
    if plan.parcels and plan.digest != seen:
        raise ShippingError(_("Something changed meanwhile. Please look at it again."), code="changed")
    consigned: dict[int, list[PlannedParcel]] = {}
    for parcel in plan.parcels:
        if parcel.consignment_id is not None:
            consigned.setdefault(parcel.order.pk, []).append(parcel)
            continue
        ship_parcel(
            scope=scope,
            supplier_order_id=parcel.order.pk,
            courier=parcel.courier,
            tracking_number=parcel.number,
            actor_id=actor_id,
            units_by_share=parcel.units,
        )
    for parcels in consigned.values():
        ship_parcels(order=parcels[0].order, parcels=[_to_ship(one) for one in parcels], actor_id=actor_id)
    file.applied_at = file.applied_at or clock.now()
    file.save(update_fields=["applied_at"])
    return len(plan.parcels)


def _to_ship(parcel: PlannedParcel) -> ToShip:
    assert parcel.consignment_id is not None, "of an order to many"
    return ToShip(parcel.consignment_id, parcel.courier, parcel.number, parcel.units, parcel.is_rest)
