"""In which quantities a product is ordered."""

from django.db import models
from django.db.models import Q
from oscar.apps.catalogue.models import Product

#: The most of one product in one order of an organisation.
MOST_ORDERED = 99_999


class OrderRule(models.Model):
    """The least quantity, the step from there, and how many units a case holds; both dates inclusive.

    The latest that has begun holds, for what organisations order; for residents too where it says so.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="order_rules")
    min_units = models.PositiveIntegerField(default=1, help_text="a multiple of the step")
    step_units = models.PositiveIntegerField(default=1)
    case_units = models.PositiveIntegerField(null=True, blank=True, help_text="in one case; null: not said")
    for_residents = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "starts_on"], name="order_rule_once"),
            models.CheckConstraint(
                condition=Q(min_units__gte=1)
                & Q(step_units__gte=1)
                & (Q(case_units__isnull=True) | Q(case_units__gte=1)),
                name="order_rule_sane",
            ),
        ]
        ordering = ["starts_on"]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.min_units}+{self.step_units}"
