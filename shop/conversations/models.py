"""Conversations of buyers with a supplier or with the shop, about a product or an order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from oscar.apps.catalogue.models import Product

from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier

TEXT_LENGTH = 1000
MOST_PHOTOS = 3


class Side(models.TextChoices):
    BUYER = "buyer", pgettext_lazy("conversation", "Buyer")
    SUPPLIER = "supplier", _("Supplier")
    STAFF = "staff", _("The shop")


class TalkState(models.TextChoices):
    OPEN = "open", pgettext_lazy("conversation", "Waiting for an answer")
    ANSWERED = "answered", pgettext_lazy("conversation", "Answered")
    CLOSED = "closed", pgettext_lazy("conversation", "Closed")


class Conversation(models.Model):
    """What one buyer asks one supplier about a product or an order; without a supplier the shop itself is asked.

    One for a subject, for good: writing opens a closed one again. `staff_since` is since when the shop answers for
    the supplier, `staff_by` who of the staff took it over (none: the supplier had not answered in time). The
    counters of unread messages are the services' affair.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="conversations")
    record = models.ForeignKey(OrderRecord, on_delete=models.PROTECT, null=True, related_name="conversations")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, related_name="conversations")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="conversations"
    )
    state = models.CharField(max_length=10, choices=TalkState.choices, default=TalkState.OPEN)
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, help_text="of the first message without an answer")
    staff_since = models.DateTimeField(null=True)
    staff_by = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its words and photos were erased")
    messages_written = models.PositiveIntegerField(default=0, help_text="the number of the last message")
    buyer_unread = models.PositiveIntegerField(default=0)
    supplier_unread = models.PositiveIntegerField(default=0)
    staff_unread = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False, record=None, supplier__isnull=False, buyer__isnull=False)
                | Q(product=None, record__isnull=False),
                name="talk_product_or_order",
            ),
            models.CheckConstraint(
                condition=Q(state="open", waiting_since__isnull=False)
                | ~Q(state="open") & Q(waiting_since=None),
                name="talk_open_waits",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="talk_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(state="closed"), name="talk_erased_is_closed"
            ),
            models.CheckConstraint(
                condition=Q(staff_by=None) | Q(staff_since__isnull=False), name="talk_staff_since"
            ),
            models.UniqueConstraint(
                fields=["buyer", "product"],
                condition=Q(product__isnull=False),
                name="talk_once_about_a_product",
            ),
            models.UniqueConstraint(
                fields=["record", "supplier"],
                condition=Q(record__isnull=False, supplier__isnull=False),
                name="talk_once_about_an_order",
            ),
            models.UniqueConstraint(
                fields=["record"],
                condition=Q(record__isnull=False, supplier=None),
                name="talk_once_with_the_shop",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-last_message_at"], name="talk_by_buyer"),
            models.Index(fields=["supplier", "state", "waiting_since"], name="talk_by_supplier"),
            models.Index(fields=["waiting_since"], condition=Q(state="open"), name="talk_waiting"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk} ({self.state})"

    @property
    def is_staffs(self) -> bool:
        """Say whether the shop has to answer: it was asked itself, or answers for the supplier."""
        return self.supplier_id is None or self.staff_since is not None


class Message(models.Model):
    """One message, append-only; its words stand in a row of their own, which can be erased, never changed.

    `key` is of the form that sent it, so that a form sent twice writes one message.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    number = models.PositiveIntegerField(help_text="within the conversation, from 1")
    side = models.CharField(max_length=10, choices=Side.choices)
    author_id = models.BigIntegerField(null=True, help_text="user, null for a guest")
    key = models.CharField(max_length=40)
    has_text = models.BooleanField()
    photos = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="message_number_once"),
            models.UniqueConstraint(fields=["conversation", "side", "key"], name="message_form_once"),
            models.CheckConstraint(
                condition=(Q(has_text=True) | Q(photos__gt=0)) & Q(photos__lte=MOST_PHOTOS) & Q(number__gt=0),
                name="message_says_something",
            ),
        ]
        indexes = [models.Index(fields=["author_id", "sent_at"], name="message_by_author")]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.number}"


class MessageText(models.Model):
    """The words of a message, plain text."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, primary_key=True, related_name="words")
    text = models.CharField(max_length=TEXT_LENGTH)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(GreaterThan(Length("text"), 0)) & Q(LessThanOrEqual(Length("text"), TEXT_LENGTH)),
                name="message_text_length",
            )
        ]

    def __str__(self) -> str:
        return f"words of message {self.message_id}"
