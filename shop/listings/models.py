"""What is sold: origin, label, price, freight, search text and pictures of a product."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from oscar.apps.catalogue.models import Category, Product

from shop.files.models import StoredFile
from shop.listings.order_rule_models import OrderRule
from shop.listings.price_list_models import PriceList, PriceListRow
from shop.listings.rating_models import Rating
from shop.listings.report_models import ProductReport
from shop.listings.search_models import Spelling
from shop.listings.share_models import SharePicture
from shop.listings.supplier_models import DraftPhoto, PicturePhoto, ProductDraft, Proposal
from shop.regions.models import PartnerRegion, Township
from shop.suppliers.models import Supplier

#: What suppliers ask for stands in a module of its own, and so do what shared links show, what is typed in a search,
#: what lists show of reviews and which goods a test report speaks of.
SUPPLIER_MODELS = (DraftPhoto, PicturePhoto, ProductDraft, Proposal)
SHARE_MODELS = (SharePicture,)
SEARCH_MODELS = (Spelling,)
ORDER_RULE_MODELS = (OrderRule,)
PRICE_LIST_MODELS = (PriceList, PriceListRow)
RATING_MODELS = (Rating,)
REPORT_MODELS = (ProductReport,)


class CategoryName(models.Model):
    """The English name of a category, and `slug`: its whole path of slugs, the key everywhere."""

    category = models.OneToOneField(Category, on_delete=models.CASCADE, related_name="own_name")
    slug = models.CharField(max_length=80, unique=True)
    name_en = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.slug


class ListingState(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ReturnRule(models.TextChoices):
    SEVEN_DAYS = "seven_days"
    NO_RETURN_FRESH = "no_return_fresh"
    NO_RETURN_COLD_CHAIN = "no_return_cold_chain"
    CUSTOMISED = "customised"


class Listing(models.Model):
    """How a product is sold. 1:1 with Oscar's Product; `price_fen` is the unit price, tax included."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="listing")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="listings")
    sku = models.CharField(max_length=40, unique=True)
    category_slug = models.CharField(max_length=80, db_index=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160, default="", blank=True)
    spec = models.CharField(max_length=60, help_text="as printed: 100g/罐")
    unit = models.CharField(max_length=10, help_text="what one piece is called: 罐")
    net_weight_g = models.PositiveIntegerField(null=True, blank=True)
    gross_weight_g = models.PositiveIntegerField(help_text="with packing; freight is computed from it")
    pieces = models.PositiveIntegerField(
        null=True, blank=True, help_text="counted goods in one unit: 30 eggs; unit price is then per piece"
    )
    price_fen = models.BigIntegerField()
    vat_percent = models.PositiveSmallIntegerField()
    cold_chain = models.BooleanField(default=False)
    return_rule = models.CharField(max_length=20, choices=ReturnRule.choices)
    state = models.CharField(max_length=10, choices=ListingState.choices, default=ListingState.DRAFT)
    demo = models.BooleanField(default=True)
    description_en = models.TextField(default="", blank=True)
    source = models.CharField(max_length=300, default="", blank=True)
    position = models.PositiveIntegerField(default=0, help_text="order in lists; lower stands first")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(price_fen__gt=0), name="listing_price_positive")
        ]
        indexes = [models.Index(fields=["state", "position", "id"], name="listing_order")]

    def __str__(self) -> str:
        return f"{self.sku} {self.name_zh}"


class ReturnTerms(models.Model):
    """How long goods may be sent back or faults claimed, counted from the day they were signed for.

    Of one product, of a category (`category_slug`, its goods of this rule), or - with neither - of every product of
    this rule. From a date on: the latest that has started holds, the narrowest first. A row of a product may give it
    another rule than its listing. Orders freeze what held when they were placed.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, related_name="return_terms")
    category_slug = models.CharField(max_length=80, default="", blank=True)
    rule = models.CharField(max_length=20, choices=ReturnRule.choices)
    starts_on = models.DateField()
    no_reason_days = models.PositiveSmallIntegerField(default=0, help_text="0: no return without cause")
    claim_hours = models.PositiveSmallIntegerField(help_text="for faults")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "starts_on"],
                condition=models.Q(product__isnull=False),
                name="return_terms_of_product_once",
            ),
            models.UniqueConstraint(
                fields=["category_slug", "rule", "starts_on"],
                condition=models.Q(product__isnull=True),
                name="return_terms_of_rule_once",
            ),
            models.CheckConstraint(
                condition=models.Q(product__isnull=True) | models.Q(category_slug=""),
                name="return_terms_of_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(claim_hours__gt=0)
                & (models.Q(rule="seven_days", no_reason_days__gt=0) | ~models.Q(rule="seven_days")),
                name="return_terms_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id or self.category_slug or self.rule} from {self.starts_on}"


class ClaimState(models.TextChoices):
    PENDING = "pending", _("Not verified yet")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")


class ProductOrigin(models.Model):
    """Where a product is produced, and whether that claim is verified. Decides the region of a sale."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="origin")
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="origins")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="origins"
    )
    claim_state = models.CharField(max_length=8, choices=ClaimState.choices, default=ClaimState.PENDING)
    verified_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the last step before the end (60, 30, 7, 0) that was told of"
    )
    reminded_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=300, default="", blank=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(claim_state="verified") | models.Q(verified_on__isnull=False),
                name="origin_verified_on",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.region}"


class ClaimDecision(models.Model):
    """The dated fact that an origin claim was verified or found wrong; append-only by trigger.

    `valid_from` and `valid_until` are what the proof says, both inclusive; a rejection has neither.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="claim_decisions")
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=ClaimState.choices)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="claim_decisions")
    reason = models.CharField(max_length=200, default="", blank=True)
    decided_by = models.BigIntegerField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state="verified", valid_from__isnull=False, valid_until__isnull=False, file__isnull=False
                )
                | models.Q(state="rejected", valid_from=None, valid_until=None) & ~models.Q(reason=""),
                name="claim_decision_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="claim_decision_dates",
            ),
        ]
        ordering = ["-decided_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.product_id} {self.state}"


class LabelClass(models.TextChoices):
    PACKAGED_FOOD = "packaged_food"
    PRIMARY_AGRICULTURAL = "primary_agricultural"
    CRAFT = "craft"
    GIFT_BOX = "gift_box"


class FoodLabel(models.Model):
    """Structured label fields; which of them a class requires is `listings.label_rules`."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="label")
    label_class = models.CharField(max_length=20, choices=LabelClass.choices)
    ingredients = models.CharField(max_length=300, default="", blank=True)
    net_content = models.CharField(max_length=60, default="", blank=True)
    producer = models.CharField(max_length=120, default="", blank=True)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    storage = models.CharField(max_length=120, default="", blank=True)
    licence_no = models.CharField(max_length=40, default="", blank=True, help_text="SC编号")
    standard_no = models.CharField(max_length=60, default="", blank=True)
    allergens = models.CharField(max_length=120, default="", blank=True)
    illustrative = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.product_id}: {self.label_class}"


class Certification(models.Model):
    """A certificate of a kind of product (a GI mark describes the kind, not the seller's licence)."""

    code = models.CharField(max_length=80, unique=True)
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="certifications")
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160, default="", blank=True)
    scheme = models.CharField(max_length=120)
    year = models.CharField(max_length=9, default="", blank=True, help_text="as published: 2009, 2019-2020")
    scope_note = models.CharField(max_length=300, default="", blank=True)
    source = models.CharField(max_length=300, default="", blank=True)
    products = models.ManyToManyField(Product, related_name="certifications", blank=True)

    def __str__(self) -> str:
        return self.name_zh


class PriceTier(models.Model):
    """The unit price from a quantity on, stored in fen; both dates inclusive."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="price_tiers")
    min_quantity = models.PositiveIntegerField()
    price_fen = models.BigIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "min_quantity", "starts_on"], name="tier_once"),
            models.CheckConstraint(
                condition=models.Q(min_quantity__gte=2) & models.Q(price_fen__gt=0), name="tier_sane"
            ),
        ]
        ordering = ["min_quantity"]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.min_quantity}+ {self.price_fen}"


class PurchaseLimit(models.Model):
    """At most so many units per person within so many days; both dates inclusive. The latest that has begun holds."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="purchase_limits")
    units = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "starts_on"], name="purchase_limit_once"),
            models.CheckConstraint(
                condition=models.Q(units__gte=1) & models.Q(days__gte=1), name="purchase_limit_sane"
            ),
        ]
        ordering = ["starts_on"]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units} in {self.days} days"


class FreightTemplate(models.Model):
    """A supplier's freight from a date on; the latest that has started holds."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="freight_templates")
    starts_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["supplier", "starts_on"], name="freight_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.starts_on}"


class FreightRate(models.Model):
    """First and next kilogram to a province; `free_from_fen` null: never free; not deliverable: no fen at all."""

    template = models.ForeignKey(FreightTemplate, on_delete=models.CASCADE, related_name="rates")
    province = models.CharField(max_length=20)
    deliverable = models.BooleanField(default=True)
    first_kg_fen = models.PositiveIntegerField(default=0)
    next_kg_fen = models.PositiveIntegerField(default=0)
    free_from_fen = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "province"], name="freight_rate_once")]

    def __str__(self) -> str:
        return f"{self.template} {self.province}"


class SearchText(models.Model):
    """Tokens of a product, each field one string `" token token "`: exact token = substring with spaces.

    `title`, `supplier` (with places and categories) and `body` hold unigrams and bigrams of Chinese and
    Latin words; `pinyin` holds the title's runs of whole syllables, and of initials marked by `=`, and
    `supplier` those of its own words (`listings.tokens`). The same on both engines.
    """

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="search_text")
    title = models.TextField()
    supplier = models.TextField()
    body = models.TextField()
    pinyin = models.TextField()
    phrase = models.CharField(
        max_length=80,
        db_default="",
        help_text="what it is called without its pack; several products share one",
    )
    form = models.PositiveSmallIntegerField(db_default=0, help_text="the rule by which it was written")

    class Meta:
        indexes = [models.Index(fields=["phrase", "product"], name="search_phrase")]

    def __str__(self) -> str:
        return f"{self.product_id}"


class ProductPicture(models.Model):
    """A picture of a product with derivatives made ahead by the worker; nothing is decoded on a page view.

    Files: `pictures/<key>-{160,400,800}.webp` and `pictures/<key>-800.jpg` under MEDIA_ROOT; all square.
    `key` changes with what the picture shows, so a file once written never changes.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField(default=0)
    key = models.CharField(max_length=80, unique=True)
    illustrative = models.BooleanField(default=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "position"], name="picture_position")]

    def __str__(self) -> str:
        return self.key


class CatalogueChange(models.Model):
    """One row for every change of what catalogue pages show; written by triggers only (`listings.marking`).

    The sum of the marks names a state of the catalogue: unlike the highest id it also changes when a
    transaction commits after one that began later.
    """

    mark = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.mark)
