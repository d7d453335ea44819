"""States of an order. Payment, release and fulfilment are three columns, never one status."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    UNPAID = "unpaid", _("Waiting for payment")
    CLOSING = "closing", _("Being closed")
    PAID = "paid", _("Paid")
    CLOSED = "closed", _("Closed")


class ReleaseState(models.TextChoices):
    HELD = "held", _("Not yet released")
    RELEASED = "released", _("Released for shipping")


class FulfilmentState(models.TextChoices):
    NONE = "none", _("Not shipped")
    PART = "part", _("Partly shipped")
    SHIPPED = "shipped", _("Shipped")
    RECEIVED = "received", _("Received")


class Eligibility(models.TextChoices):
    ELIGIBLE = "eligible", _("Counts as consumption support")
    PENDING = "pending", _("Origin claim not verified yet")
    INELIGIBLE = "ineligible", _("Not counted")


class ChargeKind(models.TextChoices):
    FREIGHT = "freight", _("Freight")
    FEE = "fee", _("Fee")
    DONATION = "donation", _("Donation")


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    EXECUTED = "executed", _("Refunded")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PayMethod(models.TextChoices):
    DEMO = "demo", _("Demo payment")
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
