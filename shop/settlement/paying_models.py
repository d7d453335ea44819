"""Statements of what a supplier is owed, accounts to which it is paid, and the lists by which the bank is told."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.gateways.bank_models import StatementLine
from shop.suppliers.models import Supplier


class PayeeState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting to be verified")
    VERIFIED = "verified", _("Verified")
    REFUSED = "refused", _("Not accepted")
    REPLACED = "replaced", _("Replaced by a newer one")


class PayeeAccount(models.Model):
    """A bank account of a supplier: entered by one person, verified by another before money goes there."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payee_accounts")
    holder = models.CharField(max_length=80)
    bank = models.CharField(max_length=80)
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=PayeeState.choices, default=PayeeState.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(state="verified"), name="payee_account_one_holds"
            ),
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(state="proposed"), name="payee_account_one_waits"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "replaced"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="payee_account_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(holder="") & ~Q(bank="") & ~Q(number=""), name="payee_account_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.ending}"

    @property
    def ending(self) -> str:
        """Return the number as pages show it: its last four digits."""
        return f"**** {self.number[-4:]}"


class SupplierStatement(models.Model):
    """What a period did to what is owed to a supplier; frozen when it is drawn (triggers on both engines)."""

    number = models.CharField(max_length=60, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="statements")
    demo = models.BooleanField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    opening_fen = models.BigIntegerField(help_text="carried over")
    goods_fen = models.BigIntegerField(help_text="confirmed")
    back_fen = models.BigIntegerField(help_text="goods and freight taken back for refunds")
    freight_fen = models.BigIntegerField()
    subsidy_fen = models.BigIntegerField(default=0, help_text="of coupons that the shop bears")
    commission_fen = models.BigIntegerField(help_text="less what was given back")
    payout_fen = models.BigIntegerField(help_text="put into pay-out lists, less what came back")
    closing_fen = models.BigIntegerField()
    pending_fen = models.BigIntegerField(help_text="not confirmed at the end; no part of the sums")
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the entries' canonical lines")
    drawn_by = models.BigIntegerField(null=True, help_text="null: by the clock")
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "demo", "starts_on"], name="supplier_statement_once"),
            models.CheckConstraint(
                condition=Q(
                    closing_fen=F("opening_fen")
                    + F("goods_fen")
                    + F("freight_fen")
                    + F("subsidy_fen")
                    - F("back_fen")
                    - F("commission_fen")
                    - F("payout_fen")
                ),
                name="supplier_statement_adds_up",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="supplier_statement_dates"),
        ]
        indexes = [models.Index(fields=["demo", "-ends_on", "supplier"], name="supplier_statement_latest")]

    def __str__(self) -> str:
        return self.number


class ListState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for the second person")
    CHECKED = "checked", _("Waiting for the third person")
    APPROVED = "approved", _("Approved, to be paid by the bank")
    PAID = "paid", _("Paid")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PayoutList(models.Model):
    """Whom the bank is told to pay: made by one person, approved by another, a third one between where that is set."""

    number = models.CharField(max_length=32, unique=True)
    demo = models.BooleanField()
    through = models.DateField(help_text="statements up to this day")
    state = models.CharField(max_length=10, choices=ListState.choices, default=ListState.PROPOSED)
    third_person = models.BooleanField(default=False)
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()
    checked_by = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)
    approved_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"])
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("made_by"))),
                name="payout_list_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"], third_person=True)
                | (
                    Q(checked_by__isnull=False)
                    & ~Q(checked_by=F("made_by"))
                    & ~Q(checked_by=F("approved_by"))
                ),
                name="payout_list_six_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ItemState(models.TextChoices):
    WAITING = "waiting", _("Waiting for approval")
    HELD = "held", _("Held back")
    LISTED = "listed", _("At the bank")
    PAID = "paid", _("Paid")
    RELEASED = "released", _("Not paid, owed again")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HeldReason(models.TextChoices):
    NO_ACCOUNT = "no_account", _("No bank account has been entered")
    NOT_VERIFIED = "not_verified", _("The bank account has not been verified yet")
    NEGATIVE = "negative", _("Refunds exceed the sales; carried over to the next period")


class PayoutItem(models.Model):
    """What one supplier gets by a list, or why it gets nothing; the payee is as it was when the list was made."""

    list = models.ForeignKey(PayoutList, on_delete=models.PROTECT, related_name="items")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payouts")
    statement = models.ForeignKey(SupplierStatement, on_delete=models.PROTECT, related_name="payouts")
    demo = models.BooleanField()
    reference = models.CharField(max_length=40, unique=True, help_text="stands in the bank's remark")
    fen = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ItemState.choices)
    held_reason = models.CharField(max_length=12, choices=HeldReason.choices, default="", blank=True)
    account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, null=True, related_name="payouts")
    bank_serial = models.CharField(max_length=40, default="", blank=True, help_text="entered by hand")
    line = models.OneToOneField(
        StatementLine, on_delete=models.PROTECT, null=True, related_name="supplier_payout"
    )
    paid_on = models.DateField(null=True)
    release_asked_by = models.BigIntegerField(null=True)
    release_reason = models.CharField(max_length=200, default="", blank=True)
    released_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "supplier"], name="payout_item_once"),
            # Two lists that wait at once would pay the same fen twice.
            models.UniqueConstraint(
                fields=["supplier", "demo"], condition=Q(state="waiting"), name="payout_item_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state="held") & ~Q(held_reason="")
                | ~Q(state="held") & Q(held_reason="", fen__gt=0, account__isnull=False),
                name="payout_item_held_or_payable",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(line__isnull=False, paid_on__isnull=False),
                name="payout_item_paid_by_a_line",
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | (Q(released_by__isnull=False) & ~Q(released_by=F("release_asked_by"))),
                name="payout_item_released_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["fen"], condition=Q(state="listed"), name="payout_item_at_the_bank"),
        ]

    def __str__(self) -> str:
        return self.reference
