"""What people put right in the ledger, what proves it, and which foreign keys it has used: all dated."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.files.models import StoredFile


class CorrectionState(models.TextChoices):
    REQUESTED = "requested", _("Waits for another person")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class CorrectionReason(models.TextChoices):
    WRONG_PLACE = "wrong_place", _("Another place of production")
    WRONG_BUYER = "wrong_buyer", _("Another kind of buyer")
    WRONG_UNIT = "wrong_unit", _("Credited to another unit")
    WRONG_CHANNEL = "wrong_channel", _("Sold through another channel")
    AUDIT = "audit", _("Found by an audit")
    OTHER = "other", _("Another reason, said in words")


class Correction(models.Model):
    """What is to be said anew of one share: asked for by one person with a paper, decided by another.

    `before` is what the ledger said when it was asked for; an approval of anything else is refused.
    """

    number = models.CharField(max_length=24, unique=True)
    order_number = models.CharField(max_length=32, db_index=True)
    source_key = models.CharField(max_length=80)
    title = models.CharField(max_length=160, help_text="line and product, as staff read it")
    before = models.JSONField()
    facts = models.JSONField(help_text="the new values, by dimension")
    reason = models.CharField(max_length=20, choices=CorrectionReason.choices)
    note = models.CharField(max_length=200)
    attachment = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="corrections")
    state = models.CharField(
        max_length=10, choices=CorrectionState.choices, default=CorrectionState.REQUESTED
    )
    requested_by = models.BigIntegerField()
    requested_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_key"], condition=Q(state="requested"), name="correction_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="requested", decided_by__isnull=True)
                | (~Q(state="requested") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="correction_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("requested_by")),
                name="correction_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="correction_newest")]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class EvidenceKind(models.TextChoices):
    CHANNEL_LINE = "channel_line", _("Line of a channel's bill or of the bank")
    ACCEPTANCE = "acceptance", _("Acceptance report")
    INVOICE = "invoice", _("Invoice")
    NO_INVOICE = "no_invoice", _("No invoice was asked for")
    PAYMENT = "payment", _("Payment verified")
    PARCEL = "parcel", _("The courier number is of this parcel alone")
    DOCUMENT = "document", _("Document only, checked by two people")


class EvidenceFact(models.Model):
    """A dated fact about what proves an order's money: `holds` or does not hold any more. Append-only."""

    order_number = models.CharField(max_length=32)
    payment_key = models.CharField(max_length=80, default="", blank=True, help_text="empty: of all payments")
    kind = models.CharField(max_length=16, choices=EvidenceKind.choices)
    holds = models.BooleanField()
    reference = models.CharField(max_length=120, help_text="what it stands on, and that it is told of once")
    reason = models.CharField(max_length=200, default="", blank=True)
    recorded_by = models.BigIntegerField(null=True, help_text="null: found by the shop itself")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_number", "payment_key", "kind", "holds", "reference"],
                name="evidence_fact_once",
            ),
            models.CheckConstraint(
                condition=Q(holds=True) | ~Q(reason=""), name="evidence_gone_for_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["order_number", "id"], name="evidence_of_order")]

    def __str__(self) -> str:
        return f"{self.order_number} {self.kind} {'+' if self.holds else '−'}"


class ConsentDecision(models.Model):
    """A person's word that a purchase of their own counts for their unit, or no more; append-only, the last holds."""

    order_number = models.CharField(max_length=32)
    organisation = models.CharField(max_length=40, help_text="code of the unit")
    given = models.BooleanField()
    decided_by = models.BigIntegerField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(organisation=""), name="consent_for_somebody"),
        ]
        indexes = [models.Index(fields=["order_number", "id"], name="consent_of_order")]

    def __str__(self) -> str:
        return f"{self.order_number} {self.organisation} {'+' if self.given else '−'}"


class KeyKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice number")
    COURIER = "courier", _("Courier number")
    PLATFORM = "platform", _("Order number of an external platform")
    BANK_LINE = "bank_line", _("Line of a bank statement")
    TRANSACTION = "transaction", _("Transaction of a payment service")
    TICKET = "ticket", _("Ticket of a store")


class RegisteredKey(models.Model):
    """A foreign key that one thing of the shop has claimed: it can prove nothing else (counting rules, section 7)."""

    kind = models.CharField(max_length=12, choices=KeyKind.choices)
    value = models.CharField(max_length=160)
    owner = models.CharField(max_length=80, help_text="what claimed it, such as parcel:17")
    order_number = models.CharField(max_length=32, default="", blank=True)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="registered_key_once")]
        indexes = [models.Index(fields=["owner"], name="registered_key_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}: {self.owner}"


class CollisionState(models.TextChoices):
    OPEN = "open", _("Waits for a person")
    SEPARATE = "separate", _("Both are right")
    SAME = "same", _("The second one is refused")


class KeyCollision(models.Model):
    """A second claim on a registered key: it waits for a person instead of entering the ledger."""

    key = models.ForeignKey(RegisteredKey, on_delete=models.PROTECT, related_name="collisions")
    owner = models.CharField(max_length=80, help_text="what claimed it second")
    order_number = models.CharField(max_length=32, default="", blank=True)
    state = models.CharField(max_length=10, choices=CollisionState.choices, default=CollisionState.OPEN)
    seen_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "owner"], name="key_collision_once"),
            models.CheckConstraint(
                condition=Q(state="open", decided_by__isnull=True)
                | (~Q(state="open") & Q(decided_by__isnull=False) & ~Q(reason="")),
                name="key_collision_decided",
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="key_collision_open")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.owner} {self.state}"
