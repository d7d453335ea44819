"""Daily bills of payment channels that come as files, and the fee that was agreed with a channel."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BillChannel(models.TextChoices):
    """Channels whose daily bill is a file that staff upload. The codes are the provider's name in payments."""

    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")


class BillFile(models.Model):
    """A channel's bill of one day, kept byte for byte; the same bytes again change nothing."""

    provider = models.CharField(max_length=20, choices=BillChannel.choices)
    day = models.DateField(help_text="the channel's day, in Shanghai")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the bytes")
    raw = models.BinaryField()
    run = models.OneToOneField(
        "gateways.BillImport", on_delete=models.PROTECT, related_name="file", help_text="the day it covers"
    )
    rows = models.IntegerField()
    new = models.IntegerField()
    known = models.IntegerField()
    changed = models.IntegerField()
    paid_fen = models.BigIntegerField(help_text="of its payments")
    refunded_fen = models.BigIntegerField(help_text="of its refunds, positive")
    fee_fen = models.BigIntegerField()
    uploaded_by = models.BigIntegerField()
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rows=F("new") + F("known") + F("changed")), name="bill_file_adds_up"
            )
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="bill_file_newest")]

    def __str__(self) -> str:
        return self.name


class FeeRule(models.Model):
    """What a channel takes of a payment, from a day on: millionths of the sum; the latest that has started holds."""

    provider = models.CharField(max_length=20)
    starts_on = models.DateField()
    millionths = models.PositiveIntegerField(help_text="6000 is 0.6 %")
    set_by = models.BigIntegerField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "starts_on"], name="fee_rule_once"),
            models.CheckConstraint(condition=Q(millionths__lt=1_000_000), name="fee_rule_below_all"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.millionths} from {self.starts_on}"

    @property
    def channel(self) -> str:
        """Return the channel's name as people read it."""
        return str(dict(BillChannel.choices).get(self.provider, self.provider))

    @property
    def shown(self) -> str:
        """Return the fee in percent as people read it."""
        whole, rest = divmod(self.millionths, 10_000)
        digits = f"{rest:04d}".rstrip("0")
        return f"{whole}.{digits}%" if digits else f"{whole}%"
