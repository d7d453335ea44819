"""In which quantities goods are ordered: dated, for organisations, for residents only where it says so."""

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.listings.exceptions import ListingError
from shop.listings.order_rule_models import OrderRule
from shop.listings.selectors import Step, current_shelf, steps_on
from shop.listings.services import set_order_rule
from shop.ordering.quotes import quote_basket
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.checking import check_rows
from shop.procurement.exceptions import ProcurementError
from shop.procurement.uploads import ListedRow
from tests.factories import make_user
from tests.factories.orders import make_basket
from tests.procurement.cast import draft, make_goods, make_union

pytestmark = [pytest.mark.django_db, pytest.mark.data]

COLUMNS = {"sku": "A", "quantity": "B"}


def rule(**fields: Any) -> Change:
    given: dict[str, Any] = {"sku": "WC-TEA-001", "starts_on": clock.today(), "actor_id": None}
    return set_order_rule(**given | fields)


@pytest.mark.parametrize(
    ("units", "allowed", "following", "below"),
    [(1, False, 24, 0), (24, True, 24, 24), (25, False, 36, 24), (36, True, 36, 36), (47, False, 48, 36)],
)
def test_a_step_knows_its_quantities(units: int, allowed: bool, following: int, below: int) -> None:
    step = Step(24, 12, None)
    assert (step.allows(units), step.next_from(units), step.most_within(units)) == (allowed, following, below)


def test_a_rule_holds_between_its_days_and_is_journalled_once() -> None:
    goods = make_goods()
    today = clock.today()
    assert rule(min_units=24, step_units=12, case_units=12) == Change.CREATED
    assert rule(min_units=24, step_units=12, case_units=12) == Change.UNCHANGED
    later = today + dt.timedelta(days=10)
    assert rule(min_units=6, step_units=6, starts_on=later) == Change.CHANGED
    shelf = current_shelf()
    assert steps_on(shelf, today) == {goods.tea.pk: Step(24, 12, 12)}
    assert steps_on(shelf, later) == {goods.tea.pk: Step(6, 6, None)}
    assert rule() == Change.CHANGED
    assert steps_on(current_shelf(), later) == {}
    assert JournalEntry.objects.filter(action="listing.order_rule_set").count() == 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sku": "none"}, "unknown"),
        ({"min_units": 0}, "min_units"),
        ({"min_units": 30, "step_units": 12}, "min_units"),
        ({"step_units": 100_000}, "step_units"),
        ({"case_units": 0}, "case_units"),
        ({"min_units": 2, "ends_on": dt.date(2020, 1, 1)}, "ends_on"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_nothing_is_written(fields: dict[str, Any], code: str) -> None:
    make_goods()
    with pytest.raises(ListingError) as error:
        rule(**fields)
    assert (error.value.code, OrderRule.objects.count()) == (code, 0)


def test_a_list_is_told_the_next_quantity_that_can_be_ordered() -> None:
    make_goods()
    rule(min_units=24, step_units=12)
    rows = [("5", "24"), ("25", "36"), ("199", "192"), ("500", "192"), ("36", None)]
    for typed, suggestion in rows:
        checked = check_rows([ListedRow(2, "WC-TEA-001", typed)], columns=COLUMNS)
        assert [fault.suggestion for fault in checked.faults] == ([suggestion] if suggestion else []), typed
        assert [row.quantity for row in checked.good] == ([] if suggestion else [36])
    assert check_rows([ListedRow(2, "WC-TEA-001", "5")], columns=COLUMNS).faults[0].reason == (
        "24 件起订，按 12 件递增。"
    )
    # Several rows count together.
    halves = [ListedRow(2, "WC-TEA-001", "20"), ListedRow(3, "WC-TEA-001", "16")]
    assert [row.quantity for row in check_rows(halves, columns=COLUMNS).good] == [36]
    odd = check_rows([*halves, ListedRow(4, "WC-TEA-001", "1")], columns=COLUMNS)
    assert [(fault.row, fault.suggestion) for fault in odd.faults] == [(2, ""), (3, ""), (4, "")]


def test_a_bulk_quote_refuses_another_quantity_and_a_residents_only_where_it_says_so() -> None:
    union, goods = make_union(), make_goods()
    rule(min_units=24, step_units=12)
    request = draft(union, goods, tea=20)
    assert [(one.code, one.message) for one in bulk_quote(request).blocking] == [
        ("step", "“黄茶”24 件起订，按 12 件递增，最近可订 24 件。")
    ]
    with pytest.raises(ProcurementError) as error:
        services.submit_request(
            request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
        )
    assert error.value.code == "step"
    services.save_quantities(request_id=request.pk, quantities={goods.tea.pk: 36}, actor_id=union.buyer.pk)
    assert bulk_quote(request).is_placeable
    basket = make_basket(lines=[(goods.tea, 1)])
    assert quote_basket(basket=basket, province="").is_placeable
    rule(min_units=3, step_units=3, for_residents=True)
    assert [one.code for one in quote_basket(basket=basket, province="").blocking] == ["step"]


def test_the_pad_and_the_template_name_the_quantities() -> None:
    union, goods = make_union(), make_goods()
    rule(min_units=24, step_units=12, case_units=48)
    client = Client()
    client.force_login(union.buyer)
    page = client.get(f"/unit/requests/{draft(union, goods, tea=24).number}/").content.decode()
    assert "24 件起订，按 12 件递增" in page
    assert "每箱 48 件" in page
    book = load_workbook(BytesIO(client.get("/unit/template/xlsx/").content))
    rows = {row[0]: row[5:] for row in book.worksheets[1].iter_rows(values_only=True)}
    assert (rows["WC-TEA-001"], rows["LQ-FRT-001"]) == ((24, 12, 48), (1, 1, None))


def test_supplier_and_staff_edit_the_quantities_where_they_edit_the_goods() -> None:
    goods = make_goods()
    supplier, staff = Client(), Client()
    supplier.force_login(
        make_user(phone="+8613800000042", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    )
    staff.force_login(make_user(phone="+8613800000041", grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    page = f"/supplier/goods/{goods.tea.listing.pk}/"
    wish = {"min_units": "24", "step_units": "12", "case_units": "12", "starts_on": f"{clock.today()}"}
    for wrong in ({"min_units": "30"}, {"starts_on": "2020-01-01"}, {"step_units": "x"}):
        answer = supplier.post(f"{page}quantities/", wish | wrong)
        assert (answer.status_code, OrderRule.objects.count()) == (422, 0)
    assert supplier.post(f"{page}quantities/", wish)["Location"] == page
    assert OrderRule.objects.get().min_units == 24
    assert "24 件起，按 12 件递增" in supplier.get(page).content.decode()
    other = f"/supplier/goods/{goods.pears.listing.pk}/quantities/"
    assert supplier.post(other, wish).status_code == 404
    record = goods.pears.stockrecords.get()
    desk = f"/dashboard/stock/{record.pk}/"
    seen = staff.get(desk).context["seen"]
    posted = wish | {"act": "order", "seen": seen, "for_residents": "on"}
    assert staff.post(desk, posted).status_code == 302
    assert OrderRule.objects.get(product=goods.pears).for_residents
    assert "居民购买同样适用" in staff.get(desk).content.decode()
