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


class Pool(models.TextChoices):
    """Stock is kept apart, so that bulk orders never starve the shop, and the other way round."""

    RETAIL = "retail"
    BULK = "bulk"


class StockPool(models.TextChoices):
    """The pools of the balances: what is for sale, and what is kept from it (expired, damaged, being checked)."""

    RETAIL = "retail", _("Retail")
    BULK = "bulk", _("Bulk")
    WITHHELD = "withheld", _("Withheld from sale")


class AlertKind(models.TextChoices):
    """What is to be known about a product's stock, the worst first."""

    STUCK = "stuck", _("Promised, but past its date")
    EXPIRED = "expired", _("Past its date")
    OUT = "out", _("Sold out")
    EXPIRING = "expiring", _("Expires soon")
    LOW = "low", _("Running low")


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


class ReshipState(models.TextChoices):
    REQUESTED = "requested", _("To be sent")
    SHIPPED = "shipped", _("Sent")
    SIGNED = "signed", _("Signed for")
    CANCELLED = "cancelled", _("Called off")


class PayMethod(models.TextChoices):
    DEMO = "demo", _("Demo payment")
    STRIPE = "stripe", _("Card, Alipay or WeChat Pay")
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    TERMS = "terms", _("On terms, after acceptance")


class Attention(models.TextChoices):
    """Why a person must look at an order (OrderRecord.attention)."""

    PARTIAL = "partial", _("Paid in part")
    SURPLUS = "surplus", _("More money came than was due")
    LATE_PARTIAL = "late_partial", _("Money came after closing, less than was due")
    LATE_NO_STOCK = "late_no_stock", _("Money came after closing and the goods are gone")
    LATE_LIMIT = (
        "late_limit",
        _("Money came after closing and the buyer has bought as many since as one person may"),
    )
    LATE_COUPON = "late_coupon", _("Money came after closing and its coupon has been used for another order")
    LATE_FORGOTTEN = "late_forgotten", _("Money came after closing and its buyer has closed the account")


class CloseReason(models.TextChoices):
    """Why an unpaid order was closed."""

    BUYER = "buyer", _("Cancelled by the buyer")
    EXPIRED = "expired", _("Not paid in time")
    STAFF = "staff", _("Cancelled by the shop")
    NOTHING_DUE = "nothing_due", _("Nothing left to pay")
    SUPPLIER = "supplier", _("A supplier does not sell at present")


class Step(models.TextChoices):
    """A step in an order's history: the journal's action and the timeline's code."""

    PLACED = "order.placed", _("Order placed")
    PAID = "order.paid", _("Payment received")
    RELEASED = "order.released", _("Handed to the suppliers")
    CLOSING = "order.closing", _("Being closed")
    CLOSED = "order.closed", _("Order closed")
    REOPENED = "order.reopened", _("Reopened by a late payment")
    REDUCED = "order.reduced", _("Amount due lowered")
    PART_SHIPPED = "order.part_shipped", _("Partly shipped")
    SHIPPED = "order.shipped", _("Shipped")
    RECEIVED = "order.received", _("Received")
    ACCEPTED = "order.accepted", _("Goods accepted")
    REFUND_REQUESTED = "refund.requested", _("Refund requested")
    REFUND_APPROVED = "refund.approved", _("Refund approved")
    REFUND_EXECUTED = "refund.executed", _("Refund paid out")
    REFUND_FAILED = "refund.failed", _("Refund failed")
    REFUND_WITHDRAWN = "refund.withdrawn", _("Refund request withdrawn")
    ATTENTION = "order.attention", _("Being checked by the shop")
    ATTENTION_CLEARED = "order.attention_cleared", _("Checked by the shop")
    SHIPPING_STOPPED = "order.shipping_stopped", _("Shipping stopped by the shop")
    SHIPPING_RESUMED = "order.shipping_resumed", _("Shipping goes on")
    ADDRESS_CORRECTED = "order.address_corrected", _("Address corrected")
    NOTE = "order.note", _("Note of the shop")
    RESHIP_REQUESTED = "reshipment.requested", _("A replacement will be sent free of charge")
    RESHIPPED = "reshipment.shipped", _("Replacement sent")
    RESHIP_SIGNED = "reshipment.signed", _("Replacement signed for")
    RESHIP_CANCELLED = "reshipment.cancelled", _("Replacement called off")


class CutState(models.TextChoices):
    """What became of the wish to take a suspended supplier's goods off an unpaid order."""

    WAITING = "waiting", _("Waiting for open payments to end")
    STUCK = "stuck", _("Waiting for a decision of the shop")
    CUT = "cut", _("Taken off")
    LEFT = "left", _("Left as they were")


class CutTrouble(models.TextChoices):
    """Why goods cannot be taken off an order without a person."""

    MONEY = "money", _("Money for it has come in, or is being checked")
    PROVIDER = "provider", _("Its payment has begun and could not be ended")
