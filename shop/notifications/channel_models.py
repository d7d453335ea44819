"""How suppliers are reached, and what providers of messages may be asked for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier


class ChannelKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WECOM = "wecom", _("WeCom group bot")
    SMS = "sms", _("SMS")


class SupplierChannel(models.Model):
    """One way to reach a supplier; those in use are tried in the order of `position`. Never deleted, only switched off.

    `secret` is the key of a group bot: it is shown by its last characters only and stands in no log or journal.
    """

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="channels")
    channel = models.CharField(max_length=8, choices=ChannelKind.choices)
    address = models.CharField(max_length=254, default="", blank=True, help_text="e-mail or mobile number")
    secret = models.CharField(max_length=64, default="", blank=True)
    position = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "position"], name="supplier_channel_position_once"),
            models.UniqueConstraint(
                fields=["supplier", "channel", "address", "secret"], name="supplier_channel_once"
            ),
            models.CheckConstraint(
                condition=(Q(channel="wecom", address="") & ~Q(secret=""))
                | (Q(channel__in=["email", "sms"], secret="") & ~Q(address="")),
                name="supplier_channel_leads_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.channel} {self.position}"

    @property
    def shown(self) -> str:
        """Return where it leads as a page, a notice or the journal may say it."""
        return f"****{self.secret[-4:]}" if self.secret else self.address


class ProviderPace(models.Model):
    """What was asked of a provider lately, so that all workers together keep its limit. `key`: a bot, or sms."""

    key = models.CharField(max_length=80, unique=True)
    taken = models.JSONField(default=list, help_text="seconds since 1970 of the calls in the last minute")
    blocked_until = models.DateTimeField(null=True, help_text="the provider has asked for a pause")

    def __str__(self) -> str:
        return self.key


class SmsRule(models.Model):
    """Dated limits of text messages; the latest that has started holds. A message beyond them waits."""

    starts_on = models.DateField(unique=True)
    per_number_hour = models.PositiveIntegerField(default=5)
    per_number_day = models.PositiveIntegerField(default=10)
    per_minute = models.PositiveIntegerField(default=100, help_text="of the whole shop")
    per_day = models.PositiveIntegerField(default=5000, help_text="of the whole shop")
    segment_fen = models.PositiveIntegerField(default=5, help_text="price of 70 characters")
    day_ceiling_fen = models.PositiveBigIntegerField(default=20_000)
    month_ceiling_fen = models.PositiveBigIntegerField(default=300_000)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(per_number_hour__gt=0, per_number_day__gt=0, per_minute__gt=0, per_day__gt=0)
                & Q(segment_fen__gt=0),
                name="sms_rule_lets_something_through",
            )
        ]

    def __str__(self) -> str:
        return f"from {self.starts_on}"


class SmsUse(models.Model):
    """A text that was handed to the provider, with its price; the number only as a digest. Limits count these rows."""

    number = models.CharField(max_length=32)
    purpose = models.CharField(max_length=40)
    segments = models.PositiveSmallIntegerField()
    fen = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["number", "at"], name="sms_use_of_number")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.at:%Y-%m-%d %H:%M}"


class ShortLink(models.Model):
    """A guest's order by a code short enough for a text message; only the code's digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    record = models.OneToOneField(OrderRecord, on_delete=models.PROTECT, related_name="short_link")

    def __str__(self) -> str:
        return str(self.record_id)
