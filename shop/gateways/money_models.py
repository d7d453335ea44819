"""Where money may come from and go to: payers' names, surplus moved to another order, and other payees."""

from django.db import models
from django.db.models import F, Q

from shop.buyers.models import Organisation


class PayerName(models.Model):
    """A name under which an organisation pays beside its own: its finance office, the account of its upper unit."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payer_names")
    name = models.CharField(max_length=80)
    folded = models.CharField(max_length=80, help_text="the name as names are compared")
    added_by = models.BigIntegerField()
    added_at = models.DateTimeField()
    removed_by = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One name that stands for two units would let the money of one pay the order of the other.
            models.UniqueConstraint(
                fields=["folded"], condition=Q(removed_at__isnull=True), name="payer_name_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProposalState(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class MoneyMove(models.Model):
    """Surplus of a payment that another order of the same payer gets: proposed by one person, approved by another.

    While it is proposed its fen are set aside. Approved, they are a payment of their own (`part`).
    """

    payment = models.ForeignKey("gateways.Payment", on_delete=models.PROTECT, related_name="moves")
    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="moves")
    part = models.OneToOneField(
        "gateways.Payment", on_delete=models.PROTECT, null=True, related_name="moved_by"
    )
    fen = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="move_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="move_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False, part__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="move_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.record_id} {self.fen} {self.state}"


class PayeeChange(models.Model):
    """A transfer back that goes to another account than it came from: with a reason, by two people."""

    execution = models.ForeignKey(
        "gateways.RefundExecution", on_delete=models.PROTECT, related_name="payee_changes"
    )
    payee = models.CharField(max_length=80)
    payee_account = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["execution"], condition=Q(state="proposed"), name="payee_change_open_once"
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(payee="") & ~Q(payee_account=""), name="payee_change_whole"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="payee_change_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} → {self.payee} {self.state}"
