"""kill −9 while a file is made or the report of a month is mailed: never half a file, and one mail."""

from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from shop.accounts.access import READERS
from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import SYSTEM
from shop.notifications.models import BuyerNotice, MailboxMessage
from shop.notifications.sending import send_due_notices
from shop.operations.exports import make_waiting_exports
from shop.reporting import making
from shop.reporting.asking import Wish, ask_export, folder, path_of
from shop.reporting.mailing import add_recipient, mail_reports
from shop.reporting.models import ExportJob, ReportMailing
from tests.factories.people import make_user
from tests.faults import story
from tests.ledger.bulk import paid_orders
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, at, share
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("reporting.export_half", "reporting.export_written")


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(making, "TOLD_EVERY", 2)


def reader() -> User:
    return make_user(
        phone="+8613800000201", email="reader@example.com", grants=[(Role.AUDITOR, ScopeKind.ALL, "")]
    )


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_export_is_made_anew_and_was_never_half_a_file(point: str) -> None:
    with time_machine.travel(story.START, tick=False):
        paid_orders(5)
        person = reader()
        query = {"measure": "net", "start": "2026-01-01", "end": "2026-12-31", "demo": "1"}
        wish = Wish("entries", "csv", "entries-net", "entries.csv", query)
        ask_export(user=person, scope=SYSTEM, roles=READERS, wish=wish, actor_id=person.pk)
    assert in_process(make_waiting_exports, kill_at=point, at=story.START) == KILLED
    job = ExportJob.objects.get()
    assert (job.state, job.attempts, job.digest) == ("waiting", 1, "")
    whole = [path for path in folder().glob("*") if not path.name.startswith(".")]
    assert len(whole) == (1 if point == POINTS[1] else 0)
    # The lease still holds: nobody takes it yet.
    assert in_process(make_waiting_exports, at=story.START) == 0
    assert ExportJob.objects.get().attempts == 1
    assert in_process(make_waiting_exports, at=story.START + story.PAUSE) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("ready", 2)
    content = path_of(job).read_bytes()
    assert [f"YS{number:06d}".encode() in content for number in range(5)] == [True] * 5
    assert len(content) == job.size


def work() -> None:
    """Do what the worker does for the reports of a month."""
    mail_reports()
    make_waiting_exports()
    send_due_notices()


@pytest.mark.parametrize(
    "point",
    ["reporting.export_written", "notifications.after_claim", "notifications.after_send"],
)
def test_a_killed_mailing_sends_the_report_once(point: str) -> None:
    with time_machine.travel(at("2026-10-01"), tick=False):
        add_recipient(user_id=reader().pk, actor_id=1)
        Story([share(1, 10000, 5)]).place().pay(("p", 10000))
    with time_machine.travel(at("2026-10-04"), tick=False):
        close("2026-09", make_closers())
    moment = at("2026-10-05")
    assert in_process(work, kill_at=point, at=moment) == KILLED
    for turn in (1, 2, 3):
        assert in_process(work, at=moment + turn * story.PAUSE) == 0
    assert ReportMailing.objects.count() == ExportJob.objects.count() == 1
    assert [notice.state for notice in BuyerNotice.objects.all()] == ["sent"]
    mail = MailboxMessage.objects.get()
    assert (mail.address, str(ExportJob.objects.get().key) in mail.body) == ("reader@example.com", True)
