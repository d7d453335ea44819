"""Who a supplier is to the law: for contracts and invoices, and to see who stands on both sides of a purchase."""

from django.db import models
from django.db.models import Q


class SupplierIdentity(models.Model):
    """Credit code, legal person and address of a supplier as its licence says; a row for who has given them."""

    supplier = models.OneToOneField("suppliers.Supplier", on_delete=models.PROTECT, related_name="identity")
    credit_code = models.CharField(max_length=18, help_text="统一社会信用代码 (GB 32100-2015)")
    legal_person = models.CharField(max_length=60, default="", blank=True)
    address = models.CharField(max_length=120, default="", blank=True)
    phone = models.CharField(max_length=20, default="", blank=True, help_text="as invoices print it")
    saved_by = models.BigIntegerField(null=True)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "supplier identities"
        constraints = [
            models.CheckConstraint(condition=~Q(credit_code=""), name="supplier_identity_has_credit_code"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.credit_code}"
