"""Admitted sellers of the partner regions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from oscar.apps.partner.models import Partner

from shop.regions.models import PartnerRegion, Township
from shop.suppliers.admission_models import SupplierApplication, SupplierDocument, Suspension
from shop.suppliers.identity_models import SupplierIdentity

__all__ = [
    "Supplier",
    "SupplierApplication",
    "SupplierDocument",
    "SupplierIdentity",
    "SupplierState",
    "Suspension",
]


class SupplierState(models.TextChoices):
    PENDING = "pending", _("Not admitted yet")
    ADMITTED = "admitted", _("Admitted")
    SUSPENDED = "suspended", _("Suspended from selling")


class Supplier(models.Model):
    """A seller of record, 1:1 with Oscar's Partner, which ships."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="supplier")
    code = models.CharField(max_length=40, unique=True)
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="suppliers")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="suppliers"
    )
    kind = models.CharField(max_length=20, help_text="enterprise, cooperative, …")
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, default="", blank=True)
    contact_email = models.EmailField(default="", blank=True)
    state = models.CharField(max_length=10, choices=SupplierState.choices, default=SupplierState.PENDING)
    admitted_on = models.DateField(null=True, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    is_sourced = models.BooleanField(
        default=False, help_text="a real firm named by public pages, without a contract with this shop"
    )
    source = models.CharField(max_length=300, default="", blank=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="admitted") | models.Q(admitted_on__isnull=False),
                name="supplier_admitted_on",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh
