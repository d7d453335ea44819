"""Outgoing notices as rows with a state; nothing is sent inside a transaction."""

from django.conf import settings
from django.db import models

from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier


class NoticeState(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


class Notice(models.Model):
    """What every notice has. `key` makes it unique: one message, one handler, one receiver."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=NoticeState.choices, default=NoticeState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} → {self.channel}: {self.state}"


class SupplierNotice(Notice):
    """A notice to a supplier."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="notices")
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="supplier_notices")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="supplier_notice_due")
        ]


class BuyerNotice(Notice):
    """A notice to a buyer (account or guest), or to a unit's member about a request without an order yet."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, null=True, related_name="buyer_notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="buyer_notice_due")
        ]


class MailboxMessage(models.Model):
    """Where the embedded shop delivers mail and SMS, so that staff can open them."""

    notice_key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    delivered_at = models.DateTimeField()

    class Meta:
        ordering = ["-delivered_at", "-id"]

    def __str__(self) -> str:
        return f"{self.address}: {self.subject}"
