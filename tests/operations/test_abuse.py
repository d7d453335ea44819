"""Signs of abuse: each found once, a near miss beside it, judged by two people, and nothing is blocked."""

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import SYSTEM, Scope
from shop.buyers.models import InvoiceProfile, MemberRole
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.models import Payment, RefundExecution
from shop.gateways.money_models import PayeeChange, PayerName
from shop.gateways.payer_models import PayerAccount
from shop.gateways.services import close_order
from shop.journal.models import JournalEntry
from shop.operations.abuse import watching
from shop.operations.abuse.evidence import rows_of, says
from shop.operations.abuse.judging import confirm_finding, judge_finding, return_finding
from shop.operations.abuse.watching import watch_abuse
from shop.operations.abuse_models import AbuseFinding
from shop.operations.abuse_work import abuse_work
from shop.operations.selectors import queue_of
from shop.ordering.models import OrderRecord
from shop.ordering.status import CloseReason
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_services import save_plan, set_welfare_cap, tie_to_plan
from shop.procurement.loosening import Step
from shop.procurement.models import PurchaseRequest
from shop.procurement.rules import set_price_band, set_reference_price
from shop.procurement.services import Counted
from shop.settlement.paying_models import PayeeAccount
from shop.suppliers.models import Supplier
from shop.suppliers.services import IdentityDraft, save_identity
from tests.factories import make_cast, make_user, pay
from tests.procurement.cast import (
    Goods,
    Union,
    approve,
    approved,
    draft,
    make_goods,
    make_union,
    shipped,
    submitted,
)
from tests.suppliers.cast import CREDIT_CODE

pytestmark = [pytest.mark.django_db, pytest.mark.data]
#: Twenty bags of tea at 95.00.
TEA_FEN = 190_000
NOW = clock.now()
LIST = "/dashboard/abuse/"


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SETTLED_AFTER", dt.timedelta(0))


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def found(kind: str) -> list[AbuseFinding]:
    """Let the worker look, twice, and return what stands of a kind."""
    watch_abuse()
    assert watch_abuse() == 0
    return list(AbuseFinding.objects.filter(kind=kind).order_by("pk"))


def ago(**span: int) -> Any:
    return clock.set_to(NOW - dt.timedelta(**span))


def two_steps_from(union: Union, fen: int) -> None:
    services.set_approval_rule(
        organisation_id=union.unit.pk,
        from_fen=fen,
        starts_on=clock.today(),
        steps=[Step(MemberRole.APPROVER), Step(MemberRole.APPROVER)],
        actor_id=union.approver.pk,
    )


def test_requests_that_reach_a_limit_together_are_found(union: Union, goods: Goods) -> None:
    with ago(days=30):
        two_steps_from(union, 300_000)
    with ago(days=20):
        submitted(union, goods)
    with ago(days=12):
        first = submitted(union, goods)
    assert found("split") == []
    with ago(days=6):
        second = submitted(union, goods)
    [finding] = found("split")
    assert (finding.reference, finding.fen, finding.organisation) == (second.number, 2 * TEA_FEN, union.unit)
    assert (finding.detail["limit_fen"], finding.detail["count"]) == (300_000, 2)
    assert [row.name for row in rows_of(finding)] == [second.number, first.number]
    with override("en"):
        assert says(finding).startswith("2 requests within a week come to ¥3,800.00; each of them lies below")


def test_what_is_no_part_of_one_purchase_is_not_split(union: Union, goods: Goods) -> None:
    with ago(days=30):
        two_steps_from(union, 300_000)
    with ago(days=3):
        # Another purpose and other goods.
        other = submitted(union, goods, tea=0, pears=90)
        PurchaseRequest.objects.filter(pk=other.pk).update(purpose="办公用品")
        # One whose order was called off, and that was asked for anew.
        gone = approved(union, goods)
    close_order(record_id=gone.pk, reason=CloseReason.BUYER, actor_id=union.buyer.pk)
    with ago(days=2):
        submitted(union, goods)
    # One that reaches the limit alone took its steps; a unit without a rule has no limit.
    with ago(days=1):
        submitted(union, goods, tea=33)
        free = make_union(code="un-002", first_phone=60)
        for _time in range(2):
            submitted(free, goods)
    assert found("split") == []


def identity(code: str, **fields: str) -> None:
    draft_of = IdentityDraft(**({"credit_code": CREDIT_CODE} | fields))
    save_identity(code=code, draft=draft_of, actor_id=1)


def test_unit_and_supplier_with_one_phone_account_or_legal_person_are_found(
    union: Union, goods: Goods
) -> None:
    tea_co = Supplier.objects.get(code="tea-co")
    User.objects.filter(pk=union.buyer.pk).update(last_name="苟", first_name="青山")
    identity("tea-co", legal_person="苟 青山", phone=(union.approver.phone or "").removeprefix("+86"))
    PayerAccount.objects.create(
        organisation=union.unit, account="6222 0201-0001", folded="622202010001", added_by=1, added_at=NOW
    )
    PayeeAccount.objects.create(
        supplier=tea_co, holder="茶业", bank="农行", number="622202010001", proposed_by=1, proposed_at=NOW
    )
    # The other one has a name, a phone and an account of its own; a masked one says nothing.
    InvoiceProfile.objects.create(
        organisation=union.unit, title="工会", bank="工行", account="6222********", saved_by=1, saved_at=NOW
    )
    PayeeAccount.objects.create(
        supplier=Supplier.objects.get(code="pear-co"),
        holder="果业",
        bank="工行",
        number="6222********",
        proposed_by=1,
        proposed_at=NOW,
    )
    record = approved(union, goods, tea=20, pears=2)
    approved(union, goods, tea=20)
    rows = found("shared")
    assert [(row.detail["sign"], row.supplier, row.record) for row in rows] == [
        (sign, tea_co, record) for sign in ("phone", "bank", "legal_person")
    ]
    assert all(set(row.detail) == {"sign"} for row in rows)
    assert str(union.approver.phone) not in str([(row.key, row.detail) for row in rows])


def test_who_sells_and_buys_with_one_account_of_the_shop_is_found(union: Union, goods: Goods) -> None:
    make_user(
        phone=union.buyer.phone or "", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "pear-co")], name="工会人"
    )
    approved(union, goods, tea=20)
    assert found("shared") == []
    approved(union, goods, tea=1, pears=2)
    assert [(row.supplier.code, row.detail["sign"]) for row in found("shared") if row.supplier] == [
        ("pear-co", "phone")
    ]


def test_orders_beside_the_plan_that_cross_a_cap_are_found(union: Union, goods: Goods) -> None:
    set_welfare_cap(
        province="浙江省",
        span="year",
        per_head_fen=30_000,
        name="实施细则",
        source="浙总工发〔2018〕1 号",
        starts_on=dt.date(2026, 1, 1),
        actor_id=1,
    )

    def plan(headcount: int) -> int:
        return save_plan(
            organisation_id=union.unit.pk,
            year=clock.today().year,
            festival="mid_autumn",
            headcount=headcount,
            per_head_fen=25_000,
            actor_id=union.approver.pk,
        ).pk

    planned = draft(union, goods)
    tie_to_plan(request_id=planned.pk, plan_id=plan(13), actor_id=union.buyer.pk)
    planned.refresh_from_db()
    services.submit_request(request_id=planned.pk, digest=bulk_quote(planned).digest, actor_id=union.buyer.pk)
    approve(planned, union.approver)
    # With thirteen people the second one is 292.31 a head in all.
    approved(union, goods)
    assert found("cap") == []
    plan(12)
    last = approved(union, goods, tea=1)
    [finding] = found("cap")
    assert (finding.record, finding.organisation) == (last, union.unit)
    assert finding.detail["amount_fen"] == -(-(2 * TEA_FEN + 10_000) // 12)
    assert (finding.detail["count"], len(rows_of(finding))) == (3, 3)
    with override("en"):
        assert says(finding).startswith("“实施细则” allows ¥300.00 a head.")


def test_goods_accepted_before_they_can_have_arrived_are_found(union: Union, goods: Goods) -> None:
    def accepted(start: dt.datetime, after: dt.timedelta) -> str:
        with clock.set_to(start):
            record = approved(union, goods)
            pay(record)
            shipped(record)
        line = record.shares.get().line_id
        with clock.set_to(start + after):
            report = services.report_acceptance(
                record_id=record.pk, counted=[Counted(line, 20)], actor_id=union.buyer.pk
            )
            services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
        return report.number

    accepted(NOW - dt.timedelta(hours=9), dt.timedelta(hours=1))
    assert found("quick") == []
    number = accepted(NOW - dt.timedelta(hours=5), dt.timedelta(minutes=59))
    [finding] = found("quick")
    assert (finding.key, finding.detail["minutes"], finding.fen) == (number, 59, TEA_FEN)
    assert [row.name for row in rows_of(finding)][-1] == number


def refund_to(payment: Payment, payee: str, account: str, number: int) -> None:
    execution = RefundExecution.objects.create(
        payment=payment, fen=100 + number, idempotency_key=f"abuse-{number}", created_at=NOW
    )
    PayeeChange.objects.create(
        execution=execution,
        payee=payee,
        payee_account=account,
        reason="账户已销户",
        state="approved",
        proposed_by=1,
        proposed_at=NOW,
        decided_by=2,
        decided_at=NOW,
    )


def test_refunds_to_another_than_who_paid_are_found(union: Union, goods: Goods) -> None:
    record = approved(union, goods)
    payment = Payment.objects.create(
        key="abuse-1",
        provider="bank_transfer",
        record=record,
        fen=TEA_FEN,
        captured_at=NOW,
        payer="教育局结算中心",
        payer_account="6222020100012222",
    )
    PayerName.objects.create(
        organisation=union.unit, name="财政零余额账户", folded="财政零余额账户", added_by=1, added_at=NOW
    )
    PayerAccount.objects.create(
        organisation=union.unit,
        account="6217000010003333",
        folded="6217000010003333",
        added_by=1,
        added_at=NOW,
    )
    payees = (
        (union.unit.name, "111122223333"),
        ("教育局 结算中心", "111122223334"),
        ("财政零余额账户", "111122223335"),
        ("改了名", "6217 0000 1000 3333"),
        ("张三", "9999000011112222"),
    )
    for number, (payee, account) in enumerate(payees):
        refund_to(payment, payee, account, number)
    [finding] = found("payee")
    assert (finding.reference, finding.fen, finding.organisation) == (record.number, 104, union.unit)
    assert "张三" not in str(finding.detail)


def test_a_price_above_the_band_is_found_when_it_is_ordered(union: Union, goods: Goods) -> None:
    set_price_band(over_bp=300, starts_on=clock.today(), actor_id=1)
    for sku, fen in (("WC-TEA-001", 9_000), ("LQ-FRT-001", 1_990)):
        set_reference_price(sku=sku, fen=fen, source="周报", noted_on=clock.today(), actor_id=1)
    request = draft(union, goods, tea=20, pears=5)
    request = services.submit_request(
        request_id=request.pk,
        digest=bulk_quote(request).digest,
        reasons={goods.tea.pk: "节前只有这一家"},
        actor_id=union.buyer.pk,
    )
    approved(union, goods, tea=0, pears=5)
    assert found("price") == []
    approve(request, union.approver)
    [finding] = found("price")
    assert (finding.reference, finding.fen) == (request.number, TEA_FEN)
    assert finding.detail["lines"] == [
        {
            "sku": "WC-TEA-001",
            "units": 20,
            "unit_fen": 9_500,
            "reference_fen": 9_000,
            "gap": "+5.6%",
            "reason": "节前只有这一家",
        }
    ]


def test_the_look_goes_on_where_it_ended_and_leaves_what_is_not_settled(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity("tea-co", phone=union.buyer.phone or "")
    identity("pear-co", phone=union.buyer.phone or "")
    monkeypatch.setattr(watching, "BATCH", 1)
    monkeypatch.setattr(watching, "MOST_BATCHES", 2)
    with ago(hours=3):
        for _time in range(3):
            approved(union, goods, tea=1)
    approved(union, goods, tea=1, pears=1)
    assert watch_abuse() == 1
    monkeypatch.setattr(watching, "SETTLED_AFTER", dt.timedelta(hours=1))
    assert watch_abuse() == 0
    monkeypatch.setattr(watching, "SETTLED_AFTER", dt.timedelta(0))
    assert watch_abuse() == 1
    assert list(AbuseFinding.objects.values_list("supplier__code", flat=True)) == ["tea-co", "pear-co"]


def make_finding(**fields: Any) -> AbuseFinding:
    known: dict[str, Any] = {
        "kind": "quick",
        "key": "YSD-1",
        "reference": "YS-1",
        "fen": 100,
        "detail": {"report": "YSD-1", "minutes": 3, "shipped_at": "", "reported_at": ""},
        "happened_at": NOW,
        "found_at": NOW,
    }
    return AbuseFinding.objects.create(**known | fields)


def refused(call: Any, **fields: Any) -> str:
    before = (JournalEntry.objects.count(), AbuseFinding.objects.values_list("state", flat=True)[0])
    with pytest.raises(ShopError) as error:
        call(**fields)
    assert (JournalEntry.objects.count(), AbuseFinding.objects.values_list("state", flat=True)[0]) == before
    return error.value.code


def test_one_person_judges_with_a_reason_and_another_agrees() -> None:
    finding = make_finding()
    judge: dict[str, Any] = {
        "finding_id": finding.pk,
        "verdict": "fine",
        "reason": " 同城自提 ",
        "actor_id": 1,
    }
    assert refused(judge_finding, **judge | {"reason": " "}) == "reason"
    assert refused(judge_finding, **judge | {"verdict": "perhaps"}) == "verdict"
    assert refused(confirm_finding, finding_id=finding.pk, actor_id=2) == "wrong_state"
    for _time in range(2):
        assert judge_finding(**judge).reason == "同城自提"
    assert refused(judge_finding, **judge | {"verdict": "abuse"}) == "wrong_state"
    assert refused(confirm_finding, finding_id=finding.pk, actor_id=1) == "same_person"
    assert refused(return_finding, finding_id=finding.pk, reason="", actor_id=2) == "reason"
    back = return_finding(finding_id=finding.pk, reason="请附照片", actor_id=2)
    assert (back.state, back.verdict, back.judged_by) == ("open", "", None)
    judge_finding(**judge | {"verdict": "abuse"})
    for _time in range(2):
        assert confirm_finding(finding_id=finding.pk, actor_id=2).state == "closed"
    assert refused(return_finding, finding_id=finding.pk, reason="再看", actor_id=2) == "wrong_state"
    acts = JournalEntry.objects.filter(object_type="abuse_finding").order_by("pk")
    assert [(act.action, act.actor_id, act.reason) for act in acts] == [
        ("abuse.judged", 1, "同城自提"),
        ("abuse.returned", 2, "请附照片"),
        ("abuse.judged", 1, "同城自提"),
        ("abuse.confirmed", 2, "同城自提"),
    ]
    assert acts[1].after["said"] == "fine: 同城自提"


def test_the_database_keeps_one_finding_two_people_and_a_reason() -> None:
    make_finding()
    judged: dict[str, Any] = {
        "key": "2",
        "state": "judged",
        "verdict": "fine",
        "judged_by": 1,
        "judged_at": NOW,
    }
    closed = judged | {"state": "closed", "reason": "好", "seen_at": NOW}
    for fields in ({}, judged, closed | {"seen_by": 1}, closed, {"key": "2", "verdict": "fine"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_finding(**fields)
    make_finding(**closed | {"seen_by": 2})


def test_what_waits_stands_in_the_staffs_queue() -> None:
    make_finding()
    second = make_finding(key="2")
    judge_finding(finding_id=second.pk, verdict="fine", reason="好", actor_id=1)
    assert [(item.kind, item.count) for item in queue_of(abuse_work(SYSTEM))] == [
        ("abuse_judge", 1),
        ("abuse_look", 1),
    ]
    assert queue_of(abuse_work(Scope(regions=frozenset({"wangcang"})))) == []


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_queue_is_filtered_exported_and_decided_on_its_pages(union: Union, goods: Goods) -> None:
    cast = make_cast()
    staff, second, auditor = as_(cast.staff), as_(cast.second_staff), as_(cast.auditor)
    record = approved(union, goods)
    mine = make_finding(record=record, organisation=union.unit, reference="=1+1")
    make_finding(
        kind="shared", key="2", detail={"sign": "bank"}, supplier=Supplier.objects.get(code="pear-co")
    )

    def listed(client: Client, query: str = "") -> list[str]:
        return [row["finding"].kind for row in client.get(f"{LIST}?{query}").context["rows"]]

    assert listed(staff) == ["shared", "quick"]
    assert listed(auditor, "kind=quick") == listed(staff, "q=un-001") == ["quick"]
    assert (listed(staff, "q=果业"), listed(staff, "state=closed"), listed(staff, "state=x")) == (
        ["shared"],
        [],
        ["shared", "quick"],
    )
    page = f"{LIST}{mine.pk}/"
    shown = text(staff.get(page))
    assert f"/dashboard/orders/{record.number}/" in shown and 'value="judge"' in shown
    assert 'value="judge"' not in text(auditor.get(page))
    decide = f"{page}decide/"
    judge = {"act": "judge", "verdict": "fine", "reason": "同城自提"}
    assert auditor.post(decide, judge).status_code == 404
    empty = staff.post(decide, judge | {"reason": ""})
    assert (empty.status_code, list(empty.context["judge_form"].errors)) == (422, ["reason"])
    assert staff.post(decide, {"act": "x"}).status_code == 404
    assert staff.post(decide, judge).status_code == 302
    own = staff.post(decide, {"act": "confirm"})
    assert (own.status_code, 'value="confirm"' in text(own)) == (422, False)
    assert second.post(decide, {"act": "return", "reason": ""}).status_code == 422
    assert second.post(decide, {"act": "confirm"}).status_code == 302
    late = second.post(decide, judge | {"verdict": "abuse"})
    assert (late.status_code, AbuseFinding.objects.get(pk=mine.pk).verdict) == (422, "fine")
    assert (listed(staff), listed(staff, "state=closed"), listed(staff, "state=all")) == (
        ["shared"],
        ["quick"],
        ["shared", "quick"],
    )
    answer = staff.get(f"{LIST}export/csv/?state=closed")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[2] for row in rows if union.unit.name in row] == ["'=1+1"]
    assert JournalEntry.objects.filter(action="export.downloaded").count() == 1
    assert staff.get(f"{LIST}export/xlsx/").status_code == 200
    assert staff.get(f"{LIST}export/pdf/").status_code == 404


def test_nothing_of_an_order_changes_by_what_is_found(union: Union, goods: Goods) -> None:
    identity("tea-co", phone=union.buyer.phone or "")
    record = approved(union, goods)
    before = OrderRecord.objects.filter(pk=record.pk).values().get()
    finding = found("shared")[0]
    judge_finding(finding_id=finding.pk, verdict="abuse", reason="已报监督部门", actor_id=1)
    confirm_finding(finding_id=finding.pk, actor_id=2)
    assert OrderRecord.objects.filter(pk=record.pk).values().get() == before
    pay(record)
    assert shipped(record).fulfilment_state == "shipped"


def test_the_look_asks_as_often_for_many_orders_as_for_one(union: Union, goods: Goods) -> None:
    watch_abuse()
    counts = []
    for orders in (1, 9):
        for _order in range(orders):
            approved(union, goods, tea=1)
        with CaptureQueriesContext(connection) as captured:
            watching._look(watching.SIGNALS[1])
        counts.append(len(captured))
    assert counts[0] == counts[1]
