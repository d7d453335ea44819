"""Many files and mailed reports at once, for counting queries."""

import datetime as dt

from shop.accounts.models import User
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.reporting.mailing import notice_key
from shop.reporting.models import ExportJob, ExportState, ReportMailing, ReportRecipient
from tests.factories import make_user


def ready_export(user: User, name: str, **changes: object) -> ExportJob:
    """Return a file of the whole shop that is ready, without bytes, unsaved."""
    now = clock.now()
    values = {
        "content": "entries",
        "kind": "csv",
        "name": "entries-net",
        "file_name": name,
        "query": {"measure": "net"},
        "question": "0" * 64,
        "language": "zh-hans",
        "everything": True,
        "roles": ["staff"],
        "asked_by": user.pk,
        "asked_at": now,
        "state": ExportState.READY,
        "attempts": 1,
        "due_at": now,
        "digest": "0" * 64,
        "made_at": now,
        "expires_at": now + dt.timedelta(days=7),
    }
    return ExportJob(**values | changes)


def exports(span: range, user: User) -> None:
    """Make files for a person, and let the journal tell of each."""
    ExportJob.objects.bulk_create(ready_export(user, f"entries-{number}.csv") for number in span)
    JournalEntry.objects.bulk_create(
        JournalEntry(
            at=clock.now(),
            actor_id=user.pk,
            action="export.downloaded",
            object_type="export",
            object_key="entries-net",
            after={"kind": "csv", "rows": number},
        )
        for number in span
    )


def mailings(span: range) -> None:
    """Put people on the list of the monthly report, each with a report that was sent."""
    now = clock.now()
    for number in span:
        user = make_user(phone=None, email=f"reader{number}@example.com")
        ReportRecipient.objects.create(user=user, added_by=user.pk, added_at=now)
        export = ready_export(user, f"report-{number}.pdf", kind="pdf")
        export.save()
        mailing = ReportMailing.objects.create(
            user=user, month=dt.date(2026, 9, 1), demo=True, export=export, begun_at=now
        )
        BuyerNotice.objects.create(
            key=notice_key(mailing),
            kind="monthly_report",
            address=f"{user.email}",
            subject="s",
            body="b",
            state="sent",
            due_at=now,
            created_at=now,
            sent_at=now,
            user=user,
        )
