"""Lists of goods that a unit keeps to buy them again."""

from django.db import models

from shop.buyers.models import Organisation


class SavedList(models.Model):
    """SKUs and units under a name of the unit's own; prices and stock are looked at when it is used."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="saved_lists")
    name = models.CharField(max_length=60)
    rows = models.JSONField(help_text="[sku, units], in the order they were added")
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="saved_list_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.name}"
