"""A resident closes the account: who they are is gone, what they bought stays in the books under a code."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from oscar.apps.basket.models import Basket
from oscar.apps.order.models import ShippingAddress
from pytest_django import Settings

from shop.accounts import appointments, ports
from shop.accounts.models import SignIn, User
from shop.accounts.services import save_user
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.fulfilment.returns.forgetting import forget_cases
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.services import confirm_receipt
from shop.gateways.models import Payment
from shop.gateways.services import close_order
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.notifications.codes import send_code
from shop.notifications.forgetting import forget_notices
from shop.notifications.models import BuyerNotice, MailboxMessage
from shop.notifications.sending import send_due_notices
from shop.notifications.services import write_buyer_notice
from shop.opinions.reviews import ReviewDraft, write_review
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import save_address
from shop.ordering.forgetting import forget_contacts
from shop.ordering.models import OrderRecord
from shop.ordering.status import CloseReason
from shop.storefront.closing import close_own_account, obstacles
from tests.factories import RECIPIENT, Cast, make_app, make_cast, make_user, place, place_paid
from tests.flows.cast import check_out, fill, goods, ledger, work
from tests.flows.test_sale import pay_on_the_demo_page, ship
from tests.forks.shopping import put_in, tea
from tests.fulfilment.returns_cast import delivered, opened, photo
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PAGE, PHONE = "/account/close/", "+8613800000001"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def resident() -> User:
    return make_user()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def code_in(message: ports.TextMessage) -> str:
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]


def close_by_text(client: Client, sent: list[ports.TextMessage]) -> Any:
    assert client.post(PAGE, {"act": "send"})["Location"] == PAGE
    return client.post(PAGE, {"act": "close", "code": code_in(sent[-1]), "understood": "on"})


def names(record: OrderRecord) -> tuple[str, ...]:
    record.refresh_from_db()
    return (record.recipient_name, record.recipient_phone, record.street, record.guest_phone)


def test_the_person_is_gone_and_the_ledger_still_proves_the_order(sent: list[ports.TextMessage]) -> None:
    sold = goods()
    person = make_user(name="王芳")
    client = signed_in(person)
    fill(client, sold)
    record = check_out(client)
    pay_on_the_demo_page(client, record)
    work()
    for code in ("tea-co", "pear-co"):
        ship(record, code)
    confirm_receipt(record_id=record.pk, actor_id=person.pk)
    work()
    before = ledger(record)
    assert before[("wangcang", "confirmed")] == 9_999

    answer = close_by_text(client, sent)
    assert answer["Location"] == "/account/closed/"
    assert client.get("/account/closed/").status_code == 200
    assert client.get("/account/").context["person"] is None
    work()

    person.refresh_from_db()
    assert (person.phone, person.email, person.get_full_name(), person.is_active) == (None, None, "", False)
    assert str(person) == f"#{person.pk}"
    assert ledger(record) == before
    call_command("verify_ledger")
    assert_kept()
    record.refresh_from_db()
    assert record.buyer_id == person.pk
    # After-sales and the books still need it; it goes by the clock.
    assert record.recipient_name == "王芳"
    entry = JournalEntry.objects.get(action="accounts.closed_by_owner")
    told = f"{entry.before}{entry.after}{entry.reason}"
    assert "王芳" not in told
    assert PHONE not in told


def test_the_number_signs_up_anew_and_gets_nothing_of_the_old_account(resident: User) -> None:
    record = place(lines=[(tea(), 1)], buyer=resident)
    close_order(record_id=record.pk, reason=CloseReason.BUYER.value, actor_id=resident.pk)
    assert close_own_account(user_id=resident.pk)
    again = save_user(actor_id=None, phone=PHONE, phone_verified=True)
    assert again.pk != resident.pk
    client = signed_in(again)
    assert client.get("/orders/").context["orders"] == []
    assert client.get(f"/orders/{record.number}/").status_code == 404


def test_what_a_person_kept_goes_and_every_session_ends(resident: User) -> None:
    make_app(resident)
    save_address(owner_id=resident.pk, recipient=RECIPIENT)
    client, phone = signed_in(resident), signed_in(resident)
    SignIn.objects.create(
        user=resident, session_key=phone.session.session_key or "", begun_at=clock.now(), device="微信"
    )
    put_in(client, tea())
    assert close_own_account(user_id=resident.pk)
    assert not SavedAddress.objects.exists()
    assert not SignIn.objects.exists()
    assert not Authenticator.objects.exists()
    assert not Basket.objects.exists()
    for each in (client, phone):
        assert each.get("/account/").context["person"] is None


def test_a_second_closing_changes_nothing(resident: User) -> None:
    assert close_own_account(user_id=resident.pk)
    at = User.objects.get(pk=resident.pk).closed_at
    assert not close_own_account(user_id=resident.pk)
    assert User.objects.get(pk=resident.pk).closed_at == at
    assert BuyerNotice.objects.filter(kind="account_closed").count() == 1
    assert JournalEntry.objects.filter(action="accounts.closed_by_owner").count() == 1


def test_the_last_notice_is_sent_and_then_its_address_is_gone(resident: User) -> None:
    close_own_account(user_id=resident.pk)
    assert forget_notices() == 0
    notice = BuyerNotice.objects.get()
    assert (notice.channel, notice.address, notice.state) == ("sms", PHONE, "pending")
    assert notice.body.startswith("您的账号已注销")
    assert send_due_notices() == 1
    assert MailboxMessage.objects.get().address == PHONE
    assert forget_notices() == 1
    assert forget_notices() == 0
    notice.refresh_from_db()
    assert (notice.address, notice.body, notice.state) == ("", "", "sent")
    assert not MailboxMessage.objects.exists()


def test_reviews_keep_their_words_and_lose_name_and_photos(resident: User) -> None:
    mixed = delivered(buyer=resident)
    confirm_receipt(record_id=mixed.record.pk, actor_id=resident.pk)
    draft = ReviewDraft(5, "茶很香", [photo()])
    review = write_review(
        record_id=mixed.record.pk, line_id=mixed.tea.line_id, draft=draft, actor_id=resident.pk
    )
    assert (review.shown_name, StoredFile.objects.filter(removed_at=None).count()) == ("王**", 1)
    close_own_account(user_id=resident.pk)
    review.refresh_from_db()
    assert (review.shown_name, review.author_id, review.stars, review.text) == ("***", None, 5, "茶很香")
    assert not StoredFile.objects.filter(removed_at=None).exists()


# --- what stands in the way ------------------------------------------------------------------------


def said(user: User) -> list[str]:
    return [one.text for one in obstacles(user.pk)]


def refused(client: Client, user: User) -> None:
    """Assert that the page says why and that nothing was written, whatever is sent."""
    with pytest.raises(ShopError) as raised:
        close_own_account(user_id=user.pk)
    assert raised.value.code == "obstacle"
    answer = client.post(PAGE, {"act": "close", "code": "123456", "understood": "on"})
    assert answer.status_code == 422
    assert User.objects.get(pk=user.pk).closed_at is None
    assert not JournalEntry.objects.filter(action="accounts.closed_by_owner").exists()
    assert not BuyerNotice.objects.filter(kind="account_closed").exists()


def test_an_unpaid_order_has_to_be_paid_or_cancelled_first(resident: User) -> None:
    client = signed_in(resident)
    record = place(lines=[(tea(), 1)], buyer=resident)
    assert said(resident) == ["有 1 笔订单待付款，请先付款或取消。"]
    refused(client, resident)
    assert client.get(PAGE).context["obstacles"][0].url == "/orders/?tab=unpaid"
    close_order(record_id=record.pk, reason=CloseReason.BUYER.value, actor_id=resident.pk)
    assert said(resident) == []


def test_an_order_on_its_way_has_to_arrive_first(resident: User) -> None:
    place_paid(lines=[(tea(), 1)], buyer=resident)
    assert said(resident) == ["有 1 笔订单还没有收到货，请在收到后确认收货。"]
    refused(signed_in(resident), resident)


def test_an_open_case_has_to_end_first(resident: User) -> None:
    mixed = delivered(buyer=resident)
    confirm_receipt(record_id=mixed.record.pk, actor_id=resident.pk)
    assert said(resident) == []
    opened(mixed)
    assert said(resident) == ["有 1 笔订单的退款或售后还没有结束。"]
    refused(signed_in(resident), resident)


def test_money_that_is_not_used_has_to_go_back_first(resident: User) -> None:
    record = place(lines=[(tea(), 1)], buyer=resident)
    close_order(record_id=record.pk, reason=CloseReason.BUYER.value, actor_id=resident.pk)
    Payment.objects.create(key="late", provider="demo", record=record, fen=100, captured_at=clock.now())
    assert said(resident) == ["您有 1 笔订单的款项尚未使用，也尚未退回。"]
    refused(signed_in(resident), resident)


@pytest.mark.parametrize("role", ["staff", "finance", "supplier_user", "auditor", "preparer"])
def test_whoever_holds_a_role_gives_it_up_first(role: str) -> None:
    cast: Cast = make_cast()
    person = getattr(cast, role)
    assert said(person) == ["您还在商城、供应商或单位担任角色，请先请对方取消您的角色。"]
    refused(signed_in(person), person)


# --- the proof -------------------------------------------------------------------------------------


def test_a_wrong_code_closes_nothing_and_the_third_voids_it(
    resident: User, sent: list[ports.TextMessage]
) -> None:
    client = signed_in(resident)
    client.post(PAGE, {"act": "send"})
    right = code_in(sent[-1])
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _attempt in range(3):
        answer = client.post(PAGE, {"act": "close", "code": wrong, "understood": "on"})
        assert answer.context["form"].errors["code"] == ["验证码不正确。"]
    answer = client.post(PAGE, {"act": "close", "code": right, "understood": "on"})
    assert answer.context["form"].errors["code"] == ["尝试次数过多，请重新获取验证码。"]
    assert User.objects.get(pk=resident.pk).is_active


def test_a_code_is_good_for_five_minutes(resident: User, sent: list[ports.TextMessage]) -> None:
    client = signed_in(resident)
    with time_machine.travel(clock.now()) as now:
        client.post(PAGE, {"act": "send"})
        now.shift(dt.timedelta(minutes=5, seconds=1))
        answer = client.post(PAGE, {"act": "close", "code": code_in(sent[-1]), "understood": "on"})
    assert answer.context["form"].errors["code"] == ["验证码已失效，请重新获取。"]
    assert User.objects.get(pk=resident.pk).is_active


def test_the_tick_is_not_set_and_has_to_be(resident: User, sent: list[ports.TextMessage]) -> None:
    client = signed_in(resident)
    client.post(PAGE, {"act": "send"})
    assert "checked" not in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"act": "close", "code": code_in(sent[-1])})
    assert answer.context["form"].errors["understood"] == ["请先勾选此项。"]
    assert User.objects.get(pk=resident.pk).is_active


def test_a_number_gets_three_codes_a_minute(resident: User, sent: list[ports.TextMessage]) -> None:
    client = signed_in(resident)
    answers = [client.post(PAGE, {"act": "send"}).status_code for _time in range(4)]
    assert answers == [302, 302, 302, 422]
    assert len(sent) == 3


def test_without_texts_the_password_is_asked_for(settings: Settings) -> None:
    settings.SHOP_DEMO = False
    person = save_user(actor_id=None, phone=PHONE, password="correct horse 9", phone_verified=True)
    client = signed_in(person)
    assert client.get(PAGE).context["proof"] == "password"
    wrong = client.post(PAGE, {"act": "close", "code": "correct horse 8", "understood": "on"})
    assert wrong.context["form"].errors["code"] == ["密码不正确。"]
    client.post(PAGE, {"act": "close", "code": "correct horse 9", "understood": "on"})
    assert User.objects.get(pk=person.pk).closed_at is not None


def test_who_has_an_app_is_asked_for_its_code_and_for_nothing_less(resident: User) -> None:
    make_app(resident)
    client = signed_in(resident)
    assert client.get(PAGE).context["proof"] == "app"
    answer = client.post(PAGE, {"act": "close", "code": "000000", "understood": "on"})
    assert answer.context["form"].errors["code"] == ["验证码不正确。"]


# --- what goes by the clock, and what stays closed -------------------------------------------------


def test_the_contact_data_of_an_order_go_when_the_law_no_longer_asks_for_them(resident: User) -> None:
    kept = delivered(buyer=resident)
    confirm_receipt(record_id=kept.record.pk, actor_id=resident.pk)
    unpaid = place(lines=[(tea(), 1)], buyer=resident)
    close_order(record_id=unpaid.pk, reason=CloseReason.BUYER.value, actor_id=resident.pk)
    others = place(lines=[(tea(), 1)], buyer=make_user(phone="+8613800000002"))
    assert forget_contacts() == 0
    close_own_account(user_id=resident.pk)
    assert forget_contacts() == 1
    assert names(unpaid) == ("", "", "", "")
    assert names(kept.record)[0] == "王芳"
    with time_machine.travel(clock.now() + dt.timedelta(days=3 * 366 + 1)):
        assert forget_contacts() == 1
        assert forget_contacts() == 0
    assert names(kept.record) == ("", "", "", "")
    assert (kept.record.county, kept.record.invoice_wish, kept.record.messages) == ("萧山区", {}, {})
    address = ShippingAddress.objects.get(order__record=kept.record)
    assert (address.first_name, address.line1, str(address.phone_number or "")) == ("", "", "")
    assert names(others)[0] == "王芳"
    staff = signed_in(make_cast().staff)
    assert staff.get(f"/dashboard/orders/{kept.record.number}/").status_code == 200


def test_words_and_photos_of_a_case_go_with_them(resident: User) -> None:
    mixed = delivered(buyer=resident)
    confirm_receipt(record_id=mixed.record.pk, actor_id=resident.pk)
    case = opened(mixed, details="罐子裂了，我是王芳")
    OrderRecord.objects.filter(pk=mixed.record.pk).update(
        recipient_name="", recipient_phone="", street="", forgotten_at=clock.now()
    )
    assert forget_cases() == 1
    assert forget_cases() == 0
    assert ReturnRequest.objects.get(pk=case.pk).details == ""
    assert not StoredFile.objects.filter(removed_at=None).exists()


def test_nobody_opens_a_closed_account_again(resident: User) -> None:
    cast = make_cast()
    close_own_account(user_id=cast.resident.pk)
    with pytest.raises(ShopError) as opened_again:
        appointments.reopen_account(user_id=cast.resident.pk, actor_id=cast.staff.pk, reason="误操作")
    with pytest.raises(ShopError) as changed:
        save_user(actor_id=cast.staff.pk, user_id=cast.resident.pk, phone="+8613900000000")
    assert (opened_again.value.code, changed.value.code) == ("gone", "gone")
    assert not User.objects.get(pk=cast.resident.pk).is_active


@pytest.mark.parametrize("change", ["phone = '+8613800000009'", "last_name = '王'", "is_active = true"])
def test_the_database_keeps_a_closed_account_nobodys(resident: User, change: str) -> None:
    close_own_account(user_id=resident.pk)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_user SET {change} WHERE id = %s", [resident.pk])


def test_the_database_keeps_a_forgotten_order_nobodys(resident: User) -> None:
    record = place(lines=[(tea(), 1)], buyer=resident)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ordering_orderrecord SET forgotten_at = placed_at WHERE id = %s", [record.pk])


def test_the_ledger_never_held_a_name() -> None:
    columns = {field.name for field in LedgerEntry._meta.get_fields()}
    assert not {name for name in columns if "phone" in name or "recipient" in name or "buyer_id" in name}


def test_what_lies_in_the_mailbox_goes_and_the_last_notice_follows(resident: User) -> None:
    send_code(ports.TextMessage(PHONE, "123456", "login"))
    send_code(ports.TextMessage("+8613800000002", "654321", "login"))
    assert close_own_account(user_id=resident.pk)
    assert [letter.body for letter in MailboxMessage.objects.all()] == ["654321"]


def test_of_an_order_without_an_account_only_goods_and_money_are_told(resident: User) -> None:
    record = place(lines=[(tea(), 1)], buyer=resident)
    close_order(record_id=record.pk, reason=CloseReason.BUYER.value, actor_id=resident.pk)
    close_own_account(user_id=resident.pk)
    record = OrderRecord.objects.select_related("buyer").get()
    assert write_buyer_notice(key="m", kind="buyer_message", record=record) is None
    assert write_buyer_notice(key="c", kind="buyer_closed", record=record, reason="buyer") is None
    told = write_buyer_notice(key="r", kind="buyer_refunded", record=record, fen=1200)
    assert told is not None
    assert (told.channel, told.address) == ("sms", RECIPIENT.phone)
    assert set(BuyerNotice.objects.values_list("kind", flat=True)) == {"account_closed", "buyer_refunded"}
