"""Keep suppliers and admit them. Each call is safe to repeat."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.partner.models import Partner

from shop.core import clock
from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Upserted, change, upsert_journalled
from shop.regions.models import PartnerRegion, Township
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier, SupplierState, Suspension
from shop.suppliers.transitions import SUPPLIER, require


@dataclass(frozen=True, kw_only=True)
class SupplierDraft:
    """Who a supplier is; `code` is its key. `is_sourced`: a real firm without a contract with this shop."""

    code: str
    region: PartnerRegion
    township: Township | None
    kind: str
    name_zh: str
    name_en: str
    contact_email: str
    is_sourced: bool
    source: str
    demo: bool


@transaction.atomic
def save_supplier(*, draft: SupplierDraft, actor_id: int | None) -> Upserted[Supplier]:
    """Create the supplier with its Oscar partner, or change what differs, journalled.

    A new supplier is pending; admission is `admit_supplier`. Raises SupplierError for an empty name.
    """
    if not draft.name_zh.strip():
        raise SupplierError(_("A supplier needs a name."), code="name_missing", field="name_zh")
    partner = Partner.objects.filter(supplier__code=draft.code).first()
    if partner is None:
        partner = Partner.objects.create(code=draft.code, name=draft.name_zh)
    change(row=partner, values={"name": draft.name_zh})
    values = {
        "partner": partner,
        "region": draft.region,
        "township": draft.township,
        "kind": draft.kind,
        "name_zh": draft.name_zh,
        "name_en": draft.name_en,
        "contact_email": draft.contact_email,
        "is_sourced": draft.is_sourced,
        "source": draft.source,
        "demo": draft.demo,
    }
    return upsert_journalled(
        model=Supplier, key={"code": draft.code}, values=values, actor_id=actor_id, object_key=draft.code
    )


@transaction.atomic
def admit_supplier(*, code: str, on: dt.date, actor_id: int | None, reason: str = "") -> Supplier:
    """Admit the supplier from that day on, journalled; nothing changes when it is admitted already.

    A suspended one is admitted anew. Raises SupplierError when there is no such supplier.
    """
    supplier = locked_supplier(code)
    if supplier.state == SupplierState.ADMITTED:
        return supplier
    end_suspension(supplier, actor_id=actor_id, reason=reason)
    move_supplier(
        supplier, SupplierState.ADMITTED, admitted_on=on, suspended_on=None, actor_id=actor_id, reason=reason
    )
    return supplier


def end_suspension(supplier: Supplier, *, actor_id: int | None, reason: str) -> None:
    """Write when and why the open suspension ends, if there is one; the caller holds the supplier's lock.

    Never before it began, although the clock may have been set back in between.
    """
    for row in Suspension.objects.filter(supplier=supplier, lifted_at=None):
        row.lifted_at, row.lifted_by, row.lift_reason = max(clock.now(), row.suspended_at), actor_id, reason
        row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])


def locked_supplier(code: str) -> Supplier:
    """Return the supplier with its row locked. Raises SupplierError (unknown_supplier)."""
    supplier = lock(Supplier.objects.filter(code=code)).first()
    if supplier is None:
        raise SupplierError(
            _("There is no supplier %(code)s.") % {"code": code}, code="unknown_supplier", field="supplier"
        )
    return supplier


def move_supplier(
    supplier: Supplier,
    state: SupplierState,
    *,
    admitted_on: dt.date | None,
    suspended_on: dt.date | None,
    actor_id: int | None,
    reason: str,
) -> None:
    """Move a locked supplier, journalled. Raises SupplierError (wrong_state)."""
    require(SUPPLIER, supplier.state, state)
    result = change(
        row=supplier, values={"state": state, "admitted_on": admitted_on, "suspended_on": suspended_on}
    )
    journal_services.record(
        actor_id=actor_id,
        action=f"supplier.{state}",
        object_type="supplier",
        object_key=supplier.code,
        before=result.before,
        after=result.after,
        reason=reason,
    )
