"""What is agreed with suppliers, by date: commission, and how often they are paid by how many people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RateState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for the second person")
    APPROVED = "approved", _("Agreed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class CommissionRate(models.Model):
    """Commission on confirmed goods of orders placed from a day on: of a supplier, a category, both, or all.

    0 where nothing is agreed. The most particular one counts: a supplier's own before that of all, a category's
    before that of the category above it.
    """

    supplier = models.CharField(
        max_length=40, default="", blank=True, help_text="its code; empty: every supplier"
    )
    category = models.CharField(
        max_length=80, default="", blank=True, help_text="its path, as shares carry it"
    )
    rate_bp = models.PositiveIntegerField(help_text="hundredths of a percent of the goods' price")
    starts_on = models.DateField(help_text="orders placed from this day on; always later than its approval")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RateState.choices, default=RateState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rate_bp__lte=5_000), name="commission_at_most_half"),
            models.CheckConstraint(condition=~Q(reason=""), name="commission_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="commission_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["supplier", "category", "starts_on"],
                condition=Q(state="approved"),
                name="commission_one_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_on"], condition=Q(state="approved"), name="commission_agreed")
        ]

    def __str__(self) -> str:
        return f"{self.supplier or '*'} {self.category or '*'} {self.starts_on} {self.rate_bp}"


class Cycle(models.TextChoices):
    HALF_MONTH = "half_month", _("Twice a month")
    MONTH = "month", _("Once a month")


class SettlementRule(models.Model):
    """From the first day of a month on: how long a period is, and whether a third person checks pay-out lists."""

    starts_on = models.DateField(unique=True)
    cycle = models.CharField(max_length=10, choices=Cycle.choices)
    third_person = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="settlement_rule_has_reason")]

    def __str__(self) -> str:
        return f"{self.starts_on} {self.cycle}"
