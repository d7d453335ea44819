"""The monthly report by mail: who gets it, what of, once for each month, and what the page says of it."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from shop.accounts.models import ScopeGrant, User
from shop.accounts.scope import SYSTEM, Scope
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice, MailboxMessage
from shop.notifications.sending import send_due_notices
from shop.operations.exports import make_waiting_exports
from shop.reporting.mailing import add_recipient, end_recipient, mail_reports
from shop.reporting.models import ExportJob, ReportMailing, ReportRecipient
from shop.reporting.monthly import monthly_report, report_pdf
from tests.factories.people import Cast
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, at

pytestmark = pytest.mark.django_db
PAGE = reverse("reporting:report_recipients")
SEPTEMBER = dt.date(2026, 9, 1)
#: When the report of September goes out.
MOMENT = at("2026-10-05")


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def readers(cast: Cast) -> Cast:
    """Give the staff, the liaison and the auditor mail addresses."""
    for person, address in (
        (cast.staff, "staff@example.com"),
        (cast.liaison, "liaison@example.com"),
        (cast.auditor, "auditor@example.com"),
    ):
        User.objects.filter(pk=person.pk).update(email=address)
    return cast


@pytest.fixture
def at_moment() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def add(person: User, day: str = "2026-10-01") -> ReportRecipient:
    with time_machine.travel(at(day), tick=False):
        return add_recipient(user_id=person.pk, actor_id=1)


def send() -> None:
    """Do what the worker does, more than once."""
    for _turn in range(2):
        mail_reports()
        for _export in range(3):
            make_waiting_exports()
        send_due_notices()


def mails() -> dict[str, str]:
    return {mail.address: mail.body for mail in MailboxMessage.objects.all()}


def test_everybody_on_the_list_gets_the_released_month_once_with_what_they_may_see(
    sales: Story, readers: Cast, client: Client, at_moment: None
) -> None:
    for person in (readers.staff, readers.liaison):
        add(person)
    close("2026-09", make_closers())
    send()
    assert sorted(mails()) == ["liaison@example.com", "staff@example.com"]
    assert BuyerNotice.objects.filter(state="sent").count() == 2
    own = Scope(regions=frozenset({"wangcang"}))
    for person, scope in ((readers.staff, SYSTEM), (readers.liaison, own)):
        job = ExportJob.objects.get(asked_by=person.pk)
        expected = report_pdf(monthly_report(scope, SEPTEMBER, demo=True))
        assert job.digest == hashlib.sha256(expected).hexdigest()
        body = mails()[f"{User.objects.get(pk=person.pk).email}"]
        assert job.digest in body
        link = re.search(r"http://\S+", body)
        assert link is not None
        assert client.get(link[0]).status_code == 302
        client.force_login(person)
        assert client.get(link[0]).context["job"] == job
        answer: Any = client.get(reverse("reporting:export_file", args=[job.key]))
        assert b"".join(answer.streaming_content) == expected
        assert answer["Content-Type"] == "application/pdf"
        client.logout()
    assert "仅含您负责的地区" in mails()["liaison@example.com"]
    assert "仅含您负责的地区" not in mails()["staff@example.com"]


def test_months_of_before_and_after_somebody_stood_on_the_list_are_not_sent(
    sales: Story, readers: Cast
) -> None:
    with time_machine.travel(at("2026-10-04"), tick=False):
        close("2026-09", make_closers())
    add(readers.staff, "2026-10-05")
    gone = add(readers.auditor, "2026-10-05")
    with time_machine.travel(at("2026-11-10"), tick=False):
        assert mail_reports() == 0
        assert end_recipient(recipient_id=gone.pk, actor_id=1)
        assert not end_recipient(recipient_id=gone.pk, actor_id=1)
        close("2026-10", make_closers())
        assert (mail_reports(), mail_reports()) == (1, 0)
    assert [(mailing.user, mailing.month) for mailing in ReportMailing.objects.all()] == [
        (readers.staff, dt.date(2026, 10, 1))
    ]


def test_who_lost_the_role_or_the_address_meanwhile_gets_nothing_and_the_page_says_so(
    sales: Story, readers: Cast, client: Client, at_moment: None
) -> None:
    for person in (readers.staff, readers.liaison, readers.auditor):
        add(person)
    close("2026-09", make_closers())
    ScopeGrant.objects.filter(user=readers.liaison).delete()
    User.objects.filter(pk=readers.auditor.pk).update(email=None)
    send()
    assert list(mails()) == ["staff@example.com"]
    refused = ReportMailing.objects.exclude(refusal="").order_by("pk")
    assert [(mailing.user, mailing.refusal) for mailing in refused] == [
        (readers.liaison, "role"),
        (readers.auditor, "address"),
    ]
    client.force_login(readers.staff)
    shown = client.get(PAGE).context["sent"]
    assert sorted((row.tone, row.words) for row in shown) == [
        ("err", "已无角色"),
        ("err", "没有邮箱"),
        ("ok", "已发送"),
    ]


def test_a_report_that_nobody_was_told_of_is_made_again_when_the_reason_is_gone(
    sales: Story, readers: Cast, client: Client, at_moment: None
) -> None:
    add(readers.auditor)
    close("2026-09", make_closers())
    User.objects.filter(pk=readers.auditor.pk).update(email=None)
    send()
    mailing = ReportMailing.objects.get()
    again = reverse("reporting:mailing_again", args=[mailing.pk])
    client.force_login(readers.staff)
    client.post(again)
    assert (ExportJob.objects.count(), ReportMailing.objects.get().refusal) == (0, "address")
    User.objects.filter(pk=readers.auditor.pk).update(email="auditor@example.com")
    assert client.get(PAGE).context["sent"][0].is_stuck
    assert [client.post(again).status_code for _click in range(2)] == [302, 302]
    send()
    client.post(again)
    send()
    assert (ExportJob.objects.count(), list(mails())) == (1, ["auditor@example.com"])
    assert JournalEntry.objects.get(action="export.asked").actor_id == readers.staff.pk


def test_only_people_with_such_a_role_and_an_address_can_be_put_on_the_list(readers: Cast) -> None:
    User.objects.filter(pk=readers.resident.pk).update(email="resident@example.com")
    for person, code in (
        (readers.resident, "role"),
        (readers.supplier_user, "role"),
        (readers.preparer, "role"),
        (readers.second_staff, "address"),
    ):
        with pytest.raises(ShopError) as refused:
            add_recipient(user_id=person.pk, actor_id=1)
        assert (refused.value.code, refused.value.field) == (code, "person")
    with pytest.raises(ShopError):
        add_recipient(user_id=0, actor_id=1)
    assert (ReportRecipient.objects.count(), JournalEntry.objects.count()) == (0, 0)


def test_a_role_without_its_second_factor_puts_nobody_on_the_list(readers: Cast) -> None:
    readers.auditor.authenticator_set.all().delete()  # type: ignore[attr-defined]  # allauth's
    with pytest.raises(ShopError):
        add_recipient(user_id=readers.auditor.pk, actor_id=1)
    assert not ReportRecipient.objects.exists()


def test_staff_change_the_list_and_the_journal_says_who(places: None, readers: Cast, client: Client) -> None:
    client.force_login(readers.staff)
    offered = client.get(PAGE).context["form"].fields["person"].choices
    assert [value for value, _label in offered][1:] == [
        readers.auditor.pk,
        readers.liaison.pk,
        readers.staff.pk,
    ]
    assert client.post(PAGE, {"person": readers.liaison.pk}).status_code == 302
    page = client.get(PAGE)
    (recipient, sees), *others = page.context["rows"]
    assert (recipient.user, sees, others) == (readers.liaison, "旺苍县", [])
    assert client.post(PAGE, {"person": readers.liaison.pk}).status_code == 422
    for bad in ("", "0", "x", str(readers.resident.pk)):
        assert client.post(PAGE, {"person": bad}).status_code == 422
    end = reverse("reporting:recipient_end", args=[recipient.pk])
    assert [client.post(end).status_code for _click in range(2)] == [302, 302]
    assert client.get(PAGE).context["rows"] == []
    told = JournalEntry.objects.filter(object_type="report_recipient").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.object_key) for entry in told] == [
        ("report_recipient.added", readers.staff.pk, str(readers.liaison.pk)),
        ("report_recipient.ended", readers.staff.pk, str(readers.liaison.pk)),
    ]


def test_an_auditor_reads_the_list_and_changes_nothing(readers: Cast, client: Client) -> None:
    recipient = add(readers.staff)
    client.force_login(readers.auditor)
    page = client.get(PAGE)
    assert (page.context["form"], len(page.context["rows"])) == (None, 1)
    assert client.post(PAGE, {"person": readers.auditor.pk}).status_code == 404
    assert client.post(reverse("reporting:recipient_end", args=[recipient.pk])).status_code == 404
    client.force_login(readers.liaison)
    assert client.get(PAGE).status_code == 404
    assert ReportRecipient.objects.get().ended_at is None


@pytest.mark.data
def test_the_database_knows_a_month_of_a_person_once(readers: Cast) -> None:
    assert add(readers.staff) == add(readers.staff)
    month = {"user": readers.staff, "month": SEPTEMBER, "demo": True, "refusal": "role", "begun_at": MOMENT}
    ReportMailing.objects.create(**month)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportMailing.objects.create(**month)
    now = {"user": readers.staff, "added_by": 1, "added_at": MOMENT}
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRecipient.objects.create(**now)
    assert (ReportMailing.objects.count(), ReportRecipient.objects.count()) == (1, 1)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_month_once(
    sales: Story, readers: Cast, together: Callable[..., list[Any]], at_moment: None
) -> None:
    for person in (readers.staff, readers.liaison):
        add(person)
    close("2026-09", make_closers())

    def work() -> None:
        mail_reports()
        for _export in range(2):
            make_waiting_exports()
        send_due_notices()

    assert together([work, work, work]) == [None] * 3
    send()
    assert (ReportMailing.objects.count(), ExportJob.objects.count()) == (2, 2)
    assert MailboxMessage.objects.count() == BuyerNotice.objects.filter(state="sent").count() == 2
