"""Files that the worker makes for people, and who gets the monthly report by mail. The figures are the ledger's."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ExportState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "Being made")
    READY = "ready", pgettext_lazy("export", "Ready")
    FAILED = "failed", pgettext_lazy("export", "Not made")
    EXPIRED = "expired", pgettext_lazy("export", "Expired")


class ExportJob(models.Model):
    """A file that somebody asked for and the worker makes. Only who asked may take it, while their roles reach as far.

    `content` says which maker fills it with what `query` narrows it to. `everything` and `regions` are what the
    person was allowed to see when they asked - of a unit's file its `organisation` alone -, `roles` those in one of
    which they must still be. `question` is a digest of all of it: the same question waits once. The filters go when
    the file does.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    content = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, help_text="the end of the file's name: xlsx, csv, json, pdf, zip")
    name = models.CharField(max_length=64, help_text="what the journal calls it")
    file_name = models.CharField(max_length=160)
    query = models.JSONField(default=dict)
    question = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    everything = models.BooleanField()
    regions = models.JSONField(default=list)
    organisation = models.CharField(
        max_length=40, default="", blank=True, help_text="code of the unit whose file it is"
    )
    roles = models.JSONField(default=list)
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="when a worker may take it (again)")
    rows_done = models.PositiveBigIntegerField(default=0)
    rows_wanted = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="", blank=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_by", "-id"], name="export_of_person"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="export_to_make"),
            models.Index(fields=["expires_at"], condition=Q(state="ready"), name="export_to_delete"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by", "question"], condition=Q(state="waiting"), name="export_waits_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "expired"])
                | Q(made_at__isnull=False, expires_at__isnull=False) & ~Q(digest=""),
                name="export_ready_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure=""), name="export_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.state}"


class ReportRecipient(models.Model):
    """Somebody who gets the report of every month that is released while they stand here."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="monthly_reports"
    )
    added_by = models.BigIntegerField()
    added_at = models.DateTimeField()
    ended_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="report_recipient_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="report_recipient_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.added_at:%Y-%m-%d}"


class ReportMailing(models.Model):
    """The report of a month for one person: written down once, then made as an export and told of by a notice.

    `refusal` says why nothing was made: they had no mail address or no role any more.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="report_mailings"
    )
    month = models.DateField()
    demo = models.BooleanField()
    export = models.OneToOneField(ExportJob, on_delete=models.PROTECT, null=True, related_name="mailing")
    refusal = models.CharField(
        max_length=10,
        choices=[("role", _("no role any more")), ("address", _("no mail address"))],
        default="",
        blank=True,
    )
    begun_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-begun_at", "-id"], name="report_mailing_latest")]
        constraints = [
            models.UniqueConstraint(fields=["user", "month", "demo"], name="report_mailed_once"),
            models.CheckConstraint(
                condition=Q(export__isnull=False, refusal="") | Q(export__isnull=True) & ~Q(refusal=""),
                name="report_mailing_made_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} → {self.user_id}"
