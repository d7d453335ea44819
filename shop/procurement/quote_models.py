"""Quotes that a unit compared before it asks to buy, and from which sum on how many are asked for."""

from django.db import models
from django.db.models import Q


class QuoteRule(models.Model):
    """How many quotes units of a kind compare from an amount on; of a kind the latest that has begun holds."""

    buyer_kind = models.CharField(max_length=20, help_text="a BuyerKind of buyers")
    from_fen = models.BigIntegerField(help_text="goods and freight")
    min_quotes = models.PositiveSmallIntegerField(
        help_text="the shop's own among them; 0: none are asked for"
    )
    starts_on = models.DateField()
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer_kind", "starts_on"], name="quote_rule_of_a_kind_once"),
            models.CheckConstraint(condition=Q(from_fen__gte=0), name="quote_rule_from_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_kind}: {self.min_quotes} from {self.from_fen} on {self.starts_on}"


class GatheredQuote(models.Model):
    """What another seller asks for the goods of a request, as its buyer wrote it down."""

    request = models.ForeignKey(
        "procurement.PurchaseRequest", on_delete=models.CASCADE, related_name="gathered_quotes"
    )
    company = models.CharField(max_length=80)
    fen = models.BigIntegerField(help_text="for all goods, freight included")
    quoted_on = models.DateField()
    note = models.CharField(max_length=200, default="", blank=True)
    written_by = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "company"], name="gathered_quote_of_a_company_once"),
            models.CheckConstraint(condition=Q(fen__gt=0) & ~Q(company=""), name="gathered_quote_sane"),
        ]
        ordering = ["fen", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.company}: {self.fen}"
