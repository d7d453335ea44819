"""One order, many parcels: who gets what of it, as its suppliers need to know it while they ship.

The goods of a consignment are not written down one by one: every line of the order is shared out evenly over the
sets of the plan, so that a consignment holds its sets' part of each.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from shop.ordering.models import OrderRecord


class ConsignmentState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("parcels to many recipients", "Being prepared")
    READY = "ready", pgettext_lazy("parcels to many recipients", "Ready")


class ConsignmentPlan(models.Model):
    """That an order goes to many, and how far the worker is with writing its parcels down.

    `due_at` is when a worker may take it; one that works on it holds it for a while. `rows_done` counts consignments
    of all suppliers and is written together with them.
    """

    record = models.OneToOneField(OrderRecord, on_delete=models.PROTECT, related_name="consignment_plan")
    state = models.CharField(max_length=8, choices=ConsignmentState.choices, default=ConsignmentState.WAITING)
    sets = models.PositiveIntegerField(help_text="of the whole order")
    parcels = models.PositiveIntegerField(help_text="of each supplier")
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    rows_wanted = models.PositiveIntegerField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(parcels__gt=0) & Q(sets__gte=F("parcels")), name="consignment_plan_of_somebody"
            ),
            models.CheckConstraint(
                condition=Q(rows_done__lte=F("rows_wanted"))
                & (~Q(state="ready") | Q(rows_done=F("rows_wanted"), ready_at__isnull=False)),
                name="consignment_plan_ready_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="consignment_plan_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.rows_done}/{self.rows_wanted}"

    @property
    def is_ready(self) -> bool:
        """Say whether every parcel is written down, so that suppliers may ship."""
        return self.state == ConsignmentState.READY


class Consignment(models.Model):
    """What one recipient, or one department together, gets of a supplier. `number` is the same at every supplier."""

    supplier_order = models.ForeignKey(
        "fulfilment.SupplierOrder", on_delete=models.PROTECT, related_name="consignments"
    )
    number = models.PositiveIntegerField()
    sets = models.PositiveIntegerField()
    name = models.CharField(max_length=60, default="", blank=True)
    phone = models.CharField(max_length=20, default="", blank=True)
    department = models.CharField(max_length=60, default="", blank=True)
    province = models.CharField(max_length=20, default="", blank=True)
    city = models.CharField(max_length=40, default="", blank=True)
    county = models.CharField(max_length=40, default="", blank=True)
    street = models.CharField(max_length=200, default="", blank=True)
    shipped_at = models.DateTimeField(null=True, help_text="since when nothing of it is left to ship")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier_order", "number"], name="consignment_once"),
            models.CheckConstraint(condition=Q(sets__gt=0), name="consignment_holds_something"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", department="", city="", county="", street=""),
                name="consignment_erased_is_nobody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["supplier_order", "number"], condition=Q(shipped_at=None), name="consignment_to_ship"
            )
        ]

    def __str__(self) -> str:
        return f"{self.supplier_order_id} {self.number}"
