"""Contracts of units' orders: one with each supplier, who is the seller; as they were made, for good."""

from django.db import models

from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier


class Contract(models.Model):
    """What a unit and a supplier agreed on with an order; `body` is a snapshot, `digest` its SHA-256.

    Append-only in the database. Signed copies are files of owner type "contract" and this number.
    """

    number = models.CharField(max_length=24, unique=True)
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="contracts")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="contracts")
    body = models.JSONField(help_text="parties, lines, delivery and payment; names no person")
    digest = models.CharField(max_length=64)
    total_fen = models.BigIntegerField(help_text="goods and freight of this supplier")
    made_at = models.DateTimeField()
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "supplier"], name="contract_with_a_supplier_once")
        ]
        indexes = [models.Index(fields=["supplier", "-made_at"], name="contract_of_supplier")]

    def __str__(self) -> str:
        return self.number
