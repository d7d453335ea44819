"""What a person keeps to order with."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedAddress(models.Model):
    """A recipient that a person keeps for later orders; orders copy it and never point here."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_addresses"
    )
    recipient_name = models.CharField(max_length=60)
    phone = models.CharField(max_length=20, help_text="E.164")
    province = models.CharField(max_length=20)
    city = models.CharField(max_length=40)
    county = models.CharField(max_length=40)
    street = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="saved_address_one_default"
            ),
            models.UniqueConstraint(
                fields=["owner", "recipient_name", "phone", "province", "city", "county", "street"],
                name="saved_address_once",
            ),
        ]
        ordering = ["-is_default", "-pk"]

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.province}{self.city}{self.county}{self.street}"
