"""Keep suppliers, admit and suspend them. Each call is safe to repeat."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.partner.models import Partner

from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Upserted, change, upsert_journalled
from shop.regions.models import PartnerRegion, Township
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier, SupplierState


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

    Raises SupplierError when there is no such supplier.
    """
    supplier = _locked(code)
    if supplier.state == SupplierState.ADMITTED:
        return supplier
    _move(
        supplier, SupplierState.ADMITTED, admitted_on=on, suspended_on=None, actor_id=actor_id, reason=reason
    )
    return supplier


@transaction.atomic
def suspend_supplier(*, code: str, on: dt.date, reason: str, actor_id: int | None) -> Supplier:
    """Suspend the supplier from that day on, journalled; nothing changes when it is suspended already.

    Raises SupplierError when there is no such supplier, it is not admitted, or no reason is given.
    """
    supplier = _locked(code)
    if supplier.state == SupplierState.SUSPENDED:
        return supplier
    if supplier.state != SupplierState.ADMITTED:
        raise SupplierError(_("Only an admitted supplier can be suspended."), code="not_admitted")
    if not reason.strip():
        raise SupplierError(_("Say why the supplier is suspended."), code="reason_missing", field="reason")
    _move(
        supplier,
        SupplierState.SUSPENDED,
        admitted_on=supplier.admitted_on,
        suspended_on=on,
        actor_id=actor_id,
        reason=reason,
    )
    return supplier


def _locked(code: str) -> Supplier:
    supplier = lock(Supplier.objects.filter(code=code)).first()
    if supplier is None:
        raise SupplierError(
            _("There is no supplier %(code)s.") % {"code": code}, code="unknown_supplier", field="supplier"
        )
    return supplier


def _move(
    supplier: Supplier,
    state: SupplierState,
    *,
    admitted_on: dt.date | None,
    suspended_on: dt.date | None,
    actor_id: int | None,
    reason: str,
) -> None:
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
