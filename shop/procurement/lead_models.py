"""业务洽谈: what a region's goods are talked about with those who may buy them. An intention is never a sale.

Nothing here is read by the ledger, by settlement or by any report of sales; an order that comes of a lead counts
because it is an order.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from shop.buyers.models import Organisation
from shop.ordering.models import OrderRecord
from shop.regions.models import PartnerRegion


class LeadState(models.TextChoices):
    VISIT = "visit", pgettext_lazy("lead", "Visited")
    SAMPLE = "sample", pgettext_lazy("lead", "Samples sent")
    QUOTE = "quote", pgettext_lazy("lead", "Quote given")
    ORDERED = "ordered", pgettext_lazy("lead", "Ordered")
    LOST = "lost", pgettext_lazy("lead", "Lost")


class Lead(models.Model):
    """One negotiation with a firm or unit about goods of a region. Its contact is erased after `erase_on`."""

    number = models.CharField(max_length=24, unique=True)
    company = models.CharField(max_length=80)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="leads", help_text="once it buys here"
    )
    region = models.ForeignKey(PartnerRegion, on_delete=models.PROTECT, related_name="leads")
    state = models.CharField(max_length=8, choices=LeadState.choices, default=LeadState.VISIT)
    contact_name = models.CharField(max_length=40, default="", blank=True)
    contact_phone = models.CharField(max_length=20, default="", blank=True)
    expected_fen = models.BigIntegerField(default=0, help_text="an intention, never a sale")
    owner_id = models.BigIntegerField(help_text="who of the staff looks after it")
    opened_at = models.DateTimeField()
    next_on = models.DateField(null=True, help_text="when somebody gets in touch again")
    erase_on = models.DateField(help_text="from this day on the contact is erased")
    erased_at = models.DateTimeField(null=True)
    demo = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_fen__gte=0), name="lead_expects_something_or_nothing"
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(contact_name="", contact_phone=""),
                name="lead_erased_names_nobody",
            ),
        ]
        indexes = [models.Index(fields=["region", "state", "-opened_at"], name="lead_desk")]

    def __str__(self) -> str:
        return self.number


class LeadStep(models.Model):
    """What was done about a lead: its first step opens it, one of its own state only adds words."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=LeadState.choices)
    note = models.CharField(max_length=300, default="", blank=True)
    record = models.OneToOneField(OrderRecord, on_delete=models.PROTECT, null=True, related_name="lead_step")
    by_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="ordered", record__isnull=False)
                | (~Q(kind="ordered") & Q(record__isnull=True)),
                name="lead_step_ordered_by_an_order",
            ),
            models.CheckConstraint(condition=~Q(kind="lost") | ~Q(note=""), name="lead_step_lost_says_why"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind}"
