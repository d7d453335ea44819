"""Organisations that buy, who acts for them, and the terms on which they may pay later."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.buyers.invitation_models import Invitation
from shop.buyers.invoice_models import InvoiceProfile
from shop.buyers.paper_models import OrganisationPaper
from shop.buyers.roles import MemberRole

__all__ = [
    "BuyerKind",
    "Invitation",
    "InvoiceProfile",
    "MemberRole",
    "Membership",
    "MembershipState",
    "Organisation",
    "OrganisationPaper",
    "OrganisationState",
    "PaymentTerms",
]


class BuyerKind(models.TextChoices):
    """What an organisation is (counting rules, section 4); a person is `resident` and no organisation."""

    UNION = "union", _("Trade union")
    CANTEEN = "canteen", _("Canteen of a budget unit")
    BUDGET_OTHER = "budget_other", _("Other budget unit")
    SOE = "soe", _("State-owned enterprise")
    PRIVATE = "private", _("Private enterprise")
    SOCIAL = "social", _("Social organisation")
    OUTSIDE = "outside", _("Organisation outside the district")


class OrganisationState(models.TextChoices):
    PENDING = "pending", _("Waiting for verification")
    VERIFIED = "verified", _("Verified")
    SUSPENDED = "suspended", _("Suspended")


class MembershipState(models.TextChoices):
    ACTIVE = "active", _("Active")
    REMOVED = "removed", _("Removed")


class Organisation(models.Model):
    """A unit that buys in its own name. `code` is its key in grants, orders and the ledger; it never changes."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=BuyerKind.choices)
    credit_code = models.CharField(
        max_length=18,
        default="",
        blank=True,
        help_text="统一社会信用代码 (GB 32100-2015); may be empty in a demonstration",
    )
    of_district = models.BooleanField(
        default=True, help_text="its purchases are direct 直接采购, else assisted"
    )
    state = models.CharField(
        max_length=10, choices=OrganisationState.choices, default=OrganisationState.PENDING, db_index=True
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="sub_units"
    )
    registered_at = models.DateTimeField()
    verified_by = models.BigIntegerField(null=True)
    verified_at = models.DateTimeField(null=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code=""), name="organisation_credit_code_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_by__isnull=False, verified_at__isnull=False),
                name="organisation_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="pending") | Q(demo=True) | ~Q(credit_code=""),
                name="organisation_verified_with_credit_code",
            ),
            models.CheckConstraint(
                condition=~Q(kind="outside") | Q(of_district=False), name="organisation_outside_is_outside"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="organisation_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person who acts for an organisation in one role; the grant that pages read is written with it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    state = models.CharField(max_length=10, choices=MembershipState.choices, default=MembershipState.ACTIVE)
    added_by = models.BigIntegerField(null=True)
    added_at = models.DateTimeField()
    removed_by = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "role"], condition=Q(state="active"), name="membership_once"
            ),
            models.CheckConstraint(
                condition=Q(state="active", removed_at__isnull=True)
                | Q(state="removed", removed_at__isnull=False),
                name="membership_removed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.user_id} {self.role}"


class PaymentTerms(models.Model):
    """Pay after acceptance, up to a limit of unpaid goods; proposed by one person, approved by another."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="the last day; empty: open-ended")
    days_after_acceptance = models.PositiveSmallIntegerField()
    limit_fen = models.BigIntegerField(help_text="released and unpaid orders together may not exceed it")
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "payment terms"
        constraints = [
            models.CheckConstraint(condition=Q(limit_fen__gt=0), name="terms_limit_positive"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="terms_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (
                    Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("proposed_by"))
                ),
                name="terms_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} from {self.starts_on}"
