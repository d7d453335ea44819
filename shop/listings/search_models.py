"""What is typed while searching."""

from django.db import models


class SpellingKind(models.TextChoices):
    """What a spelling leads to."""

    GOODS = "goods"
    REGION = "region"
    SUPPLIER = "supplier"
    CATEGORY = "category"


class Spelling(models.Model):
    """`key`: a way to begin typing what `ref` names, from any of its characters on, in Chinese, pinyin or initials.

    `ref` is a phrase of goods (`SearchText.phrase`), a region's slug, a supplier's code or a category's path. Kept by
    `services.index_products` for what has goods. Keys are compared by their bytes on both engines.
    """

    kind = models.CharField(max_length=8, choices=SpellingKind.choices)
    key = models.CharField(max_length=60)
    ref = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "ref"], name="spelling_once")]
        indexes = [models.Index(fields=["kind", "ref"], name="spelling_of")]

    def __str__(self) -> str:
        return f"{self.key}: {self.ref}"
