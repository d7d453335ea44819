"""Who has to agree to a unit's requests from which amount on, and who did: each step by another person."""

from django.db import models
from django.db.models import F, Q

from shop.buyers.models import Organisation


class ApprovalRule(models.Model):
    """The steps that a unit's requests take from an amount on, from a day on: the latest that has begun holds.

    One without steps ends what held from this amount on. A request keeps the steps it was submitted under.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="approval_rules")
    from_fen = models.BigIntegerField(help_text="goods and freight; the highest that is reached holds")
    starts_on = models.DateField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "from_fen", "starts_on"], name="approval_rule_once"
            ),
            models.CheckConstraint(condition=Q(from_fen__gte=0), name="approval_rule_from_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} from {self.from_fen} on {self.starts_on}"


class ApprovalStep(models.Model):
    """One step of a rule: somebody in this role, or this person as long as they hold it."""

    rule = models.ForeignKey(ApprovalRule, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(help_text="1 is the first")
    role = models.CharField(max_length=20, help_text="a MemberRole of buyers")
    person = models.BigIntegerField(null=True, help_text="the person's id; empty: whoever holds the role")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "position"], name="approval_step_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.rule_id} step {self.position}"


class Approval(models.Model):
    """One person's yes to a request as it was submitted in a round; `digest` is the content it holds for.

    Append-only in the database.
    """

    request = models.ForeignKey(
        "procurement.PurchaseRequest", on_delete=models.PROTECT, related_name="approvals"
    )
    round = models.PositiveSmallIntegerField(help_text="how often the request had been submitted")
    position = models.PositiveSmallIntegerField()
    approved_by = models.BigIntegerField()
    submitted_by = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=200, default="", blank=True)
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "round", "position"], name="approval_of_a_step_once"),
            models.UniqueConstraint(
                fields=["request", "round", "approved_by"], name="approval_by_a_person_once"
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("submitted_by")), name="approval_by_another_than_the_buyer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} round {self.round} step {self.position}"
