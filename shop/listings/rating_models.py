"""What lists show of a product's reviews."""

from django.db import models
from oscar.apps.catalogue.models import Product


class Rating(models.Model):
    """How many reviews of a product are shown, and their average in tenths of a star; written by `note_rating` alone.

    `version` grows with every change of what a page says of them, so the sum of all names a state (`selectors.looks`).
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="rating_shown")
    reviews = models.PositiveIntegerField(default=0)
    tenths = models.PositiveSmallIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviews=0, tenths=0)
                | models.Q(reviews__gt=0, tenths__gte=10, tenths__lte=50),
                name="rating_in_stars",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.tenths} ({self.reviews})"
