"""What stands around the balances: lots and places of goods, thresholds, alerts, files, and how long stock is held."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from oscar.apps.partner.models import StockRecord

from shop.ordering.status import AlertKind, PayMethod, Pool
from shop.suppliers.models import Supplier


class HoldRule(models.Model):
    """How long an unpaid order holds its stock, by method and pool; the latest that has started holds."""

    method = models.CharField(max_length=20, choices=PayMethod.choices)
    pool = models.CharField(max_length=10, choices=Pool.choices, default=Pool.RETAIL)
    starts_on = models.DateField()
    minutes = models.PositiveIntegerField(default=0)
    working_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["method", "pool", "starts_on"], name="hold_rule_once")]

    def __str__(self) -> str:
        return f"{self.method} {self.pool} {self.minutes}min {self.working_days}d"


class GoodsLot(models.Model):
    """A batch of one product. Its units stand in the balances of that lot; they copy `expires_on`.

    `received_units` counts everything that ever came in of it. `expires_on` is the last good day.
    """

    stockrecord = models.ForeignKey(StockRecord, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=40)
    produced_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    received_units = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stockrecord", "code"], name="lot_once"),
            models.CheckConstraint(condition=~Q(code=""), name="lot_has_a_code"),
            models.CheckConstraint(
                condition=Q(produced_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(expires_on__gte=F("produced_on")),
                name="lot_expires_after_it_is_made",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class StockLocation(models.Model):
    """A place where units stand: a supplier's warehouse, the district's store. Balances name its `code`."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="stock_locations"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="location_has_a_code")]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class StockRule(models.Model):
    """A product's own thresholds; an empty one means the shop's setting."""

    stockrecord = models.OneToOneField(StockRecord, on_delete=models.PROTECT, related_name="stock_rule")
    low_at = models.PositiveIntegerField(null=True, blank=True, help_text="at so many units it is low")
    unsold_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="so many days before it expires a lot is no longer sold"
    )

    def __str__(self) -> str:
        return f"{self.stockrecord_id}: low at {self.low_at}, unsold {self.unsold_days}d"


class StockAlert(models.Model):
    """Something about a product's stock that a person should know, since when; deleted when it is over."""

    stockrecord = models.ForeignKey(StockRecord, on_delete=models.PROTECT, related_name="stock_alerts")
    kind = models.CharField(max_length=10, choices=AlertKind.choices)
    lot = models.CharField(max_length=40, default="", blank=True)
    units = models.PositiveIntegerField(help_text="left, or of the lot, when it was last looked at")
    on = models.DateField(null=True, help_text="the day that the lot expires")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stockrecord", "kind", "lot"], name="stock_alert_once")
        ]

    def __str__(self) -> str:
        return f"{self.stockrecord_id} {self.kind} {self.lot}"


class BuyerLock(models.Model):
    """A row to lock while the limits of one person are checked: an account's or a phone number's."""

    key = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.key


class StockFile(models.Model):
    """A file of changes to stock: kept when it is uploaded, looked at, then applied whole or not at all."""

    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    rows = models.JSONField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stock_files"
    )
    uploaded_at = models.DateTimeField()
    applied_by = models.BigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)
    changed = models.PositiveIntegerField(default=0, help_text="balances that it changed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, applied_by__isnull=True)
                | Q(applied_at__isnull=False, applied_by__isnull=False),
                name="stock_file_applied_by_somebody",
            )
        ]
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name
