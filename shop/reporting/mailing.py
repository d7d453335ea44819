"""The monthly report by mail: who gets it, and that every one of them gets every released month once.

The file is made as any other export, for the person, with what they may see; the mail has a link to it that opens for
nobody else, and not after its time. Mail is written as a notice and goes by the notices' sender.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.access import READERS
from shop.accounts.models import User
from shop.accounts.scope import NOTHING, scope_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record
from shop.ledger.closing_models import Statement
from shop.notifications.models import BuyerNotice
from shop.notifications.services import write_staff_notice
from shop.reporting.asking import Wish, ask_export
from shop.reporting.models import ExportJob, ExportState, ReportMailing, ReportRecipient

#: The maker of the file.
REPORT = "report"


@dataclass(frozen=True)
class Month:
    """A released month."""

    month: dt.date
    released_at: dt.datetime


def candidates() -> QuerySet[User]:
    """Return whom the report can be sent to: active people with such a role and an address who do not get it yet."""
    found = User.objects.filter(grants__role__in=READERS, is_active=True, email__isnull=False)
    getting = ReportRecipient.objects.filter(ended_at=None).values("user")
    return (
        found.exclude(email="").exclude(pk__in=getting).distinct().order_by("last_name", "first_name", "pk")
    )


@transaction.atomic
def add_recipient(*, user_id: int, actor_id: int) -> ReportRecipient:
    """Let somebody have the report of every month that is released from now on; journalled. Safe to call twice.

    Raises ShopError (field person): nobody of that id, no role that counts now, no mail address.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or scope_of(user, *READERS) == NOTHING:
        raise ShopError(
            _(
                "The monthly report goes to staff, finance, auditors and liaisons only, with a second factor set up."
            ),
            code="role",
            field="person",
        )
    if not user.email:
        raise ShopError(
            _("%(person)s has no mail address. Add one to the person first.") % {"person": user},
            code="address",
            field="person",
        )
    recipient, created = ReportRecipient.objects.get_or_create(
        user=user, ended_at=None, defaults={"added_by": actor_id, "added_at": clock.now()}
    )
    if created:
        _journal("report_recipient.added", user.pk, actor_id)
    return recipient


@transaction.atomic
def end_recipient(*, recipient_id: int, actor_id: int) -> bool:
    """Send somebody no further report; journalled. What was sent stays sent. False when it had ended (safe twice)."""
    found = lock(ReportRecipient.objects.filter(pk=recipient_id, ended_at=None)).first()
    if found is None:
        return False
    found.ended_at, found.ended_by = clock.now(), actor_id
    found.save(update_fields=["ended_at", "ended_by"])
    _journal("report_recipient.ended", found.user_id, actor_id)
    return True


def _journal(action: str, user_id: int, actor_id: int) -> None:
    record(actor_id=actor_id, action=action, object_type="report_recipient", object_key=str(user_id))


def mail_reports() -> int:
    """Begin what released months owe the recipients; return how many reports were begun. A job.

    Whoever stood on the list when a month was released, and still does, gets it once.
    """
    recipients = list(ReportRecipient.objects.filter(ended_at=None).select_related("user").order_by("pk"))
    months = _months_since(min((each.added_at for each in recipients), default=None))
    known = set(
        ReportMailing.objects.filter(
            demo=settings.SHOP_DEMO, month__in=[month.month for month in months]
        ).values_list("user_id", "month")
    )
    return sum(
        _begin(each.pk, month.month)
        for each in recipients
        for month in months
        if month.released_at >= each.added_at and (each.user_id, month.month) not in known
    )


def _months_since(moment: dt.datetime | None) -> list[Month]:
    if moment is None:
        return []
    found = Statement.objects.filter(demo=settings.SHOP_DEMO, released_at__gte=moment).order_by("month")
    return [Month(*pair) for pair in found.values_list("month", "released_at")]


@transaction.atomic
def _begin(recipient_id: int, month: dt.date) -> int:
    """Write down one report and ask for its file; 0 when another worker has, or its person gets none any more."""
    recipient = lock(ReportRecipient.objects.filter(pk=recipient_id, ended_at=None)).first()
    if recipient is None:
        return 0
    user = recipient.user
    key = {"user": user, "month": month, "demo": settings.SHOP_DEMO}
    if ReportMailing.objects.filter(**key).exists():
        return 0
    mailing = ReportMailing(**key, refusal=_refusal(user), begun_at=clock.now())
    if not mailing.refusal:
        mailing.export = _ask(mailing, actor_id=None)
    mailing.save()
    return 1


def _refusal(user: User) -> str:
    """Return why nothing can be sent to a person, "" when it can."""
    if scope_of(user, *READERS) == NOTHING:
        return "role"
    return "" if user.email else "address"


def _ask(mailing: ReportMailing, *, actor_id: int | None) -> ExportJob:
    user, wish = mailing.user, _wish(mailing.month)
    scope = scope_of(user, *READERS)
    with translation.override(settings.LANGUAGE_CODE):
        return ask_export(user=user, scope=scope, roles=READERS, wish=wish, actor_id=actor_id)


@transaction.atomic
def begin_again(*, mailing_id: int, actor_id: int) -> bool:
    """Make a report anew that nobody was told of: the reason against it is gone; journalled.

    False when it was told of or is being made (safe twice). Raises ShopError while the reason still stands.
    """
    mailing = lock(ReportMailing.objects.filter(pk=mailing_id)).first()
    if mailing is None or not is_stuck(mailing, told=bool(notices_of([mailing]))):
        return False
    refusal = _refusal(mailing.user)
    if refusal:
        words = {"person": mailing.user, "reason": ReportMailing(refusal=refusal).get_refusal_display()}
        raise ShopError(_("%(person)s still cannot get the report: %(reason)s.") % words, code=refusal)
    mailing.export, mailing.refusal = _ask(mailing, actor_id=actor_id), ""
    mailing.save(update_fields=["export", "refusal"])
    return True


def is_stuck(mailing: ReportMailing, *, told: bool) -> bool:
    """Say whether nothing more happens with a report by itself although nobody was told of it."""
    waits = mailing.export is not None and mailing.export.state == ExportState.WAITING
    return not told and not waits


def _wish(month: dt.date) -> Wish:
    return Wish(
        content=REPORT,
        kind="pdf",
        name=f"report-{month:%Y-%m}",
        file_name=f"consumption-support-{month:%Y-%m}.pdf",
        query={"month": f"{month:%Y-%m}", "demo": "1" if settings.SHOP_DEMO else "0"},
    )


def tell_of_report(job: ExportJob) -> None:
    """Write the mail about a file that is ready, when it is a month's report; call it where it becomes ready.

    The same report is told of once, whoever calls; nobody is told who has no address any more.
    """
    mailing = ReportMailing.objects.filter(export=job).select_related("user").first()
    if mailing is None or not mailing.user.email:
        return
    write_staff_notice(
        key=notice_key(mailing),
        kind="monthly_report",
        user=mailing.user,
        path=reverse("reporting:export_job", args=[job.key]),
        good_until=job.expires_at,
        month=f"{mailing.month:%Y-%m}",
        expires=f"{clock.local_date(job.expires_at):%Y-%m-%d}" if job.expires_at else "",
        digest=job.digest,
        whole_shop=job.everything,
        demo=mailing.demo,
    )


def notice_key(mailing: ReportMailing) -> str:
    """Return the key of a report's mail: one person, one month, one mail."""
    return f"monthly-report:{mailing.month:%Y-%m}:{'demo' if mailing.demo else 'real'}:{mailing.user_id}"


def notices_of(mailings: Iterable[ReportMailing]) -> dict[str, BuyerNotice]:
    """Return the mails of reports by their key. One query."""
    keys = [notice_key(mailing) for mailing in mailings]
    return {notice.key: notice for notice in BuyerNotice.objects.filter(key__in=keys)}


def last_mailings() -> QuerySet[ReportMailing]:
    """Return what was sent or is about to be, the latest first, with its file and its person."""
    found = ReportMailing.objects.filter(demo=settings.SHOP_DEMO).select_related("user", "export")
    return found.order_by("-begun_at", "-pk")


def recipients() -> QuerySet[ReportRecipient]:
    """Return who gets the report now, by when they were added."""
    found = ReportRecipient.objects.filter(ended_at=None).select_related("user")
    return found.prefetch_related("user__grants").order_by("added_at", "pk")
