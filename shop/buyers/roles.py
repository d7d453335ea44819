"""As what a person acts for an organisation."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MemberRole(models.TextChoices):
    """What a member may do: draft, decide, count what arrives, see to money and invoices, or run the unit."""

    BUYER = "buyer", _("Buyer")
    APPROVER = "approver", _("Approver")
    ACCEPTOR = "acceptor", _("Acceptor")
    FINANCE = "finance", pgettext_lazy("of a unit", "Finance")
    OWNER = "owner", pgettext_lazy("of a unit", "Owner")
