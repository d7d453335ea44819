"""What suppliers ask for about their own goods: other prices, other stock, new and changed products. Staff decide."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.files.models import StoredFile
from shop.suppliers.models import Supplier


class ProposalKind(models.TextChoices):
    PRICE = "price", _("Price")
    STOCK = "stock", _("Stock")


class ProposalState(models.TextChoices):
    OPEN = "open", _("Waits for the shop")
    DUE = "due", _("Approved, begins later")
    APPLIED = "applied", _("In force")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Taken back")
    LAPSED = "lapsed", _("Lapsed")


#: Nothing else may be asked for the same figure meanwhile.
LIVE_PROPOSALS = (ProposalState.OPEN, ProposalState.DUE)


class Proposal(models.Model):
    """Another price or stock of a product; `seen` is the figure that the supplier saw, `wanted` the one it asks for.

    Prices in fen, stock in units on hand of `pool`. A proposal is applied only while `seen` still holds.
    """

    listing = models.ForeignKey("listings.Listing", on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=8, choices=ProposalKind.choices)
    pool = models.CharField(max_length=10, default="", blank=True, help_text="of stock: retail or bulk")
    seen = models.BigIntegerField()
    wanted = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    starts_on = models.DateField(null=True, blank=True, help_text="of a price: its first day")
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    proposed_by = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "kind", "pool"],
                condition=Q(state__in=["open", "due"]),
                name="proposal_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="proposal_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(wanted=F("seen"))
                & (
                    Q(kind="price", pool="", wanted__gt=0, starts_on__isnull=False)
                    | Q(kind="stock", wanted__gte=0, starts_on__isnull=True) & ~Q(pool="")
                ),
                name="proposal_sane",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "withdrawn"], decided_at__isnull=True)
                | Q(state__in=["due", "applied", "refused", "lapsed"], decided_at__isnull=False),
                name="proposal_decided",
            ),
        ]
        indexes = [models.Index(fields=["state", "proposed_at"], name="proposal_queue")]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.kind}: {self.seen} → {self.wanted}"

    @property
    def is_live(self) -> bool:
        """Say whether it still waits for a decision or for its day."""
        return self.state in LIVE_PROPOSALS

    @property
    def difference(self) -> int:
        """Return what is asked for beyond the figure that was seen."""
        return self.wanted - self.seen


class DraftState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for the shop")
    RETURNED = "returned", _("Sent back")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Thrown away")


#: A product has one draft in these states at most.
OPEN_DRAFTS = (DraftState.DRAFT, DraftState.SUBMITTED, DraftState.RETURNED)


class ProductDraft(models.Model):
    """A product as its supplier wants it to be: a new one, or version `version` of `listing`.

    `values` are the fields of `listings.draft_fields`; `base` is what the product said when the draft was begun, so
    that a change made meanwhile is not undone unseen. `revision` grows with every save. The row stays as the version.
    """

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="product_drafts")
    listing = models.ForeignKey(
        "listings.Listing", on_delete=models.PROTECT, null=True, blank=True, related_name="versions"
    )
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    values = models.JSONField(default=dict)
    base = models.JSONField(default=dict)
    remarks = models.JSONField(default=dict, help_text="field → what is wrong with it, of the last return")
    note = models.CharField(max_length=200, default="", blank=True)
    created_by = models.BigIntegerField()
    changed_at = models.DateTimeField()
    submitted_by = models.BigIntegerField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "version"], name="draft_version_once"),
            models.UniqueConstraint(
                fields=["listing"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
                name="draft_one_open",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")), name="draft_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(listing__isnull=False, decided_at__isnull=False),
                name="draft_published_as",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False), name="draft_submitted"
            ),
        ]
        indexes = [
            models.Index(fields=["supplier", "state"], name="draft_of_supplier"),
            models.Index(fields=["state", "submitted_at"], name="draft_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.title} v{self.version}"

    @property
    def title(self) -> str:
        """Return the name that the product is to have, "" while it has none."""
        return str(self.values.get("name_zh", ""))


class DraftPhoto(models.Model):
    """A photo of a draft; the one with the lowest position is the main one. Versions may show the same photo."""

    draft = models.ForeignKey(ProductDraft, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "file"], name="draft_photo_once")]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.draft_id}: {self.position}"


class PicturePhoto(models.Model):
    """The photo that a product's picture is made from; a picture without one is an illustration."""

    picture = models.OneToOneField("listings.ProductPicture", on_delete=models.CASCADE, related_name="photo")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.picture_id}"
