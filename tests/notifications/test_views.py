"""The mailbox page: for staff only."""

import datetime as dt

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.notifications.models import MailboxMessage
from tests.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/dashboard/mailbox/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(make_user(grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    return client


def fill(count: int, start: int = 0) -> None:
    MailboxMessage.objects.bulk_create(
        MailboxMessage(
            notice_key=f"k{number}",
            channel="sms" if number % 2 else "email",
            address=f"buyer{number}@example.com",
            subject=f"订单 {number:03d}",
            body="请看 http://testserver/orders/ <script>alert(1)</script>",
            delivered_at=clock.now() + dt.timedelta(seconds=number),
        )
        for number in range(start, start + count)
    )


def test_newest_first_and_scripts_are_text(staff: Client) -> None:
    fill(2)
    text = staff.get(URL).content.decode()
    assert text.index("订单 001") < text.index("订单 000")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_empty_mailbox_says_so(staff: Client) -> None:
    assert staff.get(URL).status_code == 200


def test_a_region_staff_member_reads_nobodys_mail() -> None:
    fill(1)
    client = Client()
    client.force_login(make_user(grants=[(Role.STAFF, ScopeKind.REGION, "wangcang")]))
    assert "订单 000" not in client.get(URL).content.decode()
