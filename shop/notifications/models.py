"""Outgoing notices as rows with a state; nothing is sent inside a transaction."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.notifications.channel_models import (
    ChannelKind,
    ProviderPace,
    ShortLink,
    SmsRule,
    SmsUse,
    SupplierChannel,
)
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier

__all__ = [
    "BuyerNotice",
    "ChannelKind",
    "Hold",
    "MailboxMessage",
    "Notice",
    "NoticeState",
    "ProviderPace",
    "ShortLink",
    "SmsRule",
    "SmsUse",
    "SupplierChannel",
    "SupplierNotice",
]


class NoticeState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("notice", "Waiting")
    SENT = "sent", pgettext_lazy("notice", "Sent")
    DEAD = "dead", _("Not sent, given up")
    STALE = "stale", _("No longer true, not sent")


class Hold(models.TextChoices):
    """Why a notice waits although nothing has failed, or what became of one that was given up."""

    NONE = "", ""
    PACED = "paced", _("Paced: the bot takes only so many a minute")
    NUMBER = "number", _("This number has had enough texts for now")
    SHOP = "shop", _("The shop has sent its most texts for now")
    COST = "cost", _("The cost ceiling of texts is reached")
    PROVIDER = "provider", _("The provider asks for a pause")
    PASSED_ON = "passed_on", _("Sent another way instead")


class Notice(models.Model):
    """What every notice has. `key` makes it unique: one message, one handler, one receiver.

    `params` are the values of a provider's template, and `url` the page it leads to.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=NoticeState.choices, default=NoticeState.PENDING)
    hold = models.CharField(max_length=10, choices=Hold.choices, default=Hold.NONE, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    good_until = models.DateTimeField(
        null=True, help_text="not sent after that: it would not be true any more"
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} → {self.channel}: {self.state}"


class SupplierNotice(Notice):
    """A notice to a supplier, by the channel `via` or, without one, to its contact address."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="notices")
    record = models.ForeignKey(
        OrderRecord, on_delete=models.PROTECT, null=True, related_name="supplier_notices"
    )
    via = models.ForeignKey(SupplierChannel, on_delete=models.PROTECT, null=True, related_name="notices")

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "due_at"], condition=models.Q(state="pending"), name="supplier_notice_due"
            ),
            models.Index(fields=["state", "-created_at"], name="supplier_notice_list"),
        ]


class BuyerNotice(Notice):
    """A notice to a buyer (account or guest), or to a unit's member about a request without an order yet."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, null=True, related_name="buyer_notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "due_at"], condition=models.Q(state="pending"), name="buyer_notice_due"
            ),
            models.Index(fields=["state", "-created_at"], name="buyer_notice_list"),
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
