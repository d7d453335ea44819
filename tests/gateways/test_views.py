"""The cashier, the hosted page, the door for notices and the staff's desk, as visitors meet them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.gateways import services
from shop.gateways.models import HostedPayment, Payment, PaymentAttempt, PaymentNotice, TransferClaim
from shop.gateways.providers.bank_transfer import spelled
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast, make_user
from tests.gateways.cast import DUE, bank_line, order, paid_online, signed, started, states, transfer_order

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def guest_of(record: OrderRecord) -> Client:
    client = Client()
    session = client.session
    session["guest_orders"] = [record.number]
    session.save()
    return client


def cashier(record: OrderRecord, page: str = "cashier") -> str:
    return reverse(f"gateways:{page}", args=[record.number])


def test_only_the_buyer_and_the_guest_of_the_link_see_an_order() -> None:
    cast = make_cast()
    own, guests = order(buyer=cast.resident), order()
    for page in ("cashier", "return", "state"):
        assert signed_in(cast.resident).get(cashier(own, page)).status_code == 200
        assert guest_of(guests).get(cashier(guests, page)).status_code == 200
        for stranger in (Client(), signed_in(cast.other_resident), signed_in(cast.staff)):
            assert stranger.get(cashier(own, page)).status_code == 404
            assert stranger.get(cashier(guests, page)).status_code == 404
    assert Client().get(cashier(own, "transfer_instructions")).status_code == 404
    assert Client().post(cashier(own, "pay"), {"method": "demo"}).status_code == 404
    assert not PaymentAttempt.objects.exists()


def test_a_buyer_pays_without_script() -> None:
    record = order()
    client = guest_of(record)
    page = client.get(cashier(record))
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    text = page.content.decode()
    assert f'data-deadline="{record.hold_until:%Y-%m-%d}'[:15] in text
    assert 'value="demo" required checked' in text
    hosted = client.post(cashier(record, "pay"), {"method": "demo"})
    token = HostedPayment.objects.get().token
    assert (hosted.status_code, hosted["Location"]) == (302, reverse("gateways:demo_page", args=[token]))
    assert "演示支付" in client.get(hosted["Location"]).content.decode()
    waiting = client.get(cashier(record, "return")).content.decode()
    assert "付款确认中" in waiting
    assert f'hx-get="{cashier(record, "state")}"' in waiting
    back = client.post(hosted["Location"], {"choice": "succeed"})
    assert back["Location"] == cashier(record, "return")
    done = client.get(cashier(record, "return")).content.decode()
    assert 'hx-trigger="every' not in done
    assert states(record) == ("paid", "released", DUE, "")
    assert client.get(cashier(record))["Location"] == cashier(record, "return")
    assert client.post(cashier(record, "pay"), {"method": "demo"})["Location"] == cashier(record, "return")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("choice", "state", "notices"),
    [("fail", "unpaid", 1), ("late", "unpaid", 0), ("duplicate", "paid", 1), ("succeed", "paid", 1)],
)
def test_the_hosted_page_ends_a_payment_in_every_way(choice: str, state: str, notices: int) -> None:
    record = order()
    url = reverse("gateways:demo_page", args=[started(record).token])
    for _ in range(2):
        assert Client().post(url, {"choice": choice})["Location"] == cashier(record, "return")
    assert states(record)[0] == state
    assert PaymentNotice.objects.count() == notices


def test_the_hosted_page_refuses_what_it_does_not_know(settings: Any) -> None:
    url = reverse("gateways:demo_page", args=[started(order()).token])
    assert Client().post(url, {"choice": "steal"}).status_code == 400
    assert Client(enforce_csrf_checks=True).post(url, {"choice": "succeed"}).status_code == 403
    assert Client().get(reverse("gateways:demo_page", args=["nothing"])).status_code == 404
    settings.SHOP_DEMO = False
    assert Client().get(url).status_code == 404
    assert Client().post(url, {"choice": "succeed"}).status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.data
def test_the_return_page_only_reads() -> None:
    record = order()
    client = guest_of(record)
    url = reverse("gateways:demo_page", args=[started(record).token])
    HostedPayment.objects.update(outcome="paid", paid_at=clock.now())
    assert "付款确认中" in client.get(cashier(record, "return")).content.decode()
    assert states(record)[0] == "unpaid"
    assert client.post(cashier(record, "return")).status_code == 405
    assert client.get(url).status_code == 200


def test_a_way_of_paying_that_is_not_offered_is_named() -> None:
    record = order()
    for chosen in ({}, {"method": "bank_transfer"}, {"method": "gold"}):
        page = guest_of(record).post(cashier(record, "pay"), chosen)
        assert page.status_code == 400
        assert 'id="method_error"' in page.content.decode()
    assert not PaymentAttempt.objects.exists()


def test_a_transfer_shows_its_code_and_says_that_the_account_is_an_example() -> None:
    record, attempt = transfer_order()
    page = guest_of(record).post(cashier(record, "pay"), {"method": "bank_transfer"}, follow=True)
    text = page.content.decode()
    assert spelled(attempt.reference) in text
    assert "这不是真实账户" in text
    assert guest_of(order()).get(cashier(record, "transfer_instructions")).status_code == 404


def test_a_closed_order_says_so_and_offers_nothing() -> None:
    record = order()
    client = guest_of(record)
    services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    text = client.get(cashier(record)).content.decode()
    assert "付款时间已过" in text
    assert "立即付款" not in text
    assert client.post(cashier(record, "pay"), {"method": "demo"}).status_code == 409


def post_notice(raw: bytes, headers: dict[str, str], provider: str = "demo") -> Any:
    url = reverse("gateways:notice", args=[provider])
    return Client(enforce_csrf_checks=True, headers=headers).post(url, raw, content_type="application/json")


def test_the_door_takes_genuine_notices_only() -> None:
    record = order()
    token = started(record).token
    HostedPayment.objects.update(outcome="paid", paid_at=clock.now())
    notice = signed({"id": "evt_1", "reference": token})
    assert post_notice(notice.raw, {}).status_code == 400
    assert post_notice(notice.raw + b" ", notice.headers).status_code == 400
    assert post_notice(notice.raw, notice.headers, provider="gold").status_code == 404
    assert not PaymentNotice.objects.exists()
    for _ in range(3):
        answer = post_notice(notice.raw, notice.headers)
        assert (answer.status_code, answer.content) == (200, b"captured")
    assert states(record) == ("paid", "released", DUE, "")
    assert Client().get(reverse("gateways:notice", args=["demo"])).status_code == 405


DESK_GET = ("transfers", "transfer_propose", "refund_queue")
DESK_POST = (
    "transfer_confirm",
    "transfer_reject",
    "payout_sent",
    "payout_confirm",
    "refund_retry",
    "return_approve",
    "return_withdraw",
    "return_propose",
)


def test_the_desk_is_for_those_who_handle_money_for_the_whole_shop() -> None:
    cast = make_cast()
    part = make_user(
        phone="+8613800000077", name="部分权", grants=[(Role.FINANCE, ScopeKind.REGION, "wangcang")]
    )
    urls = [reverse(f"gateways:{name}") for name in DESK_GET]
    posts = [reverse(f"gateways:{name}", args=[999]) for name in DESK_POST]
    for user in (cast.staff, cast.finance):
        assert [signed_in(user).get(url).status_code for url in urls] == [200] * 3
        data = {"bank_serial": "R1"}
        assert [signed_in(user).post(url, data).status_code for url in posts] == [404] * len(posts)
        assert [signed_in(user).get(url).status_code for url in posts] == [405] * len(posts)
    for user in (cast.resident, cast.supplier_user, cast.liaison, cast.auditor, part):
        assert [signed_in(user).get(url).status_code for url in urls] == [404] * 3
        assert [signed_in(user).post(url).status_code for url in posts] == [404] * len(posts)
    assert {Client().get(url).status_code for url in urls} == {302}
    assert {Client().post(url).status_code for url in posts} == {302}


def line(attempt: PaymentAttempt, **change: str) -> dict[str, str]:
    return {
        "reference": spelled(attempt.reference),
        "bank_serial": "S1",
        "booked_on": clock.today().isoformat(),
        "amount": "￥200.00",
        "payer": "某单位",
        **change,
    }


def desk() -> tuple[Cast, OrderRecord, PaymentAttempt]:
    return make_cast(), *transfer_order()


def test_two_people_match_a_transfer_on_the_desk() -> None:
    cast, record, attempt = desk()
    first, second = signed_in(cast.finance), signed_in(cast.staff)
    assert spelled(attempt.reference) in first.get(reverse("gateways:transfers")).content.decode()
    entered = first.post(reverse("gateways:transfer_propose"), line(attempt))
    assert entered["Location"] == reverse("gateways:transfers")
    claim = TransferClaim.objects.get()
    assert claim.fen == DUE
    confirm = reverse("gateways:transfer_confirm", args=[claim.pk])
    assert confirm not in first.get(reverse("gateways:transfers")).content.decode()
    refused = first.post(confirm, follow=True).content.decode()
    assert "这笔流水由你录入，须由另一位同事确认。" in refused
    assert states(record)[0] == "unpaid"
    assert confirm in second.get(reverse("gateways:transfers")).content.decode()
    second.post(confirm)
    assert states(record) == ("paid", "released", DUE, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reference": "0000-0000-0"}, "reference"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "a lot"}, "amount"),
        ({"booked_on": "2999-01-01"}, "booked_on"),
        ({"bank_serial": ""}, "bank_serial"),
        ({"payer": ""}, "payer"),
    ],
)
def test_a_bank_line_names_its_wrong_field(change: dict[str, str], field: str) -> None:
    cast, _record, attempt = desk()
    page = signed_in(cast.finance).post(reverse("gateways:transfer_propose"), line(attempt, **change))
    assert page.status_code == 400
    assert f'id="id_{field}_error"' in page.content.decode()
    assert not TransferClaim.objects.exists()


def test_the_refund_desk_returns_surplus_by_four_eyes() -> None:
    cast, _record, attempt = desk()
    first, second = signed_in(cast.finance), signed_in(cast.staff)
    claim_id = bank_line(attempt, DUE + 300, by=cast.finance.pk)
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    queue = reverse("gateways:refund_queue")
    assert payment.key in first.get(queue).content.decode()
    first.post(reverse("gateways:return_propose", args=[payment.pk]))
    execution = payment.executions.get()
    approve = reverse("gateways:return_approve", args=[execution.pk])
    assert "这笔退回由你提出" in first.post(approve, follow=True).content.decode()
    second.post(approve)
    sent = reverse("gateways:payout_sent", args=[execution.pk])
    assert "请填写银行流水号" in first.post(sent, follow=True).content.decode()
    first.post(sent, {"bank_serial": "R1"})
    confirm = reverse("gateways:payout_confirm", args=[execution.pk])
    assert "须由另一位同事确认" in first.post(confirm, follow=True).content.decode()
    second.post(confirm)
    payment.refresh_from_db()
    assert (payment.applied_fen, payment.returned_fen) == (DUE, 300)


def test_a_paid_order_is_awaited_no_more() -> None:
    cast, record, attempt = desk()
    paid_online(record)
    assert (
        spelled(attempt.reference)
        not in signed_in(cast.staff).get(reverse("gateways:transfers")).content.decode()
    )
