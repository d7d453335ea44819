"""What couriers tell of parcels: who was asked to tell, what was pushed, and each step once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord


class StepStatus(models.TextChoices):
    """Where a parcel stands in a courier's words, whichever courier it is."""

    COLLECTED = "collected", _("Collected by the courier")
    IN_TRANSIT = "in_transit", _("On the way")
    CUSTOMS = "customs", _("At the customs")
    DELIVERING = "delivering", _("Out for delivery")
    SIGNED = "signed", _("Signed for")
    PROBLEM = "problem", _("Held up")
    REFUSED = "refused", _("Refused by the receiver")
    RETURNING = "returning", _("On its way back")
    RETURNED = "returned", _("Back at the sender")
    OTHER = "other", _("News of the courier")


#: The goods go back to the sender: whoever signs for them from then on is not the buyer.
GOING_BACK = frozenset({StepStatus.REFUSED, StepStatus.RETURNING, StepStatus.RETURNED})


class WatchState(models.TextChoices):
    WAITING = "waiting", _("To be asked for")
    WATCHED = "watched", _("The courier's news come in")
    ENDED = "ended", _("Nothing more will come")
    FAILED = "failed", _("No news can be had")
    REPLACED = "replaced", _("The number was corrected")


class TrackingWatch(models.Model):
    """A courier number whose news a tracking service was asked to send; one row for each number of a parcel.

    A replacement has one too.
    """

    parcel = models.ForeignKey(
        "fulfilment.Parcel", on_delete=models.PROTECT, null=True, related_name="watches"
    )
    reshipment = models.ForeignKey(Reshipment, on_delete=models.PROTECT, null=True, related_name="watches")
    provider = models.CharField(max_length=20)
    company = models.CharField(max_length=40, help_text="what the service calls the courier")
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=WatchState.choices, default=WatchState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="when it is asked next; moved ahead while somebody asks")
    created_at = models.DateTimeField()
    watched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "company", "number", "parcel"], name="tracking_watch_once"
            ),
            models.UniqueConstraint(
                fields=["parcel"], condition=~Q(state="replaced"), name="tracking_watch_of_parcel"
            ),
            models.UniqueConstraint(
                fields=["reshipment"], condition=~Q(state="replaced"), name="tracking_watch_of_replacement"
            ),
            models.CheckConstraint(
                condition=Q(parcel__isnull=True, reshipment__isnull=False)
                | Q(parcel__isnull=False, reshipment__isnull=True),
                name="tracking_watch_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="tracking_watch_due"),
            models.Index(fields=["provider", "company", "number"], name="tracking_watch_number"),
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.number}: {self.state}"

    @property
    def record(self) -> OrderRecord:
        """Return the order whose goods they are."""
        if self.reshipment is not None:
            return self.reshipment.record
        assert self.parcel is not None  # the database says so
        return self.parcel.supplier_order.record


class TrackingPush(models.Model):
    """What a tracking service sent, as it came, verified; stored before it is applied, a repeat is the same row."""

    provider = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    company = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    body = models.TextField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="when it is applied next, if it could not be at once")
    outcome = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "digest"], name="tracking_push_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(applied_at=None), name="tracking_push_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.company} {self.number}: {self.outcome or 'waiting'}"


class ToldStep(models.Model):
    """A step as a courier tells it, never changed: what comes twice, late or out of order is one row."""

    at = models.DateTimeField()
    digest = models.CharField(max_length=64, help_text="sha256 of the text")
    text = models.CharField(max_length=500)
    status = models.CharField(max_length=12, choices=StepStatus.choices, default=StepStatus.OTHER)
    code = models.CharField(max_length=10, default="", blank=True, help_text="the service's own code")
    place = models.CharField(max_length=80, default="", blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"


class TrackingEvent(ToldStep):
    """A step of a parcel."""

    parcel = models.ForeignKey("fulfilment.Parcel", on_delete=models.PROTECT, related_name="tracking_events")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parcel", "at", "digest"], name="tracking_event_once")]
        ordering = ["-at", "-id"]


class ReplacementStep(ToldStep):
    """A step of a replacement."""

    reshipment = models.ForeignKey(Reshipment, on_delete=models.PROTECT, related_name="courier_steps")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reshipment", "at", "digest"], name="replacement_step_once")
        ]
        ordering = ["-at", "-id"]
