"""Money on its way: attempts, raw notices, captured payments, refund executions."""

from django.db import models
from django.db.models import F, Q

from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import PayMethod

#: Terms are a promise to pay; the money itself comes by one of these.
PROVIDERS = [choice for choice in PayMethod.choices if choice[0] != PayMethod.TERMS]


class AttemptState(models.TextChoices):
    CREATED = "created"
    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class PaymentAttempt(models.Model):
    """One try to pay an order; the idempotency key is stored before the provider is asked."""

    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=20, choices=PROVIDERS)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.CREATED)
    idempotency_key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=80, default="", blank=True, help_text="the provider's id or code")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"], condition=~Q(reference=""), name="attempt_reference_once"
            ),
            models.UniqueConstraint(
                fields=["record", "provider"],
                condition=Q(state__in=["created", "open"]),
                name="attempt_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.record_id} {self.state}"


class PaymentNotice(models.Model):
    """What a provider told us, stored raw before it is applied; unique, so a repeat changes nothing."""

    provider = models.CharField(max_length=20)
    provider_event_id = models.CharField(max_length=120)
    body = models.TextField()
    body_digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=80, help_text="the provider's id of the payment it tells of")
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=60, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "provider_event_id"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_event_id}"


class Payment(models.Model):
    """Captured money. What is neither applied nor returned is `unapplied`, with an owner and an age."""

    key = models.CharField(max_length=64, unique=True, help_text="payment_key of the ledger, and its stream")
    provider = models.CharField(max_length=20)
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, null=True, related_name="payments")
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, null=True, related_name="payments")
    fen = models.BigIntegerField()
    applied_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0, help_text="of the applied money, sent back")
    returned_fen = models.BigIntegerField(default=0, help_text="of the unapplied money, sent back")
    captured_at = models.DateTimeField()
    payer = models.CharField(max_length=80, default="", blank=True)
    verified_by = models.CharField(
        max_length=60, default="", blank=True, help_text="provider or two user ids"
    )
    held_reason = models.CharField(
        max_length=40, default="", blank=True, help_text="why it may not be applied without a person"
    )
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fen__gt=0)
                & Q(fen__gte=F("applied_fen") + F("returned_fen"))
                & Q(applied_fen__gte=F("refunded_fen")),
                name="payment_spent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.fen}"


class TransferState(models.TextChoices):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class TransferClaim(models.Model):
    """A bank transfer a staff member saw on the account; a second one confirms it (four eyes)."""

    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, null=True, related_name="claims")
    reference = models.CharField(max_length=80)
    bank_serial = models.CharField(max_length=40)
    booked_on = models.DateField()
    fen = models.BigIntegerField()
    payer = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    confirmed_by = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank_serial", "booked_on"], condition=~Q(state="rejected"), name="bank_line_once"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="transfer_four_eyes",
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="transfer_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_serial} {self.fen}"


class ExecutionState(models.TextChoices):
    PROPOSED = "proposed"
    CREATED = "created"
    SENT = "sent"
    EXECUTED = "executed"
    FAILED = "failed"


class RefundExecution(models.Model):
    """Money sent back out of one payment: for a refund request, or of unapplied money (request null).

    PROPOSED waits for a second person, CREATED for the provider (or the staff, for a bank transfer).
    """

    request = models.ForeignKey(RefundRequest, on_delete=models.PROTECT, null=True, related_name="executions")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="executions")
    fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ExecutionState.choices, default=ExecutionState.CREATED)
    idempotency_key = models.CharField(max_length=64, unique=True)
    provider_reference = models.CharField(max_length=80, default="", blank=True)
    requested_by = models.BigIntegerField(null=True)
    approved_by = models.BigIntegerField(null=True)
    sent_by = models.BigIntegerField(null=True, help_text="who made the bank transfer back")
    confirmed_by = models.BigIntegerField(null=True, help_text="who saw it on the bank's statement")
    last_error = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "payment"], name="execution_once"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="execution_positive"),
            models.CheckConstraint(
                condition=(Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")))
                & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("sent_by"))),
                name="execution_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} −{self.fen} {self.state}"


class HostedPayment(models.Model):
    """The demo provider's own books: stands for the other side, knows nothing of orders."""

    idempotency_key = models.CharField(max_length=64, unique=True)
    token = models.CharField(max_length=64, unique=True)
    amount_fen = models.BigIntegerField()
    return_path = models.CharField(max_length=200, default="", blank=True)
    outcome = models.CharField(max_length=10, default="", blank=True, help_text="paid, failed or expired")
    paid_at = models.DateTimeField(null=True)
    refunds = models.JSONField(default=dict, help_text="fen by idempotency key")
    notify_at = models.DateTimeField(null=True, help_text="when a late payment lands and calls back")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.token} {self.outcome}"
