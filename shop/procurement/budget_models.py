"""What a unit plans and may spend: plans by festival and year, limits, the reserved share; and the provinces' caps.

A plan is changed in place, its history stands in the journal. The other three are dated and append-only: the latest
row that has started holds, and one without an amount ends what held before it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from shop.buyers.models import Organisation


class Festival(models.TextChoices):
    NEW_YEAR = "new_year", pgettext_lazy("festival", "New Year")
    SPRING = "spring", pgettext_lazy("festival", "Spring Festival")
    QINGMING = "qingming", pgettext_lazy("festival", "Qingming Festival")
    LABOUR = "labour", pgettext_lazy("festival", "Labour Day")
    DRAGON_BOAT = "dragon_boat", pgettext_lazy("festival", "Dragon Boat Festival")
    MID_AUTUMN = "mid_autumn", pgettext_lazy("festival", "Mid-Autumn Festival")
    NATIONAL = "national", pgettext_lazy("festival", "National Day")
    OTHER = "other", pgettext_lazy("festival", "Other occasion")


class LimitPeriod(models.TextChoices):
    """After which time a limit begins anew: with the calendar, at midnight in Shanghai."""

    YEAR = "year", pgettext_lazy("spending limit", "Limit of the year")
    QUARTER = "quarter", pgettext_lazy("spending limit", "Limit of the quarter")
    MONTH = "month", pgettext_lazy("spending limit", "Limit of the month")


class CapSpan(models.TextChoices):
    FESTIVAL = "festival", pgettext_lazy("welfare cap", "Each festival")
    YEAR = "year", pgettext_lazy("welfare cap", "All festivals of a year together")


class FestivalPlan(models.Model):
    """For how many people a unit buys for a festival, and how much for each: goods and freight."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="festival_plans")
    year = models.PositiveSmallIntegerField()
    festival = models.CharField(max_length=12, choices=Festival.choices)
    headcount = models.PositiveIntegerField()
    per_head_fen = models.BigIntegerField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "festival"], name="festival_plan_once"),
            models.CheckConstraint(
                condition=Q(headcount__gt=0) & Q(per_head_fen__gt=0), name="festival_plan_of_somebody"
            ),
        ]

    def __str__(self) -> str:
        return _("%(festival)s %(year)s") % {"festival": self.get_festival_display(), "year": self.year}

    @property
    def budget_fen(self) -> int:
        """Return what the plan gives to all of its people."""
        return self.headcount * self.per_head_fen


class SpendingLimit(models.Model):
    """The most that a unit's orders of a period may come to; append-only."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="spending_limits")
    period = models.CharField(max_length=8, choices=LimitPeriod.choices)
    limit_fen = models.BigIntegerField(null=True, help_text="empty: no limit from that day on")
    starts_on = models.DateField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(limit_fen__isnull=True) | Q(limit_fen__gt=0), name="spending_limit_positive"
            )
        ]
        indexes = [models.Index(fields=["organisation", "starts_on"], name="spending_limit_dated")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.period} from {self.starts_on}"


class ReservedShare(models.Model):
    """预留份额 of a year: what a unit has to reserve, and what it has filed with its finance office; append-only.

    Of several rows of a year the last one holds. A unit without a canteen has no quota; what it files counts.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reserved_shares")
    year = models.PositiveSmallIntegerField()
    quota_fen = models.BigIntegerField(default=0)
    filed_fen = models.BigIntegerField(null=True, help_text="empty: not filed yet")
    filed_on = models.DateField(null=True)
    no_canteen = models.BooleanField(default=False)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(no_canteen=True, quota_fen=0) | Q(no_canteen=False, quota_fen__gt=0),
                name="reserved_share_quota_of_a_canteen",
            ),
            models.CheckConstraint(
                condition=Q(filed_fen__isnull=True, filed_on__isnull=True)
                | Q(filed_fen__gte=0, filed_on__isnull=False),
                name="reserved_share_filed_on_a_day",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "year"], name="reserved_share_of_year")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"

    @property
    def wanted_fen(self) -> int:
        """Return what is to be bought: what was filed, and never less than the quota."""
        return max(self.quota_fen, self.filed_fen or 0)

    def gap_fen(self, done_fen: int) -> int:
        """Return what is still to be bought when so much is done; 0 when nothing is missing."""
        return max(self.wanted_fen - done_fen, 0)


class WelfareCap(models.Model):
    """The most a head that a province's rule allows unions for festivals; entered by the staff, append-only."""

    province = models.CharField(max_length=20)
    span = models.CharField(max_length=8, choices=CapSpan.choices)
    per_head_fen = models.BigIntegerField(null=True, help_text="empty: no cap from that day on")
    name = models.CharField(max_length=120, help_text="of the rule, as the refusal names it")
    source = models.CharField(max_length=300, help_text="document number or address")
    starts_on = models.DateField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(per_head_fen__isnull=True) | Q(per_head_fen__gt=0), name="welfare_cap_positive"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(source=""), name="welfare_cap_of_a_rule"),
        ]
        indexes = [models.Index(fields=["province", "starts_on"], name="welfare_cap_dated")]

    def __str__(self) -> str:
        return f"{self.province} {self.span} from {self.starts_on}"
