"""What a supplier and the staff see of conversations, and what they may do."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import SYSTEM
from shop.conversations.about import About
from shop.conversations.models import Conversation, Side
from shop.conversations.services import close_conversation, hand_over_unanswered
from shop.core import clock
from tests.conversations.cast import about_tea, answer, ask, said
from tests.factories import make_user
from tests.fulfilment.cast import mixed_order

pytestmark = pytest.mark.django_db


def works(role: Role, kind: ScopeKind, code: str, *, phone: str) -> Client:
    client = Client()
    client.force_login(make_user(phone=phone, grants=[(role, kind, code)]))
    return client


@pytest.fixture
def supplier() -> Client:
    return works(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co", phone="+8613800000011")


@pytest.fixture
def staff() -> Client:
    return works(Role.STAFF, ScopeKind.ALL, "", phone="+8613800000012")


@pytest.fixture
def found() -> Conversation:
    return ask(about_tea(make_user(name="王芳", phone="+8613812345678")))


def again(talk: Conversation) -> Conversation:
    return Conversation.objects.get(pk=talk.pk)


def test_the_supplier_reads_answers_and_closes(supplier: Client, found: Conversation) -> None:
    page = supplier.get("/supplier/messages/")
    row = page.context["rows"][0]
    assert (row["who"], row["about"], row["last_words"]) == ("王** 138****5678", "黄茶", "还有货吗？")
    talk = supplier.get(f"/supplier/messages/{found.pk}/")
    assert again(found).supplier_unread == 0
    for text in ("13812345678", "王芳"):
        assert text not in page.content.decode() + talk.content.decode()
    key = talk.context["form"].initial["form_key"]
    for _twice in range(2):
        sent = supplier.post(f"/supplier/messages/{found.pk}/", {"text": "有的", "form_key": key})
        assert (sent.status_code, sent["Location"]) == (302, f"/supplier/messages/{found.pk}/#last")
    assert said(found) == [(1, "buyer", "还有货吗？"), (2, "supplier", "有的")]
    assert supplier.get("/supplier/messages/").context["rows"] == []
    assert len(supplier.get("/supplier/messages/?tab=answered").context["rows"]) == 1
    assert supplier.post(f"/supplier/messages/{found.pk}/close/").status_code == 302
    assert again(found).state == "closed"
    late = supplier.post(f"/supplier/messages/{found.pk}/", {"text": "还有", "form_key": "k"})
    assert (late.status_code, len(said(found))) == (422, 2)
    assert supplier.get("/supplier/messages/?tab=nonsense").status_code == 404


def test_other_words_under_a_used_key_are_told_and_go_out_at_the_next_press(
    supplier: Client, found: Conversation
) -> None:
    address = f"/supplier/messages/{found.pk}/"
    supplier.post(address, {"text": "有的", "form_key": "k"})
    told = supplier.post(address, {"text": "有的，明天发", "form_key": "k"})
    assert told.status_code == 422
    assert "上一条消息已经发出" in told.content.decode()
    field = told.context["form"]["form_key"]
    assert len(said(found)) == 2 and field.value() != "k"
    supplier.post(address, {"text": "有的，明天发", "form_key": field.value()})
    assert said(found)[2:] == [(3, "supplier", "有的，明天发")]


def test_another_supplier_finds_nothing(found: Conversation) -> None:
    other = works(Role.SUPPLIER, ScopeKind.SUPPLIER, "pear-co", phone="+8613800000013")
    mixed_order()
    assert other.get("/supplier/messages/").context["rows"] == []
    assert other.get(f"/supplier/messages/{found.pk}/").status_code == 404
    assert other.get(f"/supplier/messages/{found.pk}/?part=thread").status_code == 404
    assert other.post(f"/supplier/messages/{found.pk}/", {"text": "x"}).status_code == 404
    assert other.post(f"/supplier/messages/{found.pk}/close/").status_code == 404
    assert (again(found).state, len(said(found))) == ("open", 1)


def test_what_waits_longest_stands_first(supplier: Client) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        first = ask(about_tea(make_user(phone="+8613800000021")))
        moment.shift(dt.timedelta(minutes=5))
        second = ask(about_tea(make_user(phone="+8613800000022")))
        moment.shift(dt.timedelta(minutes=5))
        ask(about_tea(make_user(phone="+8613800000021")), "在吗", "k2")
        rows = supplier.get("/supplier/messages/").context["rows"]
    assert [row["pk"] for row in rows] == [first.pk, second.pk]
    assert rows[0]["waiting_since"] == first.opened_at


def test_staff_take_over_answer_and_close(staff: Client, found: Conversation) -> None:
    assert staff.get("/dashboard/messages/").context["rows"][0]["supplier"] == "木门茶业"
    for _twice in range(2):
        assert staff.post(f"/dashboard/messages/{found.pk}/take/").status_code == 302
    assert again(found).staff_by is not None
    assert staff.post(f"/dashboard/messages/{found.pk}/", {"text": "我们来回复"}).status_code == 302
    assert said(found)[1:] == [(2, "staff", "我们来回复")]
    assert staff.post(f"/dashboard/messages/{found.pk}/", {"text": ""}).status_code == 422
    assert staff.post(f"/dashboard/messages/{found.pk}/close/").status_code == 302
    assert (again(found).state, len(said(found))) == ("closed", 2)


def test_a_liaison_answers_for_its_places_and_an_auditor_only_reads(found: Conversation) -> None:
    shop = ask(About(None, None, record_id=mixed_order().record.pk))
    liaison = works(Role.LIAISON, ScopeKind.REGION, "wangcang", phone="+8613800000014")
    other = works(Role.LIAISON, ScopeKind.REGION, "longquan", phone="+8613800000015")
    auditor = works(Role.AUDITOR, ScopeKind.ALL, "", phone="+8613800000016")
    assert [row["pk"] for row in liaison.get("/dashboard/messages/").context["rows"]] == [found.pk]
    assert [row["pk"] for row in auditor.get("/dashboard/messages/").context["rows"]] == [found.pk, shop.pk]
    assert liaison.get(f"/dashboard/messages/{shop.pk}/").status_code == 404
    assert other.get(f"/dashboard/messages/{found.pk}/").status_code == 404
    assert other.post(f"/dashboard/messages/{found.pk}/take/").status_code == 404
    read = auditor.get(f"/dashboard/messages/{shop.pk}/")
    assert 'id="write"' not in read.content.decode()
    assert again(shop).staff_unread == 1
    for act in ("", "take/", "close/"):
        assert auditor.post(f"/dashboard/messages/{shop.pk}/{act}", {"text": "x"}).status_code == 404
    assert (again(shop).state, len(said(shop))) == ("open", 1)
    assert liaison.post(f"/dashboard/messages/{found.pk}/", {"text": "联络员回复"}).status_code == 302
    assert again(found).state == "answered"


def test_what_nobody_answers_needs_a_person(staff: Client) -> None:
    with time_machine.travel(clock.now() - dt.timedelta(hours=25)):
        found = ask(about_tea(make_user(phone="+8613800000021")))
    assert "买家咨询待回复" not in staff.get("/dashboard/desk/").content.decode()
    assert hand_over_unanswered() == 1
    assert "买家咨询待回复" in staff.get("/dashboard/desk/").content.decode()
    answer(found, scope=SYSTEM, side=Side.STAFF)
    assert "买家咨询待回复" not in staff.get("/dashboard/desk/").content.decode()


def test_an_erased_conversation_says_so(supplier: Client, found: Conversation) -> None:
    close_conversation(scope=SYSTEM, conversation_id=found.pk, actor_id=1)
    page = supplier.get(f"/supplier/messages/{found.pk}/").content.decode()
    assert "还有货吗？" in page
    assert 'id="write"' not in page
