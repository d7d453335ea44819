"""What suppliers wait for, as kinds of work of the staff's queue."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.listings.selectors.own_goods import open_proposals, submitted_drafts


def supplier_work(scope: Scope) -> list[tuple[Any, ...]]:
    """Return the fields of `selectors.Work` for prices, stock and products that suppliers propose. No query."""
    return [
        (
            "tag",
            _("Prices and stock proposed"),
            open_proposals(scope),
            "proposed_at",
            reverse("operations:proposals"),
            "proposal",
            "listing__sku",
        ),
        (
            "store",
            _("Product drafts to look at"),
            submitted_drafts(scope),
            "submitted_at",
            reverse("operations:product_drafts"),
            "product_draft",
            "supplier__code",
        ),
    ]
