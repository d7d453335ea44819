"""Signs of abuse that the worker finds in what happened, and what the staff made of each: two people look at it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.buyers.models import Organisation
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier


class AbuseKind(models.TextChoices):
    SPLIT = "split", pgettext_lazy("abuse", "Split under an approval limit")
    SHARED = "shared", pgettext_lazy("abuse", "Buyer and supplier belong together")
    CAP = "cap", pgettext_lazy("abuse", "More a head than the province allows")
    QUICK = "quick", pgettext_lazy("abuse", "Accepted minutes after shipping")
    PAYEE = "payee", pgettext_lazy("abuse", "Refund to another than who paid")
    PRICE = "price", pgettext_lazy("abuse", "Price above the band")


class AbuseState(models.TextChoices):
    OPEN = "open", pgettext_lazy("abuse", "To be looked at")
    JUDGED = "judged", pgettext_lazy("abuse", "Waiting for the second look")
    CLOSED = "closed", pgettext_lazy("abuse", "Closed")


class Verdict(models.TextChoices):
    FINE = "fine", _("In order")
    ABUSE = "abuse", pgettext_lazy("verdict", "Abuse, acted upon")


class AbuseFinding(models.Model):
    """One thing that may be abuse; found once by its `key`, and nothing is blocked by it.

    `detail` is the evidence as it was found: numbers, sums and days, nobody's name, phone or account.
    """

    kind = models.CharField(max_length=8, choices=AbuseKind.choices)
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=80, help_text="number of the order, request or payment")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="abuse_findings"
    )
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, related_name="abuse_findings")
    record = models.ForeignKey(
        OrderRecord, on_delete=models.PROTECT, null=True, related_name="abuse_findings"
    )
    fen = models.BigIntegerField(help_text="of the purchases, or of the refund")
    detail = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    found_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=AbuseState.choices, default=AbuseState.OPEN)
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default="", blank=True)
    reason = models.CharField(max_length=300, default="", blank=True)
    judged_by = models.BigIntegerField(null=True)
    judged_at = models.DateTimeField(null=True)
    seen_by = models.BigIntegerField(null=True, help_text="who had the second look")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="abuse_found_once"),
            models.CheckConstraint(
                condition=Q(
                    state="open", verdict="", reason="", judged_by__isnull=True, judged_at__isnull=True
                )
                | Q(
                    state__in=["judged", "closed"],
                    verdict__in=["fine", "abuse"],
                    judged_by__isnull=False,
                    judged_at__isnull=False,
                )
                & ~Q(reason=""),
                name="abuse_judged_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", seen_by__isnull=False, seen_at__isnull=False)
                & ~Q(seen_by=F("judged_by"))
                | ~Q(state="closed") & Q(seen_by__isnull=True, seen_at__isnull=True),
                name="abuse_seen_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "-found_at"], name="abuse_queue")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class AbuseWatch(models.Model):
    """How far the worker has looked for a kind of sign: time and row of the last thing that it looked at."""

    kind = models.CharField(max_length=8, choices=AbuseKind.choices, unique=True)
    looked_at = models.DateTimeField(null=True)
    looked_key = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.looked_at}"
