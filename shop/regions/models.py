"""The partner regions, the programmes that pair them with the district, and the places in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.regions.content_models import Banner, RegionPage, Story

#: What staff write about places stands in a module of its own.
CONTENT_MODELS = (Banner, RegionPage, Story)


class PartnerRegion(models.Model):
    """A paired county, city or district; `slug` is its key everywhere."""

    slug = models.SlugField(unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    short_zh = models.CharField(max_length=10, help_text="as on cards: 旺苍")
    short_en = models.CharField(max_length=30, default="", blank=True)
    seal = models.CharField(max_length=1)
    parent_zh = models.CharField(max_length=40)
    parent_en = models.CharField(max_length=80, default="", blank=True)
    division_code = models.CharField(max_length=6)
    blurb_zh = models.TextField()
    blurb_en = models.TextField()
    source = models.CharField(max_length=300, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name_zh


class Programme(models.Model):
    """A support programme (东西部协作, 山海协作, 对口支援, 对口合作)."""

    slug = models.SlugField(unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name_zh


class Pairing(models.Model):
    """The dated rule that a region belongs to a programme; both dates inclusive."""

    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="pairings")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="pairings")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "programme", "starts_on"], name="pairing_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="pairing_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.programme} {self.starts_on}"


class Township(models.Model):
    """A township of a region; `name_zh` is empty where only the village is known."""

    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="townships")
    name_zh = models.CharField(max_length=40, default="", blank=True)
    name_en = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "name_zh"], name="township_once")]

    def __str__(self) -> str:
        return self.name_zh


class Village(models.Model):
    """A place in a township; `name_zh` is empty where only the township is known."""

    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="villages")
    name_zh = models.CharField(max_length=40, default="", blank=True)
    name_en = models.CharField(max_length=80, default="", blank=True)
    speciality_zh = models.CharField(max_length=200, default="", blank=True)
    speciality_en = models.CharField(max_length=300, default="", blank=True)
    source = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["township", "name_zh"], name="village_once")]

    def __str__(self) -> str:
        return f"{self.township}{self.name_zh}"


class TargetMode(models.TextChoices):
    """What of the sales a target is about; the codes are those of the ledger's dimension."""

    ALL = "", _("Both modes together")
    DIRECT = "direct", _("Direct purchase")
    ASSISTED = "assisted", _("Assisted sale")


class SupportTarget(models.Model):
    """The amount a region is to reach in a year under a programme (任务书): in all, or of it in one mode."""

    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="targets")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="targets")
    year = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=20, choices=TargetMode.choices, default=TargetMode.ALL, blank=True)
    target_fen = models.BigIntegerField()
    demo = models.BooleanField(default=True)
    decided_on = models.DateField(null=True, blank=True, help_text="the date of the task statement")
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "programme", "year", "mode", "demo"], name="target_once_by_mode"
            ),
            models.CheckConstraint(condition=models.Q(target_fen__gt=0), name="target_positive"),
            models.CheckConstraint(condition=models.Q(mode__in=TargetMode.values), name="target_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.year}: {self.target_fen}"


class SupportFact(models.Model):
    """A published figure about a region and year; never a target."""

    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="facts")
    year = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=60)
    amount_fen = models.BigIntegerField()
    source = models.CharField(max_length=300, default="", blank=True)
    note = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "year", "metric"], name="fact_once")]

    def __str__(self) -> str:
        return f"{self.region} {self.year} {self.metric}"
