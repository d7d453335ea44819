"""What an organisation's invoices say of it."""

from django.db import models
from django.db.models import Q


class InvoiceProfile(models.Model):
    """To whom the invoices of an organisation are made out (开票信息), kept once and used for every purchase."""

    organisation = models.OneToOneField(
        "buyers.Organisation", on_delete=models.PROTECT, related_name="invoice_profile"
    )
    title = models.CharField(max_length=80)
    tax_number = models.CharField(max_length=18, default="", blank=True)
    address = models.CharField(max_length=120, default="", blank=True)
    phone = models.CharField(max_length=20, default="", blank=True)
    bank = models.CharField(max_length=80, default="", blank=True)
    account = models.CharField(max_length=40, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True, help_text="where they are sent")
    saved_by = models.BigIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="invoice_profile_has_title"),
            models.CheckConstraint(
                condition=(Q(bank="") & Q(account="")) | (~Q(bank="") & ~Q(account="")),
                name="invoice_profile_whole_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.title}"
