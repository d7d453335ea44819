"""The pictures that shared links show."""

from django.db import models
from oscar.apps.catalogue.models import Product


class SharePicture(models.Model):
    """The picture of a product, of a place (`place`: a region's slug), or - with neither - of the shop.

    File: `pictures/<key>.jpg` under MEDIA_ROOT, 1200 × 630. `key` changes with what the picture shows, so a file once
    written never changes; the worker draws it, and until `ready_at` nothing links to it.
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, null=True, related_name="share_picture")
    place = models.SlugField(default="", blank=True, db_index=False)
    key = models.CharField(max_length=80, unique=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=models.Q(product__isnull=True), name="share_picture_once"
            ),
            models.CheckConstraint(
                condition=models.Q(product__isnull=True) | models.Q(place=""), name="share_picture_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.key
