"""Why money waits for a person: stored as OrderRecord.attention and Payment.held_reason."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MoneyAttention(models.TextChoices):
    """What about a payment or refund a person must look at."""

    AMOUNT = "payment_amount", _("The amount paid is not the amount asked for")
    CURRENCY = "payment_currency", _("Paid in another currency")
    LIVEMODE = "payment_livemode", _("Play money for a real order, or real money for a demonstration order")
    ACCOUNT = "payment_account", _("A notice speaks of an account that is not the shop's")
    REFUND_UNCOVERED = "refund_uncovered", _("A refund is more than is left of the payments")
    REFUND_FAILED = "refund_failed", _("A refund failed")
    REFUND_PART_FAILED = "refund_part_failed", _("A part of a refund failed")
    REFUND_BOUNCED = "refund_bounced", _("A refund that had gone out came back to the shop's account")
