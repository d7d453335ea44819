"""The bank's own word: accounts, statement files, their lines, and every difference with the books."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BankAccount(models.Model):
    """An account of ours of which statements are imported."""

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80, help_text="whom the account belongs to")
    bank = models.CharField(max_length=80, default="", blank=True)
    not_buyers = models.TextField(
        default="",
        blank=True,
        help_text="payers, one on a line, whose money is never a buyer's: payouts, own accounts",
    )
    demo = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class ColumnMapping(models.Model):
    """What the bank calls its columns: one amount, signed or with a column that says the sign, or one per direction."""

    account = models.OneToOneField(BankAccount, on_delete=models.PROTECT, related_name="mapping")
    booked_on = models.CharField(max_length=40)
    serial = models.CharField(max_length=40)
    amount = models.CharField(max_length=40, default="", blank=True)
    direction = models.CharField(
        max_length=40,
        default="",
        blank=True,
        help_text="says of an amount without sign whether it came or left",
    )
    amount_in = models.CharField(max_length=40, default="", blank=True)
    amount_out = models.CharField(max_length=40, default="", blank=True)
    payer = models.CharField(max_length=40)
    payer_account = models.CharField(max_length=40, default="", blank=True)
    purpose = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(~Q(amount="") & Q(amount_in="", amount_out=""))
                | (Q(amount="") & ~Q(amount_in="") & ~Q(amount_out="")),
                name="mapping_one_amount",
            ),
            models.CheckConstraint(
                condition=Q(direction="") | ~Q(amount=""), name="mapping_direction_of_an_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"columns of {self.account_id}"


class FileState(models.TextChoices):
    PREVIEWED = "previewed", _("Waiting for the second person")
    APPLIED = "applied", _("Imported")
    DISCARDED = "discarded", _("Discarded")


class StatementFile(models.Model):
    """An uploaded statement, kept byte for byte. Nothing of it counts before a second person confirms it."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the bytes")
    raw = models.BinaryField()
    mapping = models.JSONField(default=dict, help_text="the column names with which it was read")
    state = models.CharField(max_length=10, choices=FileState.choices, default=FileState.PREVIEWED)
    rows = models.IntegerField(default=0)
    new = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    preview = models.JSONField(default=list, help_text="its first new lines, for who confirms them")
    changed = models.JSONField(default=list, help_text="rows that differ from the line with their key")
    faults = models.JSONField(default=list, help_text="row, column and reason of what cannot be read")
    faulty = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0, help_text="rows of totals")
    imported_by = models.BigIntegerField()
    imported_at = models.DateTimeField()
    confirmed_by = models.BigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("imported_by")),
                name="statement_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied")
                | Q(confirmed_by__isnull=False, applied_at__isnull=False, faulty=0),
                name="statement_applied_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Direction(models.TextChoices):
    IN = "in", _("Money received")
    OUT = "out", _("Money sent")


class LineState(models.TextChoices):
    """What became of a line. Whether TAKEN money is matched or unapplied is its payment's to say."""

    NEW = "new", _("Being matched")
    TAKEN = "taken", _("Taken as money")
    EVIDENCE = "evidence", _("Evidence of what was known")
    EXECUTED = "executed", _("Executed a refund")
    PAYOUT = "payout", _("Paid to a supplier")
    IGNORED = "ignored", _("Not a buyer's money")
    DIFFERENCE = "difference", _("Difference")


class StatementLine(models.Model):
    """A line of a statement. Its key is that of the register: serial, account and day (counting rules, section 7)."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="lines")
    row = models.IntegerField()
    booked_on = models.DateField()
    serial = models.CharField(max_length=40)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    fen = models.BigIntegerField()
    payer = models.CharField(
        max_length=80, default="", blank=True, help_text="the other side, who pays or is paid"
    )
    payer_account = models.CharField(max_length=40, default="", blank=True)
    purpose = models.CharField(max_length=300, default="", blank=True)
    reference = models.CharField(
        max_length=80, default="", blank=True, help_text="the transfer code found in it"
    )
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.NEW)
    payment = models.ForeignKey(
        "gateways.Payment", on_delete=models.PROTECT, null=True, related_name="bank_lines"
    )
    claim = models.OneToOneField(
        "gateways.TransferClaim", on_delete=models.PROTECT, null=True, related_name="bank_line"
    )
    execution = models.OneToOneField(
        "gateways.RefundExecution", on_delete=models.PROTECT, null=True, related_name="bank_line"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "booked_on", "serial"], name="statement_line_once"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(payment__isnull=False), name="statement_line_of_payment"
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="statement_line_positive"),
            models.CheckConstraint(
                condition=(
                    Q(direction="in", execution__isnull=True) | Q(direction="out", payment__isnull=True)
                )
                & (~Q(state="taken") | Q(payment__isnull=False))
                & (~Q(state="executed") | Q(execution__isnull=False)),
                name="statement_line_one_meaning",
            ),
        ]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="statement_line_by_day"),
            models.Index(
                fields=["state"], condition=Q(state__in=["new", "difference"]), name="statement_line_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on:%Y%m%d} {self.serial} {self.direction} {self.fen}"


class DifferenceKind(models.TextChoices):
    """What does not fit, and so has an owner and an age."""

    NO_ORDER = "no_order", _("Money without an order")
    NO_LINE = "no_line", _("Confirmed by hand, not on any statement for 3 working days")
    NO_PAYOUT_LINE = "no_payout_line", _("Sent back by hand, not on any statement for 3 working days")
    CLAIM_DIFFERS = "claim_differs", _("Entered by hand with another amount or code")
    CLAIM_EVIDENCED = "claim_evidenced", _("Entered by hand, and another line is its evidence already")
    SERIAL_TAKEN = "serial_taken", _("Another account has taken this serial number of the day as money")
    CHANGED = "changed", _("A later statement says something else about this line")
    OUTGOING = "outgoing", _("Sent, and no refund asks for it")
    OUTGOING_AMBIGUOUS = "ambiguous", _("Sent, and several refunds ask for it")
    PAYEE = "payee", _("Sent to somebody else than the payer")
    BILL_LINE = "bill_line", _("A line of a channel's bill that the books do not have like this")
    BILL_CHANGED = "bill_changed", _("A later bill says something else about this line")
    NOT_IN_BILL = "not_in_bill", _("A payment that the channel's bill does not show")
    REFUND_NOT_IN_BILL = "refund_not_in_bill", _("A refund that the channel's bill does not show")
    NO_BILL = "no_bill", _("A day with payments and without a bill")


class Difference(models.Model):
    """What the books do not agree on with a bank or a channel: somebody owns it until it is resolved with a note."""

    kind = models.CharField(max_length=20, choices=DifferenceKind.choices)
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, null=True, related_name="differences")
    claim = models.ForeignKey(
        "gateways.TransferClaim", on_delete=models.PROTECT, null=True, related_name="differences"
    )
    execution = models.ForeignKey(
        "gateways.RefundExecution", on_delete=models.PROTECT, null=True, related_name="differences"
    )
    bill_line = models.ForeignKey(
        "gateways.BillLine", on_delete=models.PROTECT, null=True, related_name="differences"
    )
    payment = models.ForeignKey(
        "gateways.Payment", on_delete=models.PROTECT, null=True, related_name="differences"
    )
    fen = models.BigIntegerField()
    detail = models.CharField(max_length=300, default="", blank=True)
    key = models.CharField(
        max_length=120, unique=True, help_text="what it is about, so that it is opened once"
    )
    owner_id = models.BigIntegerField(help_text="who looks after it")
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.BigIntegerField(null=True, help_text="null when the missing piece has come")
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["opened_at"], condition=Q(resolved_at__isnull=True), name="difference_open")
        ]

    def __str__(self) -> str:
        return self.key


class AssignmentState(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class MoneyAssignment(models.Model):
    """Money without an order is said to be for one: by one person, approved by another."""

    payment = models.ForeignKey("gateways.Payment", on_delete=models.PROTECT, related_name="assignments")
    record = models.ForeignKey("ordering.OrderRecord", on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=~Q(state="withdrawn"), name="assignment_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="assignment_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.record_id} {self.state}"
