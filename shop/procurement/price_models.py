"""Prices asked of a supplier or of the shop: a talk of revisions, each of which stays as it was given."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy
from oscar.apps.catalogue.models import Product

from shop.buyers.models import Organisation
from shop.core import clock
from shop.suppliers.models import Supplier


class PriceState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("asked prices", "Waiting for an offer")
    OFFERED = "offered", pgettext_lazy("asked prices", "Offer made")
    COUNTERED = "countered", pgettext_lazy("asked prices", "Counter-offer made")
    ACCEPTED = "accepted", pgettext_lazy("asked prices", "Agreed")
    REFUSED = "refused", pgettext_lazy("asked prices", "Refused")
    EXPIRED = "expired", pgettext_lazy("asked prices", "Lapsed")
    WITHDRAWN = "withdrawn", pgettext_lazy("asked prices", "Withdrawn")


#: While one of these holds, somebody has to say something.
OPEN = (PriceState.ASKED, PriceState.OFFERED, PriceState.COUNTERED)
#: The supplier or the shop has to.
UNANSWERED = (PriceState.ASKED, PriceState.COUNTERED)


class PriceSide(models.TextChoices):
    UNIT = "unit", pgettext_lazy("asked prices", "The unit")
    SUPPLIER = "supplier", pgettext_lazy("asked prices", "The supplier")
    STAFF = "staff", pgettext_lazy("asked prices", "The shop")


class PriceRequest(models.Model):
    """A unit asks what goods would cost it: one supplier, or the shop where there is no single one.

    `revisions` is the number of the last offer; of an agreed request it is the one that was accepted. `open_until` is
    when the request lapses, with an offer on the table the end of that offer.
    """

    number = models.CharField(max_length=24, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="price_requests")
    supplier = models.ForeignKey(
        Supplier,
        on_delete=models.PROTECT,
        null=True,
        related_name="price_requests",
        help_text="who is asked; null: the shop's staff",
    )
    draft = models.ForeignKey(
        "procurement.PurchaseRequest",
        on_delete=models.SET_NULL,
        null=True,
        related_name="price_requests",
        help_text="whose goods they are, if they were asked from a draft",
    )
    state = models.CharField(max_length=10, choices=PriceState.choices, default=PriceState.ASKED)
    province = models.CharField(max_length=20, default="", blank=True, help_text="where the goods go")
    needed_on = models.DateField(null=True)
    note = models.CharField(max_length=300, default="", blank=True)
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    waiting_since = models.DateTimeField(
        null=True, help_text="since when the supplier or the shop is waited for"
    )
    open_until = models.DateTimeField()
    revisions = models.PositiveSmallIntegerField(default=0)
    ended_by = models.BigIntegerField(null=True, help_text="null: the clock")
    ended_side = models.CharField(max_length=10, choices=PriceSide.choices, default="", blank=True)
    ended_at = models.DateTimeField(null=True)
    end_note = models.CharField(max_length=200, default="", blank=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "offered", "countered"], ended_at__isnull=True)
                | (~Q(state__in=["asked", "offered", "countered"]) & Q(ended_at__isnull=False)),
                name="price_request_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "countered"], waiting_since__isnull=False)
                | (~Q(state__in=["asked", "countered"]) & Q(waiting_since__isnull=True)),
                name="price_request_waits",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["offered", "countered", "accepted"]) | Q(revisions__gt=0),
                name="price_request_has_an_offer",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(end_note=""), name="price_refusal_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-asked_at"], name="price_by_unit"),
            models.Index(fields=["supplier", "state", "waiting_since"], name="price_by_supplier"),
            models.Index(
                fields=["open_until"],
                condition=Q(state__in=["asked", "offered", "countered"]),
                name="price_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PriceRequestLine(models.Model):
    """Goods that prices are asked for, append-only; `listed_fen` is what a unit of so many cost on that day."""

    request = models.ForeignKey(PriceRequest, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    listed_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "product"], name="price_request_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, listed_fen__gt=0), name="price_request_line_counts"
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.sku} × {self.quantity}"


class PriceOffer(models.Model):
    """One revision of the talk, append-only: prices that a side would agree to before `valid_until`.

    The accepted one holds until then: what is ordered later is not ordered at its prices.
    """

    request = models.ForeignKey(PriceRequest, on_delete=models.PROTECT, related_name="offers")
    revision = models.PositiveSmallIntegerField(help_text="within the request, from 1")
    side = models.CharField(max_length=10, choices=PriceSide.choices)
    valid_until = models.DateTimeField(help_text="the first moment at which it no longer holds")
    note = models.CharField(max_length=300, default="", blank=True)
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "revision"], name="price_offer_revision_once"),
            models.CheckConstraint(
                condition=Q(revision__gt=0, valid_until__gt=F("made_at")), name="price_offer_holds_a_while"
            ),
        ]
        ordering = ["revision"]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.revision}"

    @property
    def last_day(self) -> dt.date:
        """Return the last day on which the prices hold."""
        return clock.local_date(self.valid_until - dt.timedelta(seconds=1))


class PriceOfferLine(models.Model):
    """The price of a unit of one of the goods, from so many units on, append-only."""

    offer = models.ForeignKey(PriceOffer, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    min_quantity = models.PositiveIntegerField()
    unit_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "product"], name="price_offer_line_once"),
            models.CheckConstraint(
                condition=Q(min_quantity__gt=0, unit_fen__gt=0), name="price_offer_line_counts"
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.product_id}"


class AgreedPrices(models.Model):
    """An accepted offer whose prices a purchase request is ordered at; of several suppliers there may be several."""

    request = models.ForeignKey(
        "procurement.PurchaseRequest", on_delete=models.CASCADE, related_name="agreed_prices"
    )
    offer = models.ForeignKey(PriceOffer, on_delete=models.PROTECT, related_name="used_by")
    added_by = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "offer"], name="agreed_prices_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.offer_id}"
