"""Prices that were agreed with one organisation or with a group of them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.catalogue.models import Product

from shop.buyers.models import Organisation


class PriceListState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Waits for a second person")
    APPROVED = "approved", pgettext_lazy("a price list", "Approved")
    REFUSED = "refused", pgettext_lazy("a price list", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("a price list", "Taken back")


class PriceList(models.Model):
    """Unit prices for what these organisations order, between two days, both inclusive; a second person approves.

    `rows` are the rows of its file as they were read; `prices` what they came to when the list was handed in.
    """

    name = models.CharField(max_length=60)
    units = models.ManyToManyField(Organisation, related_name="price_lists")
    state = models.CharField(max_length=10, choices=PriceListState.choices, default=PriceListState.DRAFT)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    file_name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, help_text="of the rows")
    columns = models.JSONField(default=dict, help_text="what the file calls its columns")
    rows = models.JSONField(help_text="[row, sku, price, from which quantity] as texts, in file order")
    created_by = models.BigIntegerField()
    created_at = models.DateTimeField()
    proposed_by = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="price_list_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "approved", "refused"])
                | Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="price_list_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="price_list_decided",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceListRow(models.Model):
    """The unit price of a product on a list from a quantity on, in fen, tax included."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="agreed_prices")
    min_quantity = models.PositiveIntegerField(default=1)
    price_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "product", "min_quantity"], name="price_list_row_once"
            ),
            models.CheckConstraint(
                condition=Q(min_quantity__gte=1) & Q(price_fen__gt=0), name="price_list_row_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_list_id}: {self.product_id} {self.min_quantity}+ {self.price_fen}"
