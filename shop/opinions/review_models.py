"""What buyers write about goods that reached them, and the sums that pages show of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.catalogue.models import Product
from oscar.apps.order.models import Line

from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier

TEXT_LENGTH = 500
REASON_LENGTH = 200


class ReviewState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a look")
    SHOWN = "shown", pgettext_lazy("review", "Shown")
    HIDDEN = "hidden", pgettext_lazy("review", "Hidden")


#: What staff have not looked at, or visitors have reported since.
TO_LOOK_AT = (
    Q(state=ReviewState.WAITING)
    | Q(state=ReviewState.SHOWN, reports__gt=0)
    | Q(state=ReviewState.SHOWN, looked_at=None)
)


class Review(models.Model):
    """A buyer's word about one line of an order: once, and never changed. The reply is the supplier's, also once.

    `shown_name` is masked when it is written, so that nothing public leads to the buyer. Photos are
    `files.StoredFile` of owner type "review".
    """

    line = models.OneToOneField(Line, on_delete=models.PROTECT, related_name="review")
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, related_name="reviews")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="buyer_reviews")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="reviews")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="written_reviews"
    )
    shown_name = models.CharField(max_length=20)
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=TEXT_LENGTH, default="", blank=True)
    state = models.CharField(max_length=8, choices=ReviewState.choices)
    hidden_because = models.CharField(max_length=REASON_LENGTH, default="", blank=True)
    reports = models.PositiveIntegerField(default=0, help_text="visitors who reported it since staff looked")
    written_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, help_text="when staff last looked at it")
    reply = models.CharField(max_length=TEXT_LENGTH, default="", blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.BigIntegerField(null=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars"),
            models.CheckConstraint(
                condition=(Q(state="hidden") & ~Q(hidden_because=""))
                | (~Q(state="hidden") & Q(hidden_because="")),
                name="review_hidden_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="review_reply_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "state", "-written_at"], name="review_newest"),
            models.Index(fields=["supplier", "-written_at"], name="review_of_supplier"),
            models.Index(fields=["state", "-written_at"], name="review_desk"),
            models.Index(fields=["written_at"], condition=TO_LOOK_AT, name="review_to_look_at"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.stars}"


class ReviewSums(models.Model):
    """How many shown reviews of a product gave one, two, … five stars; written by the reviews' services alone."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="review_sums")
    ones = models.PositiveIntegerField(default=0)
    twos = models.PositiveIntegerField(default=0)
    threes = models.PositiveIntegerField(default=0)
    fours = models.PositiveIntegerField(default=0)
    fives = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.product_id}: {self.count}"

    @property
    def by_stars(self) -> tuple[int, ...]:
        """Return how many gave one star, two, … five."""
        return (self.ones, self.twos, self.threes, self.fours, self.fives)

    @property
    def count(self) -> int:
        """Return how many there are."""
        return sum(self.by_stars)

    @property
    def average(self) -> str:
        """Return the average with one decimal, half up; "" without reviews."""
        return f"{self.tenths // 10}.{self.tenths % 10}" if self.count else ""

    @property
    def tenths(self) -> int:
        """Return the average in tenths of a star, half up; 0 without reviews."""
        total = sum(stars * many for stars, many in enumerate(self.by_stars, start=1))
        return (total * 20 + self.count) // (self.count * 2) if self.count else 0
