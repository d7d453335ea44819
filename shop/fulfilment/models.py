"""Shipping: one supplier order per order and supplier, its parcels and what happened to them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.order.models import Line

from shop.fulfilment.consignment_models import Consignment, ConsignmentPlan
from shop.fulfilment.returns.models import ReturnItem, ReturnRequest
from shop.fulfilment.tracking_models import (
    ReplacementStep,
    StepStatus,
    TrackingEvent,
    TrackingPush,
    TrackingWatch,
)
from shop.ordering.models import LineShare, OrderRecord
from shop.suppliers.models import Supplier

#: After-sales stands in a package of its own, what couriers tell of parcels and orders to many in modules.
CONSIGNMENT_MODELS = (Consignment, ConsignmentPlan)
RETURN_MODELS = (ReturnRequest, ReturnItem)
TRACKING_MODELS = (TrackingWatch, TrackingPush, TrackingEvent, ReplacementStep)


class FulfilmentRule(models.Model):
    """Dated terms of shipping and receipt (counting rules, section 1); the latest that has started holds."""

    starts_on = models.DateField(unique=True)
    ship_within_hours = models.PositiveSmallIntegerField(default=48)
    receipt_after_signed_days = models.PositiveSmallIntegerField(default=7)
    receipt_after_shipped_days = models.PositiveSmallIntegerField(default=15)
    correct_within_hours = models.PositiveSmallIntegerField(
        default=24, help_text="so long a mistyped courier number may be put right"
    )
    answer_within_hours = models.PositiveSmallIntegerField(
        default=48, help_text="so long a supplier may take to answer an after-sales case"
    )
    appeal_within_days = models.PositiveSmallIntegerField(
        default=7, help_text="so long a buyer may ask the shop after a supplier has refused"
    )
    send_back_within_days = models.PositiveSmallIntegerField(
        default=7, help_text="so long a buyer may take to send agreed goods back"
    )
    inspect_within_days = models.PositiveSmallIntegerField(
        default=10, help_text="so long goods may be on their way back before the shop looks into it"
    )

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
    ship_anyway_at = models.DateTimeField(
        null=True, help_text="since when a person lets it ship although its supplier is suspended"
    )

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
    consignment = models.ForeignKey(
        Consignment,
        on_delete=models.PROTECT,
        null=True,
        related_name="parcels_sent",
        help_text="whose it is, of an order to many",
    )
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
    trouble = models.CharField(
        max_length=12, choices=StepStatus.choices, default="", blank=True, help_text="as its courier tells"
    )
    trouble_at = models.DateTimeField(
        null=True, help_text="when we heard of it; the clock was stopped then unless it stood already"
    )
    trouble_settled_at = models.DateTimeField(null=True, help_text="when staff had seen to it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier_order", "number"], name="parcel_number_once"),
            models.UniqueConstraint(fields=["courier", "tracking_number"], name="tracking_number_once"),
        ]
        indexes = [
            models.Index(
                fields=["confirm_due_at"], condition=~Q(state="received"), name="parcel_receipt_due"
            ),
            models.Index(
                fields=["trouble_at"],
                condition=~Q(trouble="") & Q(trouble_settled_at=None),
                name="parcel_in_trouble",
            ),
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


class ShortageState(models.TextChoices):
    OPEN = "open", _("Waiting for the shop's decision")
    TAKEN_OFF = "taken_off", _("Units taken off the order")
    SHIP = "ship", _("To be shipped after all")


class ShortageReport(models.Model):
    """Units that a supplier says it cannot ship; staff decide what becomes of them."""

    supplier_order = models.ForeignKey(SupplierOrder, on_delete=models.PROTECT, related_name="shortages")
    state = models.CharField(max_length=10, choices=ShortageState.choices, default=ShortageState.OPEN)
    reason = models.CharField(max_length=200)
    reported_by = models.BigIntegerField()
    reported_at = models.DateTimeField(db_index=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True, help_text="what the supplier is told")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_order"], condition=Q(state="open"), name="shortage_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="shortage_decided_at",
            ),
        ]
        ordering = ["-reported_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.supplier_order_id} {self.state}"


class ShortageItem(models.Model):
    """Units of a share that a report is about."""

    report = models.ForeignKey(ShortageReport, on_delete=models.PROTECT, related_name="items")
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, related_name="shortage_items")
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "share"], name="shortage_item_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="shortage_item_units"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.units}"


class ShippingFile(models.Model):
    """An uploaded list of courier numbers: its rows as they were read, checked at every look, shipped once."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="shipping_files")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    columns = models.JSONField(help_text="what the file calls its columns, by our name")
    rows = models.JSONField(help_text="[row, order, line, units, courier, number] as texts, in file order")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["supplier", "-uploaded_at"], name="shipping_file_latest")]

    def __str__(self) -> str:
        return self.name
