"""Money on its way: attempts, raw notices, captured payments, refund executions."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.gateways.bank_models import (
    BankAccount,
    ColumnMapping,
    Difference,
    MoneyAssignment,
    StatementFile,
    StatementLine,
)
from shop.gateways.bill_models import BillFile, FeeRule
from shop.gateways.money_models import MoneyMove, PayeeChange, PayerName
from shop.gateways.payer_models import PayerAccount, TransferBundle
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import PayMethod

#: Terms are a promise to pay; the money itself comes by one of these.
PROVIDERS = [choice for choice in PayMethod.choices if choice[0] != PayMethod.TERMS]
#: The models of bank statements, of bills that are files and of money's ways stand in modules of their own.
BANK_MODELS = (BankAccount, ColumnMapping, StatementFile, StatementLine, Difference, MoneyAssignment)
BILL_MODELS = (BillFile, FeeRule)
MONEY_MODELS = (PayerName, PayerAccount, TransferBundle, MoneyMove, PayeeChange)


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
    reference = models.CharField(
        max_length=255, default="", blank=True, help_text="the provider's id or code"
    )
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


class NoticeSubject(models.TextChoices):
    PAYMENT = "payment"
    REFUND = "refund"
    NOTHING = "nothing"


class PaymentNotice(models.Model):
    """What a provider told us, stored raw before it is applied; unique, so a repeat changes nothing."""

    provider = models.CharField(max_length=20)
    provider_event_id = models.CharField(max_length=120)
    body = models.TextField()
    body_digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=255, help_text="the provider's id of the payment it tells of")
    about = models.CharField(max_length=10, choices=NoticeSubject.choices, default=NoticeSubject.PAYMENT)
    foreign_account = models.CharField(
        max_length=80, default="", blank=True, help_text="the account it speaks of, if that is not the shop's"
    )
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=60, default="", blank=True)
    checked_at = models.DateTimeField(null=True, help_text="when a person looked into one nobody knows")

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
    moved_fen = models.BigIntegerField(default=0, help_text="of the unapplied money, given to other orders")
    moved_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="parts",
        help_text="the payment of whose surplus this is a part; refunds go back over it",
    )
    captured_at = models.DateTimeField()
    payer = models.CharField(max_length=80, default="", blank=True)
    payer_account = models.CharField(
        max_length=40, default="", blank=True, help_text="the account it came from, by the bank's line"
    )
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
                & Q(fen__gte=F("applied_fen") + F("returned_fen") + F("moved_fen"))
                & Q(applied_fen__gte=F("refunded_fen")),
                name="payment_spent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.fen}"

    @property
    def origin(self) -> "Payment":
        """Return the payment that came in, of whose surplus this one may be a part; refunds go back over it."""
        payment = self
        while payment.moved_from is not None:
            payment = payment.moved_from
        return payment


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
    sent_on = models.DateField(null=True, help_text="the bank's day of a transfer back")
    payee = models.CharField(max_length=80, default="", blank=True, help_text="empty: who paid")
    payee_account = models.CharField(
        max_length=40, default="", blank=True, help_text="empty: the account the money came from"
    )
    confirmed_by = models.BigIntegerField(null=True, help_text="who saw it on the bank's statement")
    last_error = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "payment"], name="execution_once"),
            models.UniqueConstraint(
                fields=["provider_reference", "sent_on"],
                condition=Q(sent_on__isnull=False),
                name="payout_line_once",
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="execution_positive"),
            models.CheckConstraint(
                condition=(Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")))
                & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("sent_by"))),
                name="execution_four_eyes",
            ),
        ]
        indexes = [
            # Looked for after every delivery, and few among all there ever were.
            models.Index(
                fields=["state"],
                condition=Q(state__in=(ExecutionState.PROPOSED, ExecutionState.CREATED, ExecutionState.SENT)),
                name="execution_open",
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
    refund_times = models.JSONField(default=dict, help_text="when each was made, by idempotency key")
    notify_at = models.DateTimeField(null=True, help_text="when a late payment lands and calls back")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.token} {self.outcome}"


class BillDifference(models.TextChoices):
    """Why a line of a channel's bill and the shop's books do not agree."""

    UNKNOWN_PAYMENT = "unknown_payment", _("The shop knows no such payment")
    UNKNOWN_REFUND = "unknown_refund", _("The shop sent no such refund")
    AMOUNT = "amount", _("The shop has another amount")
    CURRENCY = "currency", _("In another currency")
    TWICE = "twice", _("The bill has it twice")
    NOT_EXECUTED = "not_executed", _("The shop does not know yet that it went out")
    REFUND_FAILED = "refund_failed", _("A refund came back")
    DISPUTE = "dispute", _("Disputed by the buyer's bank")
    OTHER = "other", _("A movement that the shop does not know")
    FEE = "fee", _("Another fee than was agreed")


class BillImport(models.Model):
    """A reading of a channel's bill over a span of time; without `finished_at` it was cut off and is done again."""

    provider = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)
    new_lines = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(since__lt=F("until")), name="bill_span")]

    def __str__(self) -> str:
        return f"{self.provider} {self.since:%Y-%m-%d %H:%M}–{self.until:%Y-%m-%d %H:%M}"


class BillPage(models.Model):
    """A page of a channel's bill as it came over the network; kept once, and only if it told something new."""

    provider = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    raw = models.TextField()
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "digest"], name="bill_page_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.digest[:12]}"


class BillLine(models.Model):
    """A movement on the shop's account at a channel, and what of the shop's books it stands for.

    `settled_*`, fee and net are minor units of the currency the channel keeps the account in; `source_*` is what
    the buyer paid (positive) or got back (negative).
    """

    provider = models.CharField(max_length=20)
    line_id = models.CharField(max_length=80)
    page = models.ForeignKey(BillPage, on_delete=models.PROTECT, null=True, related_name="lines")
    file = models.ForeignKey(BillFile, on_delete=models.PROTECT, null=True, related_name="lines")
    kind = models.CharField(max_length=20)
    channel_kind = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    available_at = models.DateTimeField()
    settled_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    settled_currency = models.CharField(max_length=3)
    source = models.CharField(max_length=80, default="", blank=True)
    source_minor = models.BigIntegerField(default=0)
    source_currency = models.CharField(max_length=3, default="", blank=True)
    key = models.CharField(max_length=64, default="", blank=True, help_text="the shop's own idempotency key")
    description = models.CharField(max_length=200, default="", blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="bill_lines")
    execution = models.ForeignKey(
        RefundExecution, on_delete=models.PROTECT, null=True, related_name="bill_lines"
    )
    difference = models.CharField(max_length=20, choices=BillDifference.choices, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "line_id"], name="bill_line_once"),
            models.CheckConstraint(
                condition=Q(page__isnull=True, file__isnull=False) | Q(page__isnull=False, file__isnull=True),
                name="bill_line_one_origin",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="payment", difference=""), name="bill_payment_once"
            ),
            models.UniqueConstraint(
                fields=["execution"], condition=Q(kind="refund", difference=""), name="bill_refund_once"
            ),
        ]
        indexes = [models.Index(fields=["provider", "-occurred_at"], name="bill_line_newest")]

    def __str__(self) -> str:
        return f"{self.provider} {self.line_id} {self.difference}"
