"""Accounts that units pay from, and one code for the transfer of several orders."""

from django.db import models
from django.db.models import Q

from shop.buyers.models import Organisation


class PayerAccount(models.Model):
    """An account from which an organisation pays; it says more than the name that the bank prints beside it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payer_accounts")
    account = models.CharField(max_length=40)
    folded = models.CharField(max_length=40, help_text="the number as numbers are compared")
    added_by = models.BigIntegerField()
    added_at = models.DateTimeField()
    removed_by = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # As with names: one account of two units would let the money of one pay the order of the other.
            models.UniqueConstraint(
                fields=["folded"], condition=Q(removed_at__isnull=True), name="payer_account_of_one"
            ),
            models.CheckConstraint(condition=~Q(folded=""), name="payer_account_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.account


class TransferBundle(models.Model):
    """Several orders of a unit that one bank transfer pays: its code stands for the codes of all of them."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="transfer_bundles")
    reference = models.CharField(max_length=80, unique=True)
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text="of its orders: the same ones have one code"
    )
    attempts = models.ManyToManyField("gateways.PaymentAttempt", related_name="bundles")
    created_by = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.reference}"
