"""What buyers think of goods: what they would like to have, and what they say of what they got."""

from django.conf import settings
from django.db import models
from oscar.apps.catalogue.models import Product

from shop.opinions.review_models import Review, ReviewState, ReviewSums

__all__ = ["Review", "ReviewState", "ReviewSums", "Wish"]


class Wish(models.Model):
    """A product that a person keeps for later; `price_fen` is what a unit cost on that day."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="wishes")
    price_fen = models.BigIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "product"], name="wish_once"),
            models.CheckConstraint(condition=models.Q(price_fen__gt=0), name="wish_price_positive"),
        ]
        ordering = ["-kept_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.product_id}"
