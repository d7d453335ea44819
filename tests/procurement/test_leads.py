"""Negotiations: who sees them, how they go on, what they never are, and what is erased."""

import datetime as dt
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from openpyxl import load_workbook

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ordering.services import UnitsOf, reduce_order
from shop.procurement import services
from shop.procurement.lead_models import Lead, LeadStep
from shop.procurement.leads import CONTACT_DAYS, forget_lead_contacts, funnel_of, leads, ordered_fen
from shop.reporting.periods import whole_year
from shop.reporting.selectors import overview
from tests.factories import make_user
from tests.gateways.cast import bank_line
from tests.procurement.cast import Goods, Union, approved, make_goods, make_union
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
WANGCANG = Scope(regions=frozenset({"wangcang"}), user_id=7)
LONGQUAN = Scope(regions=frozenset({"longquan"}), user_id=8)
PAGE = "/dashboard/leads/"


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


def visited(**fields: Any) -> Lead:
    known: dict[str, Any] = {
        "scope": WANGCANG,
        "company": "杭州某食品公司",
        "region": "wangcang",
        "contact_name": "李联系",
        "contact_phone": "138 0000 0009",
        "expected_fen": 5_000_000,
        "next_on": None,
        "note": "看了样品间",
        "demo": True,
        "actor_id": 7,
    }
    return services.open_lead(**(known | fields))


def step(lead: Lead, kind: str, **fields: Any) -> Lead:
    known: dict[str, Any] = {"scope": WANGCANG, "number": lead.number, "note": "", "actor_id": 7}
    return services.note_step(kind=kind, **(known | fields))


def test_a_lead_goes_from_a_visit_to_an_order(union: Union, goods: Goods) -> None:
    lead = visited(organisation="un-001")
    for kind in ("visit", "sample", "quote"):
        step(lead, kind, expected_fen=6_000_000)
    record = approved(union, goods, tea=20, pears=5)
    step(lead, "ordered", order=record.number)
    lead.refresh_from_db()
    assert (lead.state, lead.expected_fen, lead.next_on) == ("ordered", 6_000_000, None)
    assert [row.kind for row in lead.steps.all()] == ["visit", "visit", "sample", "quote", "ordered"]
    # Only the goods of its region: 20 × 95.00 of tea, not the pears.
    assert ordered_fen([lead.pk]) == {lead.pk: 190_000}
    tea = record.shares.get(supplier__code="tea-co")
    reduce_order(record_id=record.pk, portions=[UnitsOf(tea.pk, 2)], reason="少发", actor_id=7)
    assert ordered_fen([lead.pk]) == {lead.pk: 171_000}
    actions = JournalEntry.objects.filter(object_key=lead.number).order_by("pk")
    assert [entry.action for entry in actions] == [
        "lead.visit",
        "lead.noted",
        "lead.sample",
        "lead.quote",
        "lead.ordered",
    ]
    assert "李联系" not in str([entry.after for entry in actions])


def test_what_is_no_step_is_refused_with_nothing_written(union: Union, goods: Goods) -> None:
    lead, other = visited(organisation="un-001"), visited()
    record = approved(union, goods, tea=20)
    pears = approved(union, goods, tea=0, pears=5)
    foreign = approved(make_union(code="un-002", first_phone=60), goods, tea=20)
    steps = LeadStep.objects.count()
    assert refused(step, lead=lead, kind="lost") == "why"
    assert refused(step, lead=lead, kind="married") == "unknown"
    yesterday = clock.today() - dt.timedelta(days=1)
    assert refused(step, lead=lead, kind="sample", next_on=yesterday) == "past"
    for number in ("", "YS20260101-AAAAAAAA", pears.number, foreign.number):
        assert refused(step, lead=lead, kind="ordered", order=number) == "order"
    lead.refresh_from_db()
    assert (lead.state, LeadStep.objects.count()) == ("visit", steps)
    step(lead, "ordered", order=record.number)
    assert refused(step, lead=other, kind="ordered", order=record.number) == "order"
    assert refused(step, lead=lead, kind="sample") == "wrong_state"
    assert refused(visited, region="longquan") == "region"
    assert refused(visited, company=" ") == "company"
    assert refused(visited, organisation="un-999") == "organisation"
    assert Lead.objects.count() == 2


def test_a_liaison_sees_and_keeps_those_of_the_own_region_only(goods: Goods) -> None:
    lead = visited()
    assert [list(leads(scope)) for scope in (WANGCANG, LONGQUAN, SYSTEM)] == [[lead], [], [lead]]
    with pytest.raises(Lead.DoesNotExist):
        step(lead, "sample", scope=LONGQUAN)
    assert LeadStep.objects.count() == 1


def test_an_intention_changes_no_figure(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20)
    gateways.start_payment(record=record, method="bank_transfer")
    claim = bank_line(PaymentAttempt.objects.get(record=record), record.due_fen, by=71)
    gateways.confirm_transfer(claim_id=claim, confirmed_by=72)
    drain()

    def figures() -> tuple[Any, ...]:
        rows = overview(SYSTEM, whole_year(clock.today().year), True)
        entries = list(LedgerEntry.objects.order_by("pk").values_list("pk", "fen"))
        return rows.total, rows.rows, entries

    before = figures()
    assert before[0].gross == 190_000
    lead = visited(expected_fen=99_999_999)
    step(lead, "quote", expected_fen=88_888_888)
    step(lead, "ordered", order=record.number)
    drain()
    assert figures() == before


def test_nothing_that_counts_knows_of_leads() -> None:
    shop = Path(settings.BASE_DIR) / "shop"
    named = re.compile(r"lead_models|procurement\.leads|\bLeadStep\b|\bLead\b|lead_step")
    counting = ("reporting", "ledger", "settlement", "certificates")
    modules = [path for app in counting for path in (shop / app).rglob("*.py")]
    assert len(modules) > 100
    assert [str(path) for path in modules if named.search(path.read_text(encoding="utf-8"))] == []


def test_conversion_counts_what_became_an_order_of_all_that_were_opened(union: Union, goods: Goods) -> None:
    lost, won, open_one = (visited(expected_fen=fen) for fen in (100, 200, 400))
    step(lost, "sample")
    step(lost, "lost", note="价格高")
    step(won, "ordered", order=approved(union, goods, tea=20).number)
    step(open_one, "quote")
    funnel = funnel_of(leads(WANGCANG))
    assert funnel.reached == {"visit": 3, "sample": 1, "quote": 1, "ordered": 1, "lost": 1}
    assert (funnel.opened, funnel.ordered, funnel.lost) == (3, 1, 1)
    assert (funnel.expected_fen, funnel.ordered_fen) == (400, 190_000)
    assert funnel_of(leads(LONGQUAN)).opened == 0


def test_a_contact_is_erased_so_long_after_the_last_step(goods: Goods) -> None:
    old, kept, far = visited(), visited(), visited()
    today = clock.today()
    Lead.objects.filter(pk=old.pk).update(erase_on=today)
    Lead.objects.filter(pk=kept.pk).update(erase_on=today + dt.timedelta(days=1))
    # Written while the clock was wrong.
    Lead.objects.filter(pk=far.pk).update(erase_on=today + dt.timedelta(days=CONTACT_DAYS + 1))
    assert [forget_lead_contacts() for _run in range(2)] == [2, 0]
    for lead in (old, kept, far):
        lead.refresh_from_db()
    assert [(row.contact_name, row.contact_phone) for row in (old, far)] == [("", "")] * 2
    assert (old.company, old.steps.count(), old.erased_at is not None) == ("杭州某食品公司", 1, True)
    assert (kept.contact_name, kept.contact_phone) == ("李联系", "+8613800000009")
    # A step keeps it for another while.
    step(kept, "sample")
    kept.refresh_from_db()
    assert kept.erase_on == today + dt.timedelta(days=CONTACT_DAYS)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_liaison_keeps_a_lead_on_its_page(union: Union, goods: Goods) -> None:
    liaison = make_user(
        phone="+8613900000092", grants=[(Role.LIAISON, ScopeKind.REGION, "wangcang")], name="冯联山"
    )
    other = make_user(phone="+8613900000093", grants=[(Role.LIAISON, ScopeKind.REGION, "longquan")])
    client = as_(liaison)
    wish = {"company": "=公司", "region": "wangcang", "expected_fen": "50,000", "contact_phone": "1"}
    assert client.post(PAGE, wish).status_code == 422
    assert client.post(PAGE, wish | {"contact_phone": "", "region": "longquan"}).status_code == 422
    assert Lead.objects.count() == 0
    answer = client.post(PAGE, wish | {"contact_phone": "13800000009", "contact_name": "李联系"})
    lead = Lead.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{lead.number}/")
    page = answer["Location"]
    assert "李联系" in text(client.get(page))
    assert client.post(page, {"kind": "lost", "note": ""}).status_code == 422
    assert client.post(page, {"kind": "quote", "note": "报价单"}).status_code == 302
    record = approved(union, goods, tea=20)
    assert client.post(page, {"kind": "ordered", "order": record.number}).status_code == 302
    shown = text(client.get(PAGE))
    for words in ("100.0%", "¥1,900.00", "冯联山"):
        assert words in shown
    assert as_(other).get(page).status_code == 404
    assert "=公司" not in text(as_(other).get(PAGE))


def test_files_hold_no_contact_and_no_formula(goods: Goods) -> None:
    visited(company="=1+1", expected_fen=123_456)
    staff = make_user(phone="+8613900000094", grants=[(Role.STAFF, ScopeKind.ALL, "")])
    client = as_(staff)
    body = client.get(f"{PAGE}export/csv/").content.decode("utf-8-sig")
    assert "'=1+1" in body
    assert "1234.56" in body
    assert "李联系" not in body
    book = load_workbook(BytesIO(client.get(f"{PAGE}export/xlsx/?state=visit").content))
    assert [row[1].value for row in book.worksheets[0].iter_rows()][1:] == ["'=1+1"]
    empty = load_workbook(BytesIO(client.get(f"{PAGE}export/xlsx/?state=lost").content))
    assert empty.worksheets[0].max_row == 1
    assert client.get(f"{PAGE}export/pdf/").status_code == 404
