"""What staff write about places and seasons: texts of a place's page, stories, and the banners of the first page."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.files.models import StoredFile


class Pictured(models.Model):
    """A piece of content with a picture; its public files are made from the photo by the worker.

    Files: `pictures/<picture_key>-{1200,600}.webp` and `-1200.jpg` below MEDIA_ROOT, two to one.
    """

    picture = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    picture_key = models.CharField(max_length=80, default="", blank=True)
    picture_ready_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class RegionPage(Pictured):
    """The texts of a place's page; an empty introduction leaves the place's own `blurb`."""

    region = models.OneToOneField("regions.PartnerRegion", on_delete=models.CASCADE, related_name="page")
    intro_zh = models.TextField(default="", blank=True)
    intro_en = models.TextField(default="", blank=True)
    story_zh = models.TextField(default="", blank=True)
    story_en = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"page of {self.region_id}"


class Timed(Pictured):
    """A piece that stands in an order and may begin and end; both days inclusive."""

    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="lower stands first")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="%(class)s_days",
            )
        ]


class Story(Timed):
    """A story of a place, on its page and, where `on_home`, on the first page."""

    region = models.ForeignKey("regions.PartnerRegion", on_delete=models.CASCADE, related_name="stories")
    title_zh = models.CharField(max_length=60)
    title_en = models.CharField(max_length=120, default="", blank=True)
    body_zh = models.TextField()
    body_en = models.TextField(default="", blank=True)
    on_home = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title_zh


class BannerSlot(models.TextChoices):
    HERO = "hero", _("Large, at the top")
    PROMO = "promo", _("Small, below the goods")


class LinkKind(models.TextChoices):
    CATEGORY = "category", _("A category")
    REGION = "region", _("A place")
    PRODUCT = "product", _("A product, by its number")
    GOODS = "goods", _("All goods")


class Banner(Timed):
    """A banner of the first page. `months` (1 to 12) are those of every year in which it stands, none for all.

    It leads within the shop only: `link_kind` and `link_key` (a category's path, a place's slug, a product's SKU), and
    `link_region` narrows a category to a place. `art` and `region` draw the background where there is no picture.
    """

    slot = models.CharField(max_length=8, choices=BannerSlot.choices)
    months = models.JSONField(default=list, blank=True)
    kicker_zh = models.CharField(max_length=40, default="", blank=True)
    kicker_en = models.CharField(max_length=80, default="", blank=True)
    title_zh = models.CharField(max_length=60)
    title_en = models.CharField(max_length=120, default="", blank=True)
    text_zh = models.CharField(max_length=80, default="", blank=True)
    text_en = models.CharField(max_length=160, default="", blank=True)
    link_kind = models.CharField(max_length=10, choices=LinkKind.choices, default=LinkKind.GOODS)
    link_key = models.CharField(max_length=80, default="", blank=True)
    link_region = models.SlugField(default="", blank=True)
    region = models.SlugField(default="", blank=True, help_text="of a hero: the landscape behind it")
    art = models.CharField(
        max_length=60, default="", blank=True, help_text="of a hero: drawing in front of it"
    )
    in_season = models.JSONField(
        default=list, blank=True, help_text="of a hero: categories of the cards below"
    )

    class Meta(Timed.Meta):
        indexes = [models.Index(fields=["slot", "position"], name="banner_order")]

    def __str__(self) -> str:
        return f"{self.slot}: {self.title_zh}"


CONTENT_MODELS = (RegionPage, Story, Banner)
