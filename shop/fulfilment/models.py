"""Shipping: one supplier order per order and supplier, its parcels and what happened to them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.order.models import Line

from shop.ordering.models import LineShare, OrderRecord
from shop.suppliers.models import Supplier


class FulfilmentRule(models.Model):
    """Dated terms of shipping and receipt (counting rules, section 1); the latest that has started holds."""

    starts_on = models.DateField(unique=True)
    ship_within_hours = models.PositiveSmallIntegerField(default=48)
    receipt_after_signed_days = models.PositiveSmallIntegerField(default=7)
    receipt_after_shipped_days = models.PositiveSmallIntegerField(default=15)

    def __str__(self) -> str:
        return f"from {self.starts_on}"


class SupplierOrderState(models.TextChoices):
    NEW = "new", _("New")
    CONFIRMED = "confirmed", _("Confirmed")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")


class SupplierOrder(models.Model):
    """What one supplier has to ship of an order."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="supplier_orders")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="supplier_orders")
    state = models.CharField(
        max_length=10, choices=SupplierOrderState.choices, default=SupplierOrderState.NEW, db_index=True
    )
    opened_at = models.DateTimeField()
    ship_by = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "supplier"], name="supplier_order_once")]
        indexes = [models.Index(fields=["supplier", "state", "-opened_at"], name="supplier_order_desk")]

    def __str__(self) -> str:
        return f"{self.record} / {self.supplier}"


class ParcelState(models.TextChoices):
    SHIPPED = "shipped", _("On the way")
    SIGNED = "signed", _("Signed for")
    RECEIVED = "received", _("Received")


class Parcel(models.Model):
    """A parcel with its courier number; `received_at` is the buyer's confirmation or the deadline's."""

    supplier_order = models.ForeignKey(SupplierOrder, on_delete=models.PROTECT, related_name="parcels")
    number = models.PositiveSmallIntegerField()
    courier = models.CharField(max_length=40)
    tracking_number = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=ParcelState.choices, default=ParcelState.SHIPPED)
    shipped_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_reason = models.CharField(
        max_length=20, default="", blank=True, help_text="buyer, after_signed (7 d) or after_shipped (15 d)"
    )
    confirm_due_at = models.DateTimeField(help_text="when receipt is taken as confirmed")
    clock_stopped_at = models.DateTimeField(
        null=True, help_text="delayed on its way: not taken as confirmed while this is set"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier_order", "number"], name="parcel_number_once"),
            models.UniqueConstraint(fields=["courier", "tracking_number"], name="tracking_number_once"),
        ]
        indexes = [
            models.Index(fields=["confirm_due_at"], condition=~Q(state="received"), name="parcel_receipt_due")
        ]

    def __str__(self) -> str:
        return f"{self.courier} {self.tracking_number}"


class ParcelItem(models.Model):
    """Units of a share in a parcel."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="items")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="parcel_items")
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, related_name="parcel_items")
    units = models.PositiveIntegerField()
    received_units = models.PositiveIntegerField(default=0, help_text="fewer where some were refunded before")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parcel", "share"], name="parcel_item_once"),
            models.CheckConstraint(
                condition=Q(units__gt=0) & Q(received_units__lte=F("units")), name="parcel_item_units"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id}: {self.units}"


class ParcelEvent(models.Model):
    """A step of a parcel, shown in the timeline."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.kind}"
