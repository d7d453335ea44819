"""Plans, limits, caps and the reserved share: what is refused, in which words, with nothing written."""

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.services import close_order
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.ordering.models import OrderRecord
from shop.ordering.services import UnitsOf, reduce_order
from shop.ordering.status import CloseReason
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_models import FestivalPlan, ReservedShare, SpendingLimit, WelfareCap
from shop.procurement.budget_services import (
    save_plan,
    set_limit,
    set_reserved_share,
    set_welfare_cap,
    tie_to_plan,
)
from shop.procurement.budgets import budgets_of, period_of, province_of, request_refusals
from shop.procurement.models import PurchaseRequest, RequestState
from tests.factories import make_user
from tests.factories.buyers import make_organisation
from tests.procurement import cast
from tests.procurement.cast import Goods, Union, draft, make_goods, make_union
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
YEAR = clock.today().year
#: Twenty bags of tea at 95.00; freight is free in the tests.
TEA_FEN = 190_000


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def refused(call: Callable[..., Any], **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code


def plan_of(
    union: Union, *, per_head_fen: int, headcount: int = 10, festival: str = "mid_autumn", year: int = YEAR
) -> FestivalPlan:
    return save_plan(
        organisation_id=union.unit.pk,
        year=year,
        festival=festival,
        headcount=headcount,
        per_head_fen=per_head_fen,
        actor_id=union.approver.pk,
    )


def limit(union: Union, limit_fen: int | None, *, period: str = "month", days: int = 0) -> SpendingLimit:
    return set_limit(
        organisation_id=union.unit.pk,
        period=period,
        limit_fen=limit_fen,
        starts_on=clock.today() + dt.timedelta(days=days),
        actor_id=union.approver.pk,
    )


def cap(per_head_fen: int | None, *, span: str = "festival", **fields: Any) -> WelfareCap:
    known: dict[str, Any] = {
        "province": "浙江省",
        "name": "浙江省基层工会经费收支管理实施细则",
        "source": "浙总工发〔2018〕1 号",
        "starts_on": dt.date(2026, 1, 1),
        "actor_id": 1,
    }
    return set_welfare_cap(span=span, per_head_fen=per_head_fen, **(known | fields))


def tea_for(union: Union, goods: Goods, plan: FestivalPlan | None, *, tea: int = 20) -> PurchaseRequest:
    request = draft(union, goods, tea=tea)
    tie_to_plan(request_id=request.pk, plan_id=plan.pk if plan else None, actor_id=union.buyer.pk)
    request.refresh_from_db()
    return request


def submit(union: Union, request: PurchaseRequest) -> PurchaseRequest:
    digest = bulk_quote(request).digest
    return services.submit_request(request_id=request.pk, digest=digest, actor_id=union.buyer.pk)


def approve(union: Union, request: PurchaseRequest) -> OrderRecord:
    record = cast.approve(request, union.approver).record
    assert record is not None
    return record


def test_what_costs_exactly_the_plan_passes_and_a_fen_more_a_head_is_refused_in_words(
    union: Union, goods: Goods
) -> None:
    plan = plan_of(union, per_head_fen=TEA_FEN // 10 - 1)
    request = tea_for(union, goods, plan)
    assert bulk_quote(request).total_fen == TEA_FEN
    day = clock.today().isoformat()
    with override("en"), pytest.raises(ShopError) as error:
        submit(union, request)
    assert str(error.value) == (
        f"The plan “Mid-Autumn Festival {YEAR}” (set on {day}) gives ¥189.99 to each of 10 people. With this request"
        " it would be ¥190.00 each, ¥0.01 too much."
    )
    with override("zh-hans"), pytest.raises(ShopError) as error:
        submit(union, request)
    assert str(error.value) == (
        f"计划“{YEAR}年中秋节”（{day} 制定）为 10 人每人安排 ¥189.99。加上本次申请将为每人 ¥190.00，超出 ¥0.01。"
    )
    request.refresh_from_db()
    assert (request.state, request.lines.count(), error.value.code) == (RequestState.DRAFT, 0, "over_plan")
    plan_of(union, per_head_fen=TEA_FEN // 10)
    approve(union, submit(union, request))


def test_an_approval_looks_again_and_writes_nothing_when_the_plan_has_become_smaller(
    union: Union, goods: Goods
) -> None:
    request = submit(union, tea_for(union, goods, plan_of(union, per_head_fen=TEA_FEN // 10)))
    plan_of(union, per_head_fen=TEA_FEN // 10, headcount=9)
    assert refused(approve, union=union, request=request) == "over_plan"
    request.refresh_from_db()
    assert (request.state, request.record_id, OrderRecord.objects.count()) == ("submitted", None, 0)
    assert JournalEntry.objects.filter(action="request.approved").count() == 0
    plan_of(union, per_head_fen=TEA_FEN // 10)
    assert approve(union, request).due_fen == TEA_FEN


def test_the_second_request_of_a_plan_is_held_to_what_the_first_has_left(union: Union, goods: Goods) -> None:
    plan = plan_of(union, per_head_fen=TEA_FEN // 10)
    first, second = (submit(union, tea_for(union, goods, plan)) for _number in range(2))
    record = approve(union, first)
    assert refused(approve, union=union, request=second) == "over_plan"
    # An order that is closed unpaid gives back what it took.
    close_order(record_id=record.pk, reason=CloseReason.EXPIRED, actor_id=None)
    assert approve(union, second).due_fen == TEA_FEN


def test_a_reduction_and_a_refund_are_not_spent(union: Union, goods: Goods) -> None:
    plan = plan_of(union, per_head_fen=TEA_FEN // 10)
    record = approve(union, submit(union, tea_for(union, goods, plan)))
    share = record.shares.get()
    reduce_order(
        record_id=record.pk, portions=[UnitsOf(share.pk, 2)], reason="少发两件", actor_id=union.approver.pk
    )
    budget = budgets_of([union.unit], clock.today())[union.unit.pk]
    assert (budget.spent, budget.spent_in["month"]) == ({plan.pk: 171_000}, 171_000)
    OrderRecord.objects.filter(pk=record.pk).update(
        payment_state="paid", paid_fen=171_000, refunded_fen=71_000, paid_at=clock.now()
    )
    budget = budgets_of([union.unit], clock.today())[union.unit.pk]
    assert budget.spent == {plan.pk: 100_000}
    assert budget.per_head(plan) == Fraction(10_000)


def test_limits_hold_by_period_and_say_what_is_left(union: Union, goods: Goods) -> None:
    limit(union, TEA_FEN * 2 - 1)
    approve(union, submit(union, tea_for(union, goods, None)))
    request = tea_for(union, goods, None)
    with override("en"), pytest.raises(ShopError) as error:
        submit(union, request)
    assert str(error.value) == (
        f"“Limit of the month” of ¥3,799.99 (from {clock.today()}): ¥1,900.00 are spent and this request is ¥1,900.00,"
        " ¥0.01 more than is left."
    )
    # A higher limit, or none, begins tomorrow at the earliest; a lower one holds at once.
    for fen in (TEA_FEN * 2, None):
        assert refused(limit, union=union, limit_fen=fen) == "loosens_today"
    assert SpendingLimit.objects.count() == 1
    limit(union, TEA_FEN * 2, days=1)
    limit(union, None, days=2)
    first, second = (clock.today() + dt.timedelta(days=number) for number in (1, 2))
    assert budgets_of([union.unit], first)[union.unit.pk].limits["month"].limit_fen == TEA_FEN * 2
    assert budgets_of([union.unit], second)[union.unit.pk].limits == {}
    assert [refusal.code for refusal in request_refusals(request, TEA_FEN)] == ["over_limit"]
    limit(union, 1)
    assert budgets_of([union.unit], clock.today())[union.unit.pk].limits["month"].limit_fen == 1


def test_the_owner_is_told_of_a_limit_that_is_raised_and_may_set_one(union: Union) -> None:
    owner = make_user(phone="+8613900000058", name="唐负责")
    make_organisation(code="un-001", owner=owner)
    limit(union, 100)
    drain()
    assert not BuyerNotice.objects.exists()
    limit(union, 200, days=1)
    drain()
    told = BuyerNotice.objects.get(kind="unit_rules_loosened")
    assert (told.user, told.params["path"]) == (owner, "/unit/plans/")
    fields: dict[str, Any] = {"organisation_id": union.unit.pk, "actor_id": owner.pk, "period": "month"}
    assert set_limit(limit_fen=50, starts_on=clock.today(), **fields).set_by == owner.pk


def test_a_period_begins_at_midnight_in_shanghai(union: Union, goods: Goods) -> None:
    record = approve(union, submit(union, tea_for(union, goods, None)))
    last_moment = dt.datetime(2026, 3, 31, 15, 59, 59, tzinfo=dt.UTC)

    def spent(on: dt.date) -> dict[str, int]:
        return budgets_of([union.unit], on)[union.unit.pk].spent_in

    OrderRecord.objects.filter(pk=record.pk).update(placed_at=last_moment)
    assert spent(dt.date(2026, 3, 31)) == {"year": TEA_FEN, "quarter": TEA_FEN, "month": TEA_FEN}
    assert spent(dt.date(2026, 4, 1)) == {"year": TEA_FEN, "quarter": 0, "month": 0}
    OrderRecord.objects.filter(pk=record.pk).update(placed_at=last_moment + dt.timedelta(seconds=1))
    assert spent(dt.date(2026, 3, 31)) == {"year": TEA_FEN, "quarter": 0, "month": 0}
    assert spent(dt.date(2026, 4, 1)) == {"year": TEA_FEN, "quarter": TEA_FEN, "month": TEA_FEN}
    assert spent(dt.date(2027, 1, 1)) == {"year": 0, "quarter": 0, "month": 0}


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        ("year", "2026-01-01", "2027-01-01"),
        ("quarter", "2026-10-01", "2027-01-01"),
        ("month", "2026-12-01", "2027-01-01"),
    ],
)
def test_periods_follow_the_calendar(period: str, first: str, following: str) -> None:
    assert [str(day) for day in period_of(period, dt.date(2026, 12, 31))] == [first, following]


def test_no_province_ships_with_a_cap_and_none_blocks_nothing(union: Union, goods: Goods) -> None:
    assert WelfareCap.objects.count() == 0
    approve(union, submit(union, tea_for(union, goods, plan_of(union, per_head_fen=100_000_000))))


def test_a_cap_is_named_with_its_day_and_by_how_much_it_is_gone_over(union: Union, goods: Goods) -> None:
    plan = plan_of(union, per_head_fen=50_000)
    request = tea_for(union, goods, plan)
    cap(18_000)
    with override("en"), pytest.raises(ShopError) as error:
        submit(union, request)
    assert str(error.value) == (
        "“浙江省基层工会经费收支管理实施细则” of 浙江省 (from 2026-01-01) allows ¥180.00 a head for a festival."
        f" “Mid-Autumn Festival {YEAR}” would come to ¥190.00 a head, ¥10.00 too much."
    )
    assert error.value.code == "over_cap"
    cap(19_000)
    submitted = submit(union, request)
    # The rule changes while the request waits.
    cap(18_999)
    assert refused(approve, union=union, request=submitted) == "over_cap"
    cap(None, starts_on=clock.today())
    approve(union, submitted)


def test_a_cap_of_the_year_counts_all_festivals_a_head(union: Union, goods: Goods) -> None:
    spring = plan_of(union, per_head_fen=20_000, festival="spring", headcount=20)
    autumn = plan_of(union, per_head_fen=20_000)
    approve(union, submit(union, tea_for(union, goods, spring)))
    # 1,900.00 for 20 people are 95.00 a head, for 10 people 190.00.
    cap(28_499, span="year")
    request = tea_for(union, goods, autumn)
    with override("en"), pytest.raises(ShopError) as error:
        submit(union, request)
    assert f"Those of {YEAR} would come to ¥285.00 a head, ¥0.01 too much." in str(error.value)
    cap(28_500, span="year")
    approve(union, submit(union, request))


def test_a_plan_above_the_cap_is_refused_when_it_is_set(union: Union) -> None:
    cap(50_000)
    cap(80_000, span="year")
    assert refused(plan_of, union=union, per_head_fen=50_001) == "over_cap"
    plan_of(union, per_head_fen=50_000)
    assert refused(plan_of, union=union, per_head_fen=30_001, festival="spring") == "over_cap"
    assert [plan.festival for plan in FestivalPlan.objects.all()] == ["mid_autumn"]


def test_caps_hold_for_unions_of_their_province_only(union: Union) -> None:
    cap(100)
    cap(200, province="四川省")

    def held(unit: Organisation) -> list[int | None]:
        return [row.per_head_fen for row in budgets_of([unit], clock.today())[unit.pk].caps.values()]

    assert held(union.unit) == [100]
    assert held(make_organisation(code="soe-1", kind="soe")) == []
    sichuan = make_organisation(code="un-sc", credit_code="91510100MA6CKTAA57", of_district=False)
    assert (province_of(sichuan), held(sichuan)) == ("四川省", [200])
    outside = make_organisation(code="un-x", kind="outside", of_district=False)
    assert (province_of(outside), held(outside)) == ("", [])


def test_dated_rules_are_never_changed_or_deleted(union: Union) -> None:
    rows: list[Any] = [cap(100), limit(union, 100), share(union)]
    for row in rows:
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.update(set_by=9)
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
    # What holds already is not written again.
    assert [cap(100).pk, limit(union, 100).pk, share(union).pk] == [row.pk for row in rows]


def share(union: Union, **fields: Any) -> ReservedShare:
    known: dict[str, Any] = {
        "year": YEAR,
        "quota_fen": 300_000,
        "filed_fen": 350_000,
        "filed_on": dt.date(YEAR, 2, 1),
        "no_canteen": False,
    }
    known |= {"organisation_id": union.unit.pk, "actor_id": union.approver.pk}
    return set_reserved_share(**(known | fields))


def test_a_reserved_share_lacks_what_was_filed_less_what_is_done(union: Union) -> None:
    assert [share(union).gap_fen(done) for done in (0, 349_999, 350_000, 400_000)] == [350_000, 1, 0, 0]
    # Filing less than the quota does not lower it.
    assert share(union, filed_fen=100_000).gap_fen(0) == 300_000
    assert share(union, filed_fen=None, filed_on=None).gap_fen(0) == 300_000
    without = {"no_canteen": True, "quota_fen": 0}
    assert share(union, filed_fen=None, filed_on=None, **without).gap_fen(0) == 0
    assert share(union, **without).gap_fen(100_000) == 250_000
    count = ReservedShare.objects.count()
    assert refused(share, union=union, no_canteen=True) == "canteen"
    assert refused(share, union=union, quota_fen=0) == "canteen"
    assert refused(share, union=union, filed_on=None) == "filed"
    assert ReservedShare.objects.count() == count
    assert budgets_of([union.unit], clock.today())[union.unit.pk].shares[YEAR].no_canteen


def test_only_approvers_plan_and_only_for_their_own_unit(union: Union) -> None:
    other = make_union(code="un-002", first_phone=60)
    plan = plan_of(union, per_head_fen=100)
    fields: dict[str, Any] = {"organisation_id": union.unit.pk, "actor_id": union.buyer.pk}
    wish = {"year": YEAR, "festival": "spring", "headcount": 1, "per_head_fen": 1}
    assert refused(save_plan, **wish, **fields) == "not_a_member"
    assert refused(save_plan, **wish, **(fields | {"actor_id": other.approver.pk})) == "not_a_member"
    when = {"period": "month", "limit_fen": 1, "starts_on": clock.today()}
    assert refused(set_limit, **when, **fields) == "not_a_member"
    request = services.create_request(organisation_id=other.unit.pk, actor_id=other.buyer.pk)
    assert refused(tie_to_plan, request_id=request.pk, plan_id=plan.pk, actor_id=other.buyer.pk) == "no_plan"
    assert (FestivalPlan.objects.count(), SpendingLimit.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"year": YEAR + 2}, "year"),
        ({"festival": "easter"}, "unknown"),
        ({"headcount": 0}, "range"),
        ({"headcount": 10**7}, "range"),
        ({"per_head_fen": -1}, "range"),
    ],
)
def test_nonsense_is_no_plan(union: Union, change: dict[str, Any], code: str) -> None:
    wish = {"year": YEAR, "festival": "spring", "headcount": 10, "per_head_fen": 100} | change
    whose = {"organisation_id": union.unit.pk, "actor_id": union.approver.pk}
    assert refused(save_plan, **wish, **whose) == code
    assert FestivalPlan.objects.count() == 0


def test_what_was_planned_before_stands_in_the_journal(union: Union) -> None:
    plan_of(union, per_head_fen=50_000)
    plan_of(union, per_head_fen=50_000)
    plan_of(union, per_head_fen=40_000, headcount=12)
    entries = JournalEntry.objects.filter(action="budget.plan_set").order_by("pk")
    assert [(entry.object_key, entry.before, entry.after["per_head"]) for entry in entries] == [
        ("un-001", {}, "500.00"),
        ("un-001", {"headcount": 10, "per_head": "500.00"}, "400.00"),
    ]


def test_budgets_of_many_units_are_one_question(union: Union) -> None:
    units = [union.unit, *(make_organisation(code=f"un-{number}") for number in range(5))]
    with CaptureQueriesContext(connection) as captured:
        assert len(budgets_of(units, clock.today())) == 6
    assert len(captured) == 1
