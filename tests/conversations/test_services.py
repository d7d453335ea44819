import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from shop.accounts.scope import SYSTEM, Scope
from shop.conversations import limits
from shop.conversations.about import About, about_order
from shop.conversations.exceptions import TalkRefused
from shop.conversations.models import Conversation, Message, MessageText, Side
from shop.conversations.selectors import conversations, unread_of, unread_of_order, waiting_for_staff
from shop.conversations.services import (
    close_conversation,
    forget_person,
    hand_over_unanswered,
    hand_to_staff,
    mark_read,
)
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.states import WrongMove
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.conversations.cast import ANSWERER, PEAR, TEA, about_tea, answer, ask, said, tea
from tests.factories import make_user, place
from tests.files.uploads import paper, photo
from tests.fulfilment.cast import mixed_order

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def about() -> About:
    return about_tea(make_user())


def again(found: Conversation) -> Conversation:
    return Conversation.objects.get(pk=found.pk)


def acts(found: Conversation) -> list[str]:
    rows = JournalEntry.objects.filter(object_type="conversation", object_key=str(found.pk))
    return list(rows.order_by("pk").values_list("action", flat=True))


def test_a_question_opens_a_conversation_and_the_answer_answers_it(about: About) -> None:
    found = ask(about)
    assert (found.state, found.waiting_since, found.supplier_unread, found.staff_unread) == (
        "open", found.opened_at, 1, 0,
    )  # fmt: skip
    answered = answer(found)
    assert (answered.state, answered.waiting_since) == ("answered", None)
    assert (answered.supplier_unread, answered.buyer_unread) == (0, 1)
    assert said(found) == [(1, "buyer", "还有货吗？"), (2, "supplier", "有的")]
    told = OutboxMessage.objects.filter(topic="conversation.written").order_by("pk")
    assert [row.payload for row in told] == [
        {"conversation_id": found.pk, "number": 1, "side": "buyer"},
        {"conversation_id": found.pk, "number": 2, "side": "supplier"},
    ]
    assert unread_of(about.buyer_id or 0) == 1
    mark_read(conversation=answered, side=Side.BUYER)
    assert unread_of(about.buyer_id or 0) == 0


def test_a_form_sent_twice_writes_one_message(about: About) -> None:
    first, second = ask(about), ask(about)
    assert (first.pk, said(first)) == (second.pk, [(1, "buyer", "还有货吗？")])
    assert again(first).supplier_unread == 1
    answer(first)
    answer(first)
    assert [number for number, *_rest in said(first)] == [1, 2]
    assert OutboxMessage.objects.filter(topic="conversation.written").count() == 2


def test_the_same_form_with_other_words_is_refused_and_nothing_written(about: About) -> None:
    found = ask(about)
    answer(found)
    for again_ in (
        lambda: ask(about, "换一句"),
        lambda: answer(found, "换一句"),
        lambda: ask(about, photos=[photo()]),
    ):
        with pytest.raises(TalkRefused) as refused:
            again_()
        assert refused.value.code == "resent"
    assert said(found) == [(1, "buyer", "还有货吗？"), (2, "supplier", "有的")]
    assert not StoredFile.objects.exists()
    assert OutboxMessage.objects.filter(topic="conversation.written").count() == 2


def test_the_same_subject_is_one_conversation_and_waits_since_its_first_question(about: About) -> None:
    found = ask(about)
    later = ask(about, "两罐有吗？", "k2")
    assert (later.pk, later.waiting_since, later.supplier_unread) == (found.pk, found.waiting_since, 2)
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "fields", "code"),
    [
        ("", {}, "required"),
        (" \r\n ", {}, "required"),
        ("长" * 1001, {}, "too_long"),
        ("看", {"photos": [photo() for _number in range(4)]}, "photos"),
        ("看", {"photos": [paper()]}, "file_kind"),
    ],
)
def test_what_is_empty_or_too_much_is_refused_and_nothing_written(
    about: About, text: str, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(ShopError) as refused:
        ask(about, text, **fields)
    assert refused.value.code == code
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_line_end_of_a_browser_counts_as_one_character(about: About) -> None:
    found = ask(about, "长" * 499 + "\r\n" + "长" * 500)
    assert len(MessageText.objects.get(message__conversation=found).text) == 1000


def test_photos_alone_are_a_message(about: About) -> None:
    found = ask(about, "", photos=[photo(), photo()])
    message = Message.objects.get()
    assert (message.has_text, message.photos, said(found)) == (False, 2, [(1, "buyer", None)])
    assert StoredFile.objects.filter(owner_type="message", owner_key=str(message.pk)).count() == 2


def test_a_person_writes_so_many_messages_an_hour_in_all_conversations(
    about: About, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.MESSAGES_AN_HOUR, Side.BUYER, 2)
    with time_machine.travel(clock.now(), tick=False) as moment:
        ask(about)
        ask(about, "好吗", "k2")
        with pytest.raises(TalkRefused) as refused:
            ask(about, "在吗", "k3")
        assert (refused.value.code, refused.value.field) == ("limit", "text")
        assert Message.objects.count() == 2
        moment.shift(dt.timedelta(hours=1, seconds=1))
        ask(about, "在吗", "k3")
    assert Message.objects.count() == 3


def test_a_guests_messages_are_counted_by_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.MESSAGES_AN_HOUR, Side.BUYER, 1)
    first, second = (place(lines=[(tea(), 1)]) for _order in range(2))
    ask(About(None, None, record_id=first.pk))
    with pytest.raises(TalkRefused):
        ask(About(None, None, record_id=first.pk), "在吗", "k2")
    ask(About(None, None, record_id=second.pk))
    assert Message.objects.count() == 2


def test_an_order_has_a_conversation_with_each_of_its_suppliers_and_the_shop() -> None:
    mixed = mixed_order()
    for code in ("tea-co", "pear-co", ""):
        about = about_order(record=mixed.record, supplier_code=code)
        assert about is not None
        ask(about)
    assert about_order(record=mixed.record, supplier_code="another-co") is None
    assert Conversation.objects.count() == 3
    assert [talk.supplier.code for talk in conversations(PEAR) if talk.supplier] == ["pear-co"]
    assert conversations(Scope(regions=frozenset({"wangcang"}))).count() == 1
    assert conversations(SYSTEM).count() == 3
    answer(conversations(TEA).get())
    assert dict(unread_of_order(mixed.record.pk)) == {"tea-co": 1}
    assert [talk.supplier for talk in waiting_for_staff(SYSTEM)] == [None]
    assert not waiting_for_staff(TEA).exists()


def test_another_suppliers_conversation_does_not_exist(about: About) -> None:
    found = ask(about)
    with pytest.raises(Conversation.DoesNotExist):
        answer(found, scope=PEAR)
    with pytest.raises(Conversation.DoesNotExist):
        close_conversation(scope=PEAR, conversation_id=found.pk, actor_id=ANSWERER)
    with pytest.raises(Conversation.DoesNotExist):
        hand_to_staff(scope=PEAR, conversation_id=found.pk, actor_id=ANSWERER)
    assert (again(found).state, len(said(found)), acts(found)) == ("open", 1, [])


def test_a_closed_one_takes_no_answer_and_is_opened_by_the_buyer(about: About) -> None:
    found = ask(about)
    for _twice in range(2):
        close_conversation(scope=TEA, conversation_id=found.pk, actor_id=ANSWERER)
    closed = again(found)
    assert (closed.state, closed.waiting_since, closed.supplier_unread) == ("closed", None, 0)
    assert closed.closed_at is not None
    with pytest.raises(WrongMove):
        answer(found)
    assert len(said(found)) == 1
    reopened = ask(about, "还想问一下", "k2")
    assert (reopened.pk, reopened.state, reopened.closed_at) == (found.pk, "open", None)
    assert acts(found) == ["conversation.closed"]


def test_what_a_supplier_does_not_answer_in_a_day_comes_to_the_staff(about: About) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        found = ask(about)
        moment.shift(dt.timedelta(hours=24))
        assert hand_over_unanswered() == 0
        moment.shift(dt.timedelta(seconds=1))
        assert (hand_over_unanswered(), hand_over_unanswered()) == (1, 0)
    handed = again(found)
    assert (handed.staff_by, handed.staff_unread, acts(found)) == (None, 1, ["conversation.handed"])
    assert list(waiting_for_staff(SYSTEM)) == [found]
    # The supplier's late answer takes it back.
    answer(found)
    back = again(found)
    assert (back.staff_since, back.staff_unread, back.state) == (None, 0, "answered")


def test_what_staff_took_over_stays_with_them(about: About) -> None:
    found = ask(about)
    for _twice in range(2):
        hand_to_staff(scope=SYSTEM, conversation_id=found.pk, actor_id=5)
    answer(found)
    ask(about, "那什么时候发？", "k2")
    held = again(found)
    assert (held.staff_by, held.staff_unread, held.supplier_unread) == (5, 2, 1)
    assert acts(found) == ["conversation.handed"]


def test_an_answer_of_the_shop_takes_the_conversation_over(about: About) -> None:
    found = answer(ask(about), scope=SYSTEM, side=Side.STAFF)
    assert (found.staff_by, found.state, found.buyer_unread) == (ANSWERER, "answered", 1)


def test_a_closed_account_leaves_no_word_and_no_photo(about: About) -> None:
    other = ask(about_tea(make_user(phone="+8613800000009")), "别人的")
    found = ask(about, photos=[photo()])
    answer(found)
    assert forget_person(user_id=about.buyer_id or 0) == 1
    assert forget_person(user_id=about.buyer_id or 0) == 0
    gone = again(found)
    assert (gone.state, gone.buyer_unread, gone.product_id) == ("closed", 0, about.product_id)
    assert gone.erased_at is not None
    assert said(found) == [(1, "buyer", None), (2, "supplier", None)]
    assert StoredFile.objects.get().removed_at is not None
    assert acts(found) == ["conversation.erased"]
    assert said(other) == [(1, "buyer", "别人的")]
    with pytest.raises(TalkRefused) as refused:
        ask(about, "还在吗", "k9")
    assert refused.value.code == "erased"
    assert len(said(found)) == 2


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE conversations_message SET side = 'staff'",
        "DELETE FROM conversations_message",
        "UPDATE conversations_messagetext SET text = 'x'",
        "UPDATE conversations_conversation SET waiting_since = NULL",
        "UPDATE conversations_conversation SET state = 'answered'",
        "UPDATE conversations_conversation SET product_id = NULL",
        "UPDATE conversations_conversation SET buyer_id = NULL",
        "UPDATE conversations_conversation SET staff_by = 1",
        "UPDATE conversations_conversation SET erased_at = opened_at",
        "UPDATE conversations_conversation SET buyer_unread = -1",
        "INSERT INTO conversations_conversation (product_id, supplier_id, buyer_id, state, opened_at,"
        " last_message_at, waiting_since, messages_written, buyer_unread, supplier_unread, staff_unread)"
        " SELECT product_id, supplier_id, buyer_id, state, opened_at, last_message_at, waiting_since, 0, 0, 0, 0"
        " FROM conversations_conversation",
        "INSERT INTO conversations_message (conversation_id, number, side, key, has_text, photos, sent_at)"
        " SELECT conversation_id, number, side, 'other', has_text, photos, sent_at FROM conversations_message",
        "INSERT INTO conversations_message (conversation_id, number, side, key, has_text, photos, sent_at)"
        " SELECT conversation_id, 2, side, key, has_text, photos, sent_at FROM conversations_message",
        "INSERT INTO conversations_message (conversation_id, number, side, key, has_text, photos, sent_at)"
        " SELECT conversation_id, 2, side, 'none', false, 0, sent_at FROM conversations_message",
        "INSERT INTO conversations_message (conversation_id, number, side, key, has_text, photos, sent_at)"
        " SELECT conversation_id, 2, side, 'four', true, 4, sent_at FROM conversations_message",
    ],
)
def test_the_database_refuses_it_too(about: About, sql: str) -> None:
    found = ask(about)
    with pytest.raises(DatabaseError):
        run(sql)
    assert said(found) == [(1, "buyer", "还有货吗？")]
    assert again(found).state == "open"


@pytest.mark.parametrize("text", ["", "长" * 1001])
def test_the_database_keeps_the_length_of_words(about: About, text: str) -> None:
    found = ask(about, "", photos=[photo()])
    with pytest.raises(DatabaseError), transaction.atomic():
        MessageText.objects.create(message=Message.objects.get(conversation=found), text=text)
    assert not MessageText.objects.exists()


def test_what_a_guest_asks_the_shop_waits_for_the_staff() -> None:
    record: OrderRecord = mixed_order().record
    found = ask(About(None, None, record_id=record.pk))
    assert (found.is_staffs, found.staff_unread, found.supplier_unread) == (True, 1, 0)
