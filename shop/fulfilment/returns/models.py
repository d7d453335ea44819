"""After-sales: what a buyer asks of one supplier about goods that were shipped, and what became of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.ordering.desk_models import Reshipment
from shop.ordering.models import LineShare, RefundRequest


class ReturnKind(models.TextChoices):
    REFUND_ONLY = "refund_only", _("Refund only")
    RETURN_REFUND = "return_refund", _("Return and refund")
    REPLACE = "replace", _("Replacement")


class ReturnReason(models.TextChoices):
    DAMAGED = "damaged", _("Damaged")
    SPOILED = "spoiled", _("Spoiled")
    WRONG_GOODS = "wrong_goods", _("Wrong goods sent")
    MISSING = "missing", _("Pieces missing")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    NOT_ARRIVED = "not_arrived", _("Not arrived")
    CHANGED_MIND = "changed_mind", _("No longer wanted")


class ReturnState(models.TextChoices):
    REQUESTED = "requested", _("Waiting for the supplier")
    ESCALATED = "escalated", _("With the shop for decision")
    AGREED = "agreed", _("Agreed")
    REFUSED = "refused", _("Refused by the supplier")
    SENT_BACK = "sent_back", _("Goods on their way back")
    ARRIVED = "arrived", _("Goods are back")
    REFUNDED = "refunded", _("Money sent back")
    RESHIPPED = "reshipped", _("Replacement sent")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


#: Somebody still has to do something about it.
OPEN_STATES = (
    ReturnState.REQUESTED,
    ReturnState.ESCALATED,
    ReturnState.AGREED,
    ReturnState.SENT_BACK,
    ReturnState.ARRIVED,
)


class FreightState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("freight", "Asked for; the shop decides")
    GRANTED = "granted", pgettext_lazy("freight", "Goes back")
    REFUSED = "refused", pgettext_lazy("freight", "Does not go back")


#: Nothing more can happen to the goods, so the freight can be decided.
FREIGHT_READY = Q(state__in=(ReturnState.ARRIVED, ReturnState.REFUNDED)) | Q(
    state=ReturnState.AGREED, goods_back=False
)


class ReturnRequest(models.Model):
    """Units of one supplier order that something is wrong with, and what the buyer wants.

    `refund` is the money that it holds (counting rules, section 5): asked for when it is opened, let go when it is
    agreed (or the goods are back), given back when it is refused or withdrawn. `due_at` is when the time for the
    state's next step runs out.
    """

    supplier_order = models.ForeignKey(
        "fulfilment.SupplierOrder", on_delete=models.PROTECT, related_name="returns"
    )
    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=ReturnKind.choices)
    reason = models.CharField(max_length=20, choices=ReturnReason.choices)
    state = models.CharField(max_length=10, choices=ReturnState.choices, default=ReturnState.REQUESTED)
    details = models.CharField(max_length=500, default="", blank=True, help_text="the buyer's words")
    fen = models.BigIntegerField(default=0, help_text="asked back; 0 for a replacement")
    goods_back = models.BooleanField(default=False, help_text="the goods have to come back first")
    goods_kept = models.BooleanField(default=False, help_text="a lower price: no units are taken back")
    refund = models.OneToOneField(RefundRequest, on_delete=models.PROTECT, null=True, related_name="+")
    freight_fen = models.BigIntegerField(default=0, help_text="freight asked back beside the goods")
    freight_state = models.CharField(max_length=8, choices=FreightState.choices, default="", blank=True)
    freight_refund = models.OneToOneField(
        RefundRequest, on_delete=models.PROTECT, null=True, related_name="+"
    )
    courier = models.CharField(max_length=40, default="", blank=True, help_text="of the way back")
    tracking_number = models.CharField(max_length=40, default="", blank=True)
    opened_by = models.BigIntegerField(null=True, help_text="the buyer's account; none for a guest")
    opened_at = models.DateTimeField()
    state_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True, help_text="when the goods were back and looked at")
    form_key = models.CharField(max_length=40, default="", blank=True, help_text="of the form that opened it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="replace", fen=0) | ~Q(kind="replace") & Q(fen__gt=0), name="return_fen"
            ),
            models.CheckConstraint(
                condition=~Q(kind="return_refund") | Q(goods_back=True, goods_kept=False),
                name="return_brings_goods_back",
            ),
            models.UniqueConstraint(
                fields=["supplier_order", "form_key"], condition=~Q(form_key=""), name="return_form_once"
            ),
            models.CheckConstraint(
                condition=Q(freight_fen=0, freight_state="") | Q(freight_fen__gt=0) & ~Q(freight_state=""),
                name="return_freight",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent_back") | ~Q(tracking_number=""), name="return_sent_with_a_number"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="return_due"),
            models.Index(fields=["state", "state_since"], name="return_by_state"),
        ]
        ordering = ["-opened_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to do something about it."""
        return self.state in OPEN_STATES

    @property
    def freight_waits(self) -> bool:
        """Say whether the shop has to decide about the freight now."""
        return self.freight_state == FreightState.ASKED and self.freight_ready

    @property
    def freight_ready(self) -> bool:
        """Say whether nothing more can happen to the goods that the freight depends on."""
        done = self.state in (ReturnState.ARRIVED, ReturnState.REFUNDED)
        return done or (self.state == ReturnState.AGREED and not self.goods_back)

    @property
    def waits_for_goods(self) -> bool:
        """Say whether it is agreed and the buyer has to send the goods back."""
        return self.state == ReturnState.AGREED and self.goods_back and not self.tracking_number


class ReturnItem(models.Model):
    """Units of a share that a case is about; `good_units` came back fit for sale and are in stock again."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="items")
    share = models.ForeignKey(LineShare, on_delete=models.PROTECT, related_name="return_items")
    units = models.PositiveIntegerField()
    fen = models.BigIntegerField(default=0, help_text="of what is asked back")
    good_units = models.PositiveIntegerField(default=0)
    disputed = models.BooleanField(
        default=False, help_text="held in the ledger until its replacement is signed for"
    )
    reshipment = models.OneToOneField(
        Reshipment, on_delete=models.PROTECT, null=True, related_name="return_item"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "share"], name="return_item_once"),
            models.CheckConstraint(
                condition=Q(units__gt=0) & Q(good_units__lte=F("units")) & Q(fen__gte=0),
                name="return_item_units",
            ),
        ]
        ordering = ["share__number"]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.units}"
