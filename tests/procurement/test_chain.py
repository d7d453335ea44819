"""Approvals in steps: how many a sum asks for, by whom, each once, and what is written of them."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.buyers.models import MemberRole
from shop.buyers.services import add_member, remove_member
from shop.core import clock
from shop.core.append_only import missing_triggers
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.approval_models import Approval, ApprovalRule
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_services import save_plan, tie_to_plan
from shop.procurement.chain import chain_for
from shop.procurement.loosening import ONE, Step
from shop.procurement.models import PurchaseRequest
from shop.procurement.selectors import requests_to_decide
from tests.factories import make_organisation, make_user
from tests.procurement.cast import Union, approve, draft, make_goods, make_union, seen_of, submitted
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
ANYBODY = Step(MemberRole.APPROVER)


def refused(call: Any, **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code


def rule(union: Union, *steps: Step, from_yuan: int = 0, starts_on: dt.date | None = None) -> ApprovalRule:
    return services.set_approval_rule(
        organisation_id=union.unit.pk,
        from_fen=from_yuan * 100,
        starts_on=starts_on or clock.today(),
        steps=steps,
        actor_id=union.approver.pk,
    )


def named(person: User) -> Step:
    return Step(MemberRole.APPROVER, person.pk)


def positions(request: PurchaseRequest) -> list[tuple[int, int, int]]:
    rows = Approval.objects.filter(request=request).order_by("round", "position")
    return list(rows.values_list("round", "position", "approved_by"))


def test_the_highest_amount_that_is_reached_and_has_begun_says_how_many_agree() -> None:
    union, two, three = make_union(), (ANYBODY, ANYBODY), (ANYBODY, ANYBODY, ANYBODY)
    with clock.set_to(clock.now() - dt.timedelta(days=1)):
        assert chain_for(union.unit, 10**9) == ONE
        rule(union, *two, from_yuan=2000)
        rule(union, *three, from_yuan=50_000, starts_on=clock.today() + dt.timedelta(days=1))
        assert chain_for(union.unit, 199_999) == ONE
        assert chain_for(union.unit, 200_000) == two
        assert chain_for(union.unit, 5_000_000) == two
    assert chain_for(union.unit, 5_000_000) == three
    # A rule without steps ends what held from its amount on.
    tomorrow = clock.now() + dt.timedelta(days=1)
    rule(union, from_yuan=50_000, starts_on=clock.local_date(tomorrow))
    assert chain_for(union.unit, 5_000_000) == three
    with time_machine.travel(tomorrow, tick=False):
        assert chain_for(union.unit, 5_000_000) == two
    assert chain_for(make_union(code="un-002", first_phone=60).unit, 5_000_000) == ONE
    entry = JournalEntry.objects.filter(action="approval_rule.set").earliest("pk")
    assert (entry.object_key, entry.after["steps"]) == ("un-001", ["approver:any"] * 2)


def test_a_rule_that_makes_no_sense_is_refused_and_not_written() -> None:
    union = make_union()
    yesterday = clock.today() - dt.timedelta(days=1)
    assert refused(rule, union=union, starts_on=yesterday) == "past"
    assert refused(rule, union=union, from_yuan=-1) == "amount"
    for steps, code in (
        ([ANYBODY] * 4, "steps"),
        ([named(union.approver)] * 2, "steps"),
        ([named(union.buyer)], "person"),
        ([Step(MemberRole.BUYER)], "person"),
    ):
        with pytest.raises(ShopError) as error:
            rule(union, *steps)
        assert error.value.code == code
    fields: dict[str, Any] = {"from_fen": 0, "starts_on": clock.today(), "steps": ONE}
    code = refused(
        services.set_approval_rule, organisation_id=union.unit.pk, actor_id=union.buyer.pk, **fields
    )
    assert (code, ApprovalRule.objects.count()) == ("not_a_member", 0)


def test_two_steps_are_two_people_and_the_last_places_the_order() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY, from_yuan=1000)
    request = submitted(union, goods, tea=20)
    assert approve(request, union.approver).steps_left == 1
    # The same person again agrees to nothing new.
    again = approve(request, union.approver)
    assert (again.record, again.steps_left, OrderRecord.objects.count()) == (None, 1, 0)
    with pytest.raises(IntegrityError, match=r"approval_by_a_person_once|UNIQUE"), transaction.atomic():
        Approval.objects.create(
            **{column: getattr(Approval.objects.get(), column) for column in COLUMNS}, position=2
        )
    assert approve(request, union.second).record == OrderRecord.objects.get()
    assert positions(request) == [(1, 1, union.approver.pk), (1, 2, union.second.pk)]
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("placed", union.second)
    small = submitted(union, goods, tea=2)
    assert approve(small, union.second).record is not None


COLUMNS = ("request", "round", "approved_by", "submitted_by", "digest", "approved_at")


def test_a_request_waits_for_whose_turn_it_is_and_for_nobody_else() -> None:
    union, goods = make_union(), make_goods()
    rule(union, named(union.second), ANYBODY, from_yuan=1000)
    request = submitted(union, goods, tea=20)
    scope = Scope(organisations=frozenset({"un-001"}))
    waits = lambda person: requests_to_decide(scope, person.pk).alone() == [request]
    assert (waits(union.second), waits(union.approver), waits(union.buyer)) == (True, False, False)
    approve(request, union.second)
    assert (waits(union.second), waits(union.approver)) == (False, True)
    counts = []
    for _turn in range(2):
        submitted(union, goods, tea=2)
        with CaptureQueriesContext(connection) as captured:
            requests_to_decide(scope, union.approver.pk).alone()
        counts.append(len(captured))
    assert counts == [1, 1]


def test_nobody_agrees_to_their_own_and_what_was_agreed_stays() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    approve(request, union.approver)
    row = Approval.objects.get()
    fields = {column: getattr(row, column) for column in COLUMNS if column != "approved_by"}
    with pytest.raises(IntegrityError, match="approval_by_another_than_the_buyer"), transaction.atomic():
        Approval.objects.create(**fields | {"round": 9}, approved_by=row.submitted_by, position=1)
    for change in (lambda: Approval.objects.update(note="x"), lambda: Approval.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert missing_triggers("procurement_approval") == []


def test_a_named_person_is_waited_for_and_stood_in_for_once_they_have_left() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, named(union.second))
    request = submitted(union, goods, tea=20)
    assert approve(request, union.approver).steps_left == 1
    third = make_user(phone="+8613900000059", name="新主席")
    add_member(organisation_id=union.unit.pk, user_id=third.pk, role=MemberRole.APPROVER, actor_id=None)
    assert refused(approve, request=request, person=third) == "others_step"
    assert positions(request) == [(1, 1, union.approver.pk)]
    remove_member(organisation_id=union.unit.pk, user_id=union.second.pk, role="approver", actor_id=None)
    assert approve(request, third).record is not None


def test_a_change_begins_the_round_anew_and_the_first_round_stays_readable() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY)
    request = submitted(union, goods, tea=20)
    approve(request, union.approver)
    by: dict[str, Any] = {"request_id": request.pk, "actor_id": union.buyer.pk}
    services.reopen_request(**by)
    services.save_quantities(quantities={goods.tea.pk: 30}, **by)
    digest = bulk_quote(PurchaseRequest.objects.get()).digest
    services.submit_request(digest=digest, **by)
    assert approve(request, union.second).steps_left == 1
    assert positions(request) == [(1, 1, union.approver.pk), (2, 1, union.second.pk)]
    assert not OrderRecord.objects.exists()


def test_what_was_changed_behind_the_first_approval_is_not_ordered_by_the_second() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY)
    request = submitted(union, goods, tea=20)
    approve(request, union.approver)
    # No service does this: a hand in the database.
    PurchaseRequest.objects.filter(pk=request.pk).update(street="别处 9 号")
    decision = approve(request, union.second)
    request.refresh_from_db()
    assert (decision.record, len(decision.changes), request.state) == (None, 1, "draft")
    assert not OrderRecord.objects.exists()


def test_a_sum_that_needs_more_people_than_there_are_is_not_submitted() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY, ANYBODY)
    request = draft(union, goods, tea=20)
    fields = {"request_id": request.pk, "digest": bulk_quote(request).digest}
    code = refused(services.submit_request, actor_id=union.buyer.pk, **fields)
    request.refresh_from_db()
    assert (code, request.state, request.round, request.lines.count()) == ("too_few_approvers", "draft", 0, 0)


def test_the_rule_at_submission_holds_whatever_is_set_afterwards() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY)
    request = submitted(union, goods, tea=20)
    rule(union, ANYBODY, ANYBODY, ANYBODY)
    assert approve(request, union.approver).steps_left == 1


def test_a_rule_that_asks_less_begins_tomorrow_and_the_owner_is_told() -> None:
    union, owner = make_union(), make_user(phone="+8613900000058", name="唐负责")
    make_organisation(code="un-001", owner=owner)
    tomorrow = clock.today() + dt.timedelta(days=1)
    rule(union, ANYBODY, named(union.second), from_yuan=1000)
    # One step less, another person in place of a named one, none at all, and a gap in the amounts.
    for steps, amount in (([ANYBODY], 1000), ([ANYBODY, ANYBODY], 1000), ([], 1000), ([ANYBODY], 5000)):
        assert refused(partial(rule, union, *steps, from_yuan=amount)) == "loosens_today"
    assert (ApprovalRule.objects.count(), chain_for(union.unit, 100_000)[1]) == (1, named(union.second))
    assert not OutboxMessage.objects.filter(topic="procurement.rules_loosened").exists()
    # What asks for more holds at once, and nobody is told.
    rule(union, ANYBODY, named(union.second), ANYBODY, from_yuan=5000)
    drain()
    assert not BuyerNotice.objects.exists()
    rule(union, ANYBODY, from_yuan=1000, starts_on=tomorrow)
    assert len(chain_for(union.unit, 100_000)) == 2
    drain()
    told = BuyerNotice.objects.get(kind="unit_rules_loosened")
    assert (told.user, told.channel) == (owner, "sms")
    assert f"{tomorrow} 起" in told.subject
    client = Client()
    client.force_login(owner)
    assert client.get(told.params["path"]).status_code == 200
    # An owner sets rules too; where nobody else owns the unit, its approvers are told.
    services.set_approval_rule(
        organisation_id=union.unit.pk, from_fen=500_000, starts_on=tomorrow, steps=[], actor_id=owner.pk
    )
    drain()
    people = BuyerNotice.objects.exclude(pk=told.pk).order_by("user").values_list("user", flat=True)
    assert list(people) == [union.approver.pk, union.second.pk]


def test_a_rule_to_come_is_not_undercut_by_what_begins_before_it() -> None:
    union, day = make_union(), clock.today() + dt.timedelta(days=3)
    rule(union, ANYBODY, ANYBODY, starts_on=day)
    drain()
    assert not BuyerNotice.objects.exists()
    # Written over on its own day: from then on less is asked.
    rule(union, ANYBODY, starts_on=day)
    drain()
    assert [notice.user for notice in BuyerNotice.objects.filter(kind="unit_rules_loosened")] == [
        union.second
    ]


def test_what_is_agreed_to_is_the_plan_too_and_what_it_gives() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY)
    whose = {"organisation_id": union.unit.pk, "actor_id": union.approver.pk}
    year = clock.today().year
    plan = save_plan(year=year, festival="spring", headcount=10, per_head_fen=50_000, **whose)
    other = save_plan(year=year, festival="mid_autumn", headcount=10, per_head_fen=50_000, **whose)
    bare = draft(union, goods, tea=20)
    without = seen_of(bare)
    tie_to_plan(request_id=bare.pk, plan_id=plan.pk, actor_id=union.buyer.pk)
    assert seen_of(bare) != without
    request = services.submit_request(
        request_id=bare.pk, digest=bulk_quote(bare).digest, actor_id=union.buyer.pk
    )
    seen = seen_of(request)
    # The page of the second approver was open when somebody changed what the plan gives.
    approve(request, union.approver)
    save_plan(year=year, festival="spring", headcount=11, per_head_fen=50_000, **whose)
    yes: dict[str, Any] = {"request_id": request.pk, "seen": seen, "actor_id": union.second.pk}
    assert refused(services.approve_request, **yes) == "changed_since_seen"
    save_plan(year=year, festival="spring", headcount=10, per_head_fen=50_000, **whose)
    # No service does this: a hand in the database.
    PurchaseRequest.objects.filter(pk=request.pk).update(plan=other)
    decision = approve(request, union.second)
    request.refresh_from_db()
    assert (decision.record, len(decision.changes), request.state) == (None, 1, "draft")


def test_each_step_tells_those_whose_turn_it_is() -> None:
    union, goods = make_union(), make_goods()
    rule(union, named(union.approver), ANYBODY)
    request = submitted(union, goods, tea=20)
    drain()
    asked = BuyerNotice.objects.filter(kind="unit_request_submitted").order_by("pk")
    assert [notice.user for notice in asked] == [union.approver]
    approve(request, union.approver)
    drain()
    assert [notice.user for notice in asked.all()] == [union.approver, union.second]


def test_the_page_shows_the_steps_and_offers_the_button_to_whose_turn_it_is() -> None:
    union, goods = make_union(), make_goods()
    rule(union, ANYBODY, ANYBODY)
    request = submitted(union, goods, tea=20)
    first, second = Client(), Client()
    first.force_login(union.approver)
    second.force_login(union.second)
    page = f"/unit/requests/{request.number}/"
    yes = {"decision": "approve", "seen": first.get(page).context["seen"], "note": "同意一"}
    assert f"/unit/requests/{request.number}/" in first.get("/unit/").content.decode()
    assert first.post(f"{page}decide/", yes)["Location"] == page
    assert request not in first.get("/unit/").context["to_decide"]
    assert request in second.get("/unit/").context["to_decide"]
    shown = first.get(page).content.decode()
    assert ("同意一" in shown, 'name="decision"' in shown) == (True, False)
    shown = second.get(page).content.decode()
    assert ("通过并下单" in shown, "第 1 步已通过" in shown) == (True, True)
    assert second.post(f"{page}decide/", yes)["Location"].startswith("/unit/orders/")


def test_the_rules_are_set_on_a_page_by_those_who_approve() -> None:
    union = make_union()
    approver, buyer = Client(), Client()
    approver.force_login(union.approver)
    buyer.force_login(union.buyer)
    page = "/unit/approval-rules/"
    chosen = f"approver:{union.second.pk}"
    fields = {"from_fen": "5,000", "starts_on": str(clock.today()), "step_1": "approver", "step_2": chosen}
    assert buyer.post(page, fields).status_code == 404
    assert approver.post(page, fields | {"unit": "un-009"}).status_code == 404
    wrong = approver.post(page, fields | {"from_fen": "很多"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["from_fen"])
    assert not ApprovalRule.objects.exists()
    assert approver.post(page, fields).status_code == 302
    found = ApprovalRule.objects.get()
    assert found.from_fen == 500_000
    assert [step.person for step in found.steps.all()] == [None, union.second.pk]
    shown = buyer.get(page).content.decode()
    assert ("5,000.00" in shown, "<form method" in shown.split("</header>")[1].split("<footer")[0]) == (
        True,
        False,
    )


def test_the_rules_ask_as_often_for_many_as_for_one() -> None:
    union, counts = make_union(), []
    client = Client()
    client.force_login(union.second)
    for number in range(1, 13):
        rule(union, ANYBODY, named(union.second), from_yuan=number)
        if number in (1, 12):
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/unit/approval-rules/").status_code == 200
            counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
