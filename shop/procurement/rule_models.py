"""What the shop asks of units' purchases, from a day on. Each table is empty at first, and then nothing is asked."""

from django.db import models
from django.db.models import Q
from oscar.apps.catalogue.models import Product


class PriceBand(models.Model):
    """How far a unit price may lie above its reference before the buyer says why; the latest that has begun holds."""

    over_bp = models.PositiveIntegerField(
        null=True, help_text="basis points; empty: from that day on no limit"
    )
    starts_on = models.DateField(unique=True)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.over_bp} from {self.starts_on}"


class ReferencePrice(models.Model):
    """What a unit of a product costs elsewhere, as the staff found it; the latest is compared with."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reference_prices")
    fen = models.BigIntegerField()
    source = models.CharField(max_length=120, help_text="where it was read, for the approver to look up")
    noted_on = models.DateField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "noted_on"], name="reference_price_once_a_day"),
            models.CheckConstraint(
                condition=Q(fen__gt=0) & ~Q(source=""), name="reference_price_with_a_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.fen} on {self.noted_on}"


class ContractRule(models.Model):
    """From which sum on a unit's order gets a contract with each supplier; the latest that has begun holds."""

    from_fen = models.BigIntegerField(null=True, help_text="goods and freight; empty: from that day on none")
    starts_on = models.DateField(unique=True)
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_fen__isnull=True) | Q(from_fen__gte=0), name="contract_rule_from_an_amount"
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_fen} from {self.starts_on}"
