"""Closed months: which day is open for entries, who closes, and the statements that stay."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OpenMonth(models.Model):
    """The one row that says from which day on entries may be booked; every posting holds it, closing moves it."""

    first_day = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="open_month_one_row")]

    def __str__(self) -> str:
        return f"open from {self.first_day}"


class ClosingRule(models.Model):
    """How many people close a month, from a day on; the latest that has started holds (counting rules, section 6)."""

    starts_on = models.DateField(unique=True)
    people = models.PositiveSmallIntegerField(help_text="three, or two in a small office")
    reason = models.CharField(max_length=200)
    set_by = models.BigIntegerField(null=True, help_text="null: came with the rules themselves")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(people__in=[2, 3]), name="closing_rule_people")]

    def __str__(self) -> str:
        return f"{self.people} people from {self.starts_on}"


class ClosingState(models.TextChoices):
    PREPARED = "prepared", _("Prepared, waits for the review")
    REVIEWED = "reviewed", _("Reviewed, waits for the release")
    RELEASED = "released", _("Released")
    WITHDRAWN = "withdrawn", _("Sent back")


class MonthClosing(models.Model):
    """A month on its way to its statements: the figures that were prepared, and who said what about them.

    `digests` are those of the entries by series ("real", "demo") when it was prepared; a release of other
    figures is refused.
    """

    month = models.DateField(help_text="its first day")
    state = models.CharField(max_length=10, choices=ClosingState.choices, default=ClosingState.PREPARED)
    people = models.PositiveSmallIntegerField(help_text="how many have to take part, by the rule of that day")
    digests = models.JSONField()
    prepared_by = models.BigIntegerField()
    prepared_at = models.DateTimeField()
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    released_by = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, default="", blank=True, help_text="why it was sent back")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month"], condition=~Q(state="withdrawn"), name="month_closing_once"
            ),
            models.CheckConstraint(
                condition=(Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("prepared_by")))
                & (Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")))
                & (Q(released_by__isnull=True) | Q(people=2) | ~Q(released_by=F("reviewed_by"))),
                name="month_closing_by_others",
            ),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(reviewed_by__isnull=False, released_by__isnull=False),
                name="month_closing_released_by_all",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(reason=""), name="month_closing_sent_back_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.state}"


class Statement(models.Model):
    """What a closed month said, of real or of demonstration entries: append-only (triggers on both engines).

    `body` are the canonical bytes, `digest` is their SHA-256; both are what a replay has to reproduce.
    """

    number = models.CharField(max_length=20, unique=True)
    closing = models.ForeignKey(MonthClosing, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField()
    demo = models.BooleanField()
    rule_version = models.CharField(max_length=10)
    entries = models.PositiveBigIntegerField()
    confirmed_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField()
    entries_digest = models.CharField(max_length=64)
    restates = models.JSONField(help_text="figures of its entries that belong to earlier months, by month")
    previous_digest = models.CharField(max_length=64, default="", blank=True, help_text="empty: the first")
    digest = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    prepared_by = models.BigIntegerField()
    reviewed_by = models.BigIntegerField()
    released_by = models.BigIntegerField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "demo"], name="statement_of_month_once")]

    def __str__(self) -> str:
        return self.number
