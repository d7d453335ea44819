"""Messages that a transaction leaves behind, and what became of each at every handler."""

from django.db import models

from shop.core import clock


class OutboxStream(models.Model):
    """The last sequence number given in a stream (an order number or a payment key)."""

    name = models.CharField(max_length=64, primary_key=True)
    last_seq = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}:{self.last_seq}"


class OutboxMessage(models.Model):
    """An event that happened; gap-free `seq` within its stream."""

    event_id = models.UUIDField(unique=True)
    topic = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(default=1)
    stream = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    stored_at = models.DateTimeField(
        default=clock.now, help_text="the backlog's age; occurred_at may lie back"
    )
    routed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="outbox_stream_seq")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(routed_at=None), name="outbox_unrouted"),
            models.Index(fields=["topic", "id"], name="outbox_topic"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.stream}#{self.seq}"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class OutboxDelivery(models.Model):
    """One message at one handler: effects happen once, in the transaction that marks it done."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=80)
    ordered = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "handler"], name="outbox_delivery_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="pending"), name="outbox_due"),
            models.Index(fields=["handler", "state"], name="outbox_handler_state"),
        ]

    def __str__(self) -> str:
        return f"{self.message} → {self.handler}: {self.state}"
