"""How a seller comes in: its application, its papers with their dates, and the times in which it may not sell."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.accounts.phones import shown_phone
from shop.files.models import StoredFile
from shop.regions.models import PartnerRegion


class SupplierKind(models.TextChoices):
    ENTERPRISE = "enterprise", _("Enterprise")
    COOPERATIVE = "cooperative", _("Farmers' cooperative")
    FAMILY_FARM = "family_farm", _("Family farm")
    SOLE_TRADER = "sole_trader", _("Sole trader")
    COLLECTIVE = "collective", _("Village collective")


class LinkForm(models.TextChoices):
    """How a seller lets farmers share in what it earns (联农带农)."""

    ORDERS = "orders", _("Buys at agreed prices")
    WORK = "work", _("Gives work")
    LAND = "land", _("Rents land")
    SHARES = "shares", _("Pays dividends")
    TRUST = "trust", _("Grows or raises on commission")
    OTHER = "other", _("In another way")


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("With the county")
    RECOMMENDED = "recommended", _("With the district")
    RETURNED = "returned", _("Back with the applicant")
    ADMITTED = "admitted", _("Admitted")
    REFUSED = "refused", _("Refused")


class SupplierApplication(models.Model):
    """A wish to sell in the shop. `number` is unguessable; a draft may lack anything but its applicant."""

    number = models.CharField(max_length=32, unique=True)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="supplier_applications"
    )
    state = models.CharField(
        max_length=12, choices=ApplicationState.choices, default=ApplicationState.DRAFT, db_index=True
    )
    company_name = models.CharField(max_length=80, default="", blank=True)
    credit_code = models.CharField(max_length=18, default="", blank=True)
    kind = models.CharField(max_length=20, choices=SupplierKind.choices, default="", blank=True)
    region = models.ForeignKey(
        PartnerRegion, on_delete=models.PROTECT, null=True, related_name="applications"
    )
    township_zh = models.CharField(max_length=40, default="", blank=True)
    contact_name = models.CharField(max_length=60, default="", blank=True)
    contact_phone = models.CharField(max_length=20, default="", blank=True, help_text="E.164")
    contact_email = models.EmailField(default="", blank=True)
    bank_account_name = models.CharField(max_length=80, default="", blank=True)
    bank_name = models.CharField(max_length=80, default="", blank=True)
    bank_account_number = models.CharField(max_length=40, default="", blank=True)
    products = models.TextField(default="", blank=True, help_text="one product a line")
    link_form = models.CharField(max_length=10, choices=LinkForm.choices, default="", blank=True)
    households = models.PositiveIntegerField(null=True)
    people = models.PositiveIntegerField(null=True)
    link_note = models.CharField(max_length=500, default="", blank=True)
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    recommended_by = models.BigIntegerField(null=True)
    recommended_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True, help_text="who admitted, returned or refused it last")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(
        max_length=300, default="", blank=True, help_text="the applicant reads it"
    )
    supplier = models.OneToOneField(
        "suppliers.Supplier", on_delete=models.PROTECT, null=True, related_name="application"
    )
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="admitted", supplier__isnull=False)
                | (~Q(state="admitted") & Q(supplier__isnull=True)),
                name="application_admitted_as_a_supplier",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["recommended", "admitted"]) | Q(recommended_by__isnull=False),
                name="application_recommended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="admitted")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("recommended_by"))),
                name="application_admitted_by_another",
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=Q(state__in=["submitted", "recommended", "admitted"]),
                name="application_of_a_company_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"], name="application_queue")]

    def __str__(self) -> str:
        return f"{self.number} {self.company_name}"

    @property
    def shown_phone(self) -> str:
        """Return the contact's number as people here read it."""
        return shown_phone(self.contact_phone)


class DocumentKind(models.TextChoices):
    BUSINESS_LICENCE = "business_licence", _("Business licence")
    FOOD_LICENCE = "food_licence", _("Food production or sales licence")
    ORIGIN_PROOF = "origin_proof", _("Proof of origin")
    LINKING = "linking", _("Evidence of linking farmers")
    TEST_REPORT = "test_report", _("Test report, open to buyers once checked")
    OTHER = "other", _("Another paper")


#: Of these a newer one takes the place of the one before.
SINGLE_KINDS = (DocumentKind.BUSINESS_LICENCE, DocumentKind.FOOD_LICENCE)


class DocumentState(models.TextChoices):
    UPLOADED = "uploaded", _("Waiting to be checked")
    VERIFIED = "verified", _("Checked")
    REFUSED = "refused", _("Not accepted")
    REPLACED = "replaced", _("Replaced by a newer one")


class SupplierDocument(models.Model):
    """A paper of an applicant or a supplier; `expires_on` null is a paper without an end.

    A new version is a row of its own. `reminded_days` is the last step (60, 30, 7, 0) that was told of.
    """

    application = models.ForeignKey(
        SupplierApplication, on_delete=models.PROTECT, null=True, related_name="documents"
    )
    supplier = models.ForeignKey(
        "suppliers.Supplier", on_delete=models.PROTECT, null=True, related_name="documents"
    )
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    number = models.CharField(max_length=60, default="", blank=True)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="supplier_document")
    state = models.CharField(max_length=10, choices=DocumentState.choices, default=DocumentState.UPLOADED)
    uploaded_by = models.BigIntegerField(null=True)
    on_behalf = models.BooleanField(default=False, help_text="staff uploaded it for the supplier")
    uploaded_at = models.DateTimeField()
    checked_by = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=200, default="", blank=True)
    reminded_days = models.PositiveSmallIntegerField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False) | Q(supplier__isnull=False),
                name="document_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(issued_on=None) | Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                name="document_dates",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "refused"])
                | Q(checked_by__isnull=False, checked_at__isnull=False),
                name="document_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf=False) | Q(supplier__isnull=False), name="document_for_a_supplier"
            ),
            models.UniqueConstraint(
                fields=["supplier", "kind"],
                condition=Q(state="verified", kind__in=["business_licence", "food_licence"]),
                name="document_one_licence_holds",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on"], condition=Q(state="verified"), name="document_runs_out"),
            models.Index(fields=["uploaded_at"], condition=Q(state="uploaded"), name="document_to_check"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class UnpaidOrders(models.TextChoices):
    """What becomes of unpaid orders of a supplier that is suspended."""

    CLOSE = "close", _("Take its goods off them, or close them; the buyers are told")
    KEEP = "keep", _("Keep them; once paid they are held")


class Suspension(models.Model):
    """A time in which a supplier may not sell; the open one has no `lifted_at`."""

    supplier = models.ForeignKey("suppliers.Supplier", on_delete=models.PROTECT, related_name="suspensions")
    reason = models.CharField(max_length=200)
    unpaid_orders = models.CharField(max_length=5, choices=UnpaidOrders.choices, default=UnpaidOrders.CLOSE)
    suspended_by = models.BigIntegerField(null=True)
    suspended_at = models.DateTimeField()
    lifted_by = models.BigIntegerField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(lifted_at=None), name="suspension_open_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("suspended_at")),
                name="suspension_ends_later",
            ),
        ]
        ordering = ["-suspended_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.suspended_at:%Y-%m-%d}"
