import datetime as dt

import pytest

from shop.accounts.scope import NOTHING, SYSTEM, Scope
from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.suppliers import services
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.selectors import is_admitted, suppliers, suppliers_by_code
from tests.factories import make_region

pytestmark = pytest.mark.django_db
ADMITTED, SUSPENDED = dt.date(2026, 1, 10), dt.date(2026, 3, 1)


def draft(**changes):
    values = {
        "code": "wc-99",
        "region": make_region(),
        "township": None,
        "kind": "cooperative",
        "name_zh": "旺苍示例供应商 99",
        "name_en": "Sample 99",
        "contact_email": "wc-99@suppliers.example.com",
        "is_sourced": False,
        "source": "",
        "demo": True,
    }
    return services.SupplierDraft(**{**values, **changes})


def test_a_new_supplier_is_pending_and_has_its_partner():
    saved = services.save_supplier(draft=draft(), actor_id=None)
    assert saved.change is Change.CREATED
    assert (saved.row.state, saved.row.partner.name) == (SupplierState.PENDING, "旺苍示例供应商 99")
    assert services.save_supplier(draft=draft(), actor_id=None).change is Change.UNCHANGED
    renamed = services.save_supplier(draft=draft(name_zh="新名"), actor_id=None)
    assert (renamed.change, Supplier.objects.get(code="wc-99").partner.name) == (Change.CHANGED, "新名")


def test_admission_is_dated_and_saving_again_keeps_it():
    services.save_supplier(draft=draft(), actor_id=None)
    services.admit_supplier(code="wc-99", on=ADMITTED, actor_id=3)
    services.admit_supplier(code="wc-99", on=dt.date(2027, 1, 1), actor_id=3)
    services.save_supplier(draft=draft(kind="enterprise"), actor_id=None)
    supplier = suppliers_by_code(["wc-99", "nobody"])["wc-99"]
    assert (supplier.state, supplier.admitted_on) == (SupplierState.ADMITTED, ADMITTED)
    assert [is_admitted(supplier, day) for day in (dt.date(2026, 1, 9), ADMITTED)] == [False, True]
    assert JournalEntry.objects.filter(action="supplier.admitted").count() == 1


def test_a_suspended_supplier_was_admitted_until_then():
    services.save_supplier(draft=draft(), actor_id=None)
    services.admit_supplier(code="wc-99", on=ADMITTED, actor_id=None)
    supplier = services.suspend_supplier(code="wc-99", on=SUSPENDED, reason="资质过期", actor_id=3)
    assert [is_admitted(supplier, day) for day in (dt.date(2026, 2, 28), SUSPENDED)] == [True, False]
    assert JournalEntry.objects.get(action="supplier.suspended").reason == "资质过期"


@pytest.mark.parametrize(
    ("code", "reason", "why"),
    [("wc-99", "资质过期", "not_admitted"), ("nobody", "资质过期", "unknown_supplier")],
)
def test_only_an_admitted_supplier_can_be_suspended(code, reason, why):
    services.save_supplier(draft=draft(), actor_id=None)
    with pytest.raises(SupplierError) as refused:
        services.suspend_supplier(code=code, on=SUSPENDED, reason=reason, actor_id=None)
    assert refused.value.code == why
    assert Supplier.objects.get(code="wc-99").state == SupplierState.PENDING


def test_a_suspension_needs_a_reason():
    services.save_supplier(draft=draft(), actor_id=None)
    services.admit_supplier(code="wc-99", on=ADMITTED, actor_id=None)
    with pytest.raises(SupplierError) as refused:
        services.suspend_supplier(code="wc-99", on=SUSPENDED, reason=" ", actor_id=None)
    assert refused.value.field == "reason"
    assert Supplier.objects.get(code="wc-99").state == SupplierState.ADMITTED


def test_a_scope_sees_its_own_suppliers_only():
    services.save_supplier(draft=draft(), actor_id=None)
    services.save_supplier(draft=draft(code="wc-98"), actor_id=None)
    assert [one.code for one in suppliers(Scope(suppliers=frozenset({"wc-98"})))] == ["wc-98"]
    assert [one.code for one in suppliers(Scope(regions=frozenset({make_region().slug})))] == [
        "wc-98",
        "wc-99",
    ]
    assert [one.code for one in suppliers(SYSTEM)] == ["wc-98", "wc-99"]
    assert list(suppliers(NOTHING)) == []
