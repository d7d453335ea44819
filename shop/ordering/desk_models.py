"""What the staff write about an order: replacements, forms acted upon, goods taken off by a suspension, reports."""

from django.db import models
from django.db.models import Q

from shop.ordering.status import CutState, CutTrouble, ReshipState


class Reshipment(models.Model):
    """Units of a share sent once more: no new money, not a part of any parcel.

    Its units leave the shelf when it is asked for. `state` is what its supplier has to do.
    """

    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="reshipments")
    share = models.ForeignKey("ordering.LineShare", on_delete=models.PROTECT, related_name="reshipments")
    number = models.CharField(max_length=40, unique=True)
    units = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ReshipState.choices, default=ReshipState.REQUESTED)
    reason = models.CharField(max_length=200)
    requested_by = models.BigIntegerField()
    requested_at = models.DateTimeField()
    courier = models.CharField(max_length=40, default="", blank=True)
    tracking_number = models.CharField(max_length=40, default="", blank=True)
    shipped_by = models.BigIntegerField(null=True)
    shipped_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="reshipment_units"),
            models.CheckConstraint(
                condition=Q(state__in=["shipped", "signed"], shipped_at__isnull=False)
                & ~Q(courier="")
                & ~Q(tracking_number="")
                | ~Q(state__in=["shipped", "signed"]) & Q(shipped_at__isnull=True, tracking_number=""),
                name="reshipment_shipped_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(state="signed", signed_at__isnull=False)
                | ~Q(state="signed") & Q(signed_at__isnull=True),
                name="reshipment_signed_at",
            ),
            models.UniqueConstraint(
                fields=["courier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="reshipment_number_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(state="requested"), name="reshipment_to_be_sent"
            ),
            models.Index(fields=["shipped_at"], condition=Q(state="shipped"), name="reshipment_to_be_signed"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number


class ActedForm(models.Model):
    """A form of the staff that was acted upon: sent twice, it acts once. Its key is of one rendered page."""

    key = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="acted_forms")
    actor_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "action"], name="form_acts_once")]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class SupplierCut(models.Model):
    """The wish to take a suspended supplier's goods off an unpaid order that has goods of others too, once.

    `trouble` says why a person must decide.
    """

    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="supplier_cuts")
    suspension = models.ForeignKey(
        "suppliers.Suspension", on_delete=models.PROTECT, related_name="supplier_cuts"
    )
    state = models.CharField(max_length=8, choices=CutState.choices, default=CutState.WAITING)
    trouble = models.CharField(max_length=10, choices=CutTrouble.choices, default="", blank=True)
    asked_at = models.DateTimeField()
    stuck_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "suspension"], name="supplier_cut_once"),
            models.CheckConstraint(
                condition=~Q(state="stuck") | ~Q(trouble="") & Q(stuck_at__isnull=False),
                name="supplier_cut_stuck_by_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["cut", "left"], ended_at__isnull=False)
                | Q(state__in=["waiting", "stuck"], ended_at__isnull=True),
                name="supplier_cut_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(state__in=["waiting", "stuck"]), name="supplier_cut_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.suspension_id} {self.state}"


class Acceptance(models.Model):
    """An acceptance report that was counted, so that it counts once. `items`: source keys and units."""

    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="acceptances")
    report_number = models.CharField(max_length=40)
    accepted_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    items = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "report_number"], name="acceptance_report_once")
        ]

    def __str__(self) -> str:
        return self.report_number
