"""What was certified of whom: facts of one moment, never computed anew in place.

A certificate and its sums are append-only (triggers on both engines). What the ledger says of the same fen today
stands beside them on the page that verifies it.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CertificateKind(models.TextChoices):
    UNIT = "unit", _("Of a unit")
    RESIDENT = "resident", _("Of a resident")


class Certificate(models.Model):
    """Confirmed fen of a unit or a resident in a period. `code` is what it is verified by.

    `digest` is the SHA-256 of its canonical text. Whose purchases they are stands here by id or code; the public
    page names a unit, and never a resident.
    """

    code = models.CharField(max_length=12, unique=True, help_text="60 random bits; never a number in a row")
    kind = models.CharField(max_length=10, choices=CertificateKind.choices)
    organisation = models.CharField(max_length=40, default="", blank=True)
    organisation_name = models.CharField(
        max_length=80, default="", blank=True, help_text="as it was on that day"
    )
    resident_id = models.BigIntegerField(null=True, help_text="of a resident: whose purchases they are")
    starts_on = models.DateField()
    ends_on = models.DateField()
    demo = models.BooleanField()
    rule_version = models.CharField(max_length=10)
    confirmed_fen = models.BigIntegerField()
    orders = models.PositiveIntegerField(
        default=0, help_text="of a resident: orders with something confirmed"
    )
    through_entry = models.BigIntegerField(help_text="the last entry of the ledger on that day")
    sums_digest = models.CharField(max_length=64, help_text="SHA-256 of its sums: the same ones come once")
    digest = models.CharField(max_length=64, unique=True)
    issued_by = models.BigIntegerField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="unit", resident_id__isnull=True) & ~Q(organisation="")
                | Q(kind="resident", resident_id__isnull=False, organisation=""),
                name="certificate_of_one",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="certificate_period"),
            models.CheckConstraint(condition=Q(confirmed_fen__gt=0), name="certificate_of_something"),
            models.UniqueConstraint(
                fields=["organisation", "starts_on", "ends_on", "demo", "sums_digest"],
                condition=Q(kind="unit"),
                name="certificate_of_unit_once",
            ),
            models.UniqueConstraint(
                fields=["resident_id", "starts_on", "ends_on", "demo", "sums_digest"],
                condition=Q(kind="resident"),
                name="certificate_of_resident_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CertifiedSum(models.Model):
    """A part of what is certified.

    Of a unit: the fen of a region, a programme and a month. Of a resident: those of a share of an order, so that
    later purchases never hide what was taken out of the certified ones.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="sums")
    region = models.CharField(max_length=50)
    programme = models.CharField(max_length=50)
    month = models.DateField(null=True, help_text="of a unit: its first day")
    source_key = models.CharField(max_length=80, default="", blank=True, help_text="of a resident")
    order_number = models.CharField(max_length=32, default="", blank=True, help_text="of a resident")
    fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "source_key", "region", "programme", "month"],
                condition=Q(month__isnull=False),
                name="certified_month_once",
            ),
            models.UniqueConstraint(
                fields=["certificate", "source_key", "region", "programme"],
                condition=Q(month__isnull=True),
                name="certified_share_once",
            ),
            models.CheckConstraint(
                condition=Q(month__isnull=False, source_key="") | Q(month__isnull=True) & ~Q(source_key=""),
                name="certified_month_or_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.fen}"


class ShareImage(models.Model):
    """The picture of a resident's certificate: asked for with it, drawn by the worker."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="image")
    ready_at = models.DateTimeField(null=True, db_index=True, help_text="empty: still to be drawn")

    def __str__(self) -> str:
        return f"{self.certificate_id} {'ready' if self.ready_at else 'pending'}"
