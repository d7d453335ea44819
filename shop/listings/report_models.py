"""Which goods a supplier's test reports speak of."""

from django.db import models

from shop.suppliers.admission_models import SupplierDocument


class ProductReport(models.Model):
    """A test report of the supplier that speaks of this product; the report itself may have ended since."""

    listing = models.ForeignKey("listings.Listing", on_delete=models.PROTECT, related_name="reports")
    document = models.ForeignKey(SupplierDocument, on_delete=models.PROTECT, related_name="products")
    named_by = models.BigIntegerField()
    named_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "document"], name="report_of_product_once")]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.document_id}"
