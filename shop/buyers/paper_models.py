"""Papers that show who an organisation is, each compared by a person of the shop."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.files.models import StoredFile


class PaperKind(models.TextChoices):
    CREDIT_CERTIFICATE = "credit_certificate", _("Certificate with the unified social credit code")
    UNION_REGISTRATION = "union_registration", _("Registration of a trade union")
    AUTHORISATION = "authorisation", _("Authorisation of the person in charge")
    OTHER = "other", _("Another paper")


#: Of these a newer one takes the place of the one before.
SINGLE_KINDS = (PaperKind.CREDIT_CERTIFICATE, PaperKind.UNION_REGISTRATION)


class PaperState(models.TextChoices):
    UPLOADED = "uploaded", _("Waiting to be checked")
    VERIFIED = "verified", _("Checked")
    REFUSED = "refused", _("Not accepted")
    REPLACED = "replaced", _("Replaced by a newer one")


class OrganisationPaper(models.Model):
    """A paper of an organisation; `expires_on` null is a paper without an end. A new version is a row of its own."""

    organisation = models.ForeignKey("buyers.Organisation", on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=20, choices=PaperKind.choices)
    number = models.CharField(max_length=60, default="", blank=True)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="organisation_paper")
    state = models.CharField(max_length=10, choices=PaperState.choices, default=PaperState.UPLOADED)
    uploaded_by = models.BigIntegerField()
    uploaded_at = models.DateTimeField()
    checked_by = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(issued_on=None) | Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                name="organisation_paper_dates",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "refused"])
                | (Q(checked_by__isnull=False, checked_at__isnull=False) & ~Q(checked_by=F("uploaded_by"))),
                name="organisation_paper_checked_by_another",
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind"],
                condition=Q(state="verified", kind__in=["credit_certificate", "union_registration"]),
                name="organisation_paper_one_holds",
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=Q(state="uploaded"), name="organisation_paper_to_check"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
