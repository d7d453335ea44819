"""What suppliers and organisations wait for, as kinds of work of the staff's queue: the fields of `selectors.Work`."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisations_to_verify, terms_proposed
from shop.listings.selectors.own_goods import open_proposals, submitted_drafts


def supplier_work(scope: Scope) -> list[tuple[Any, ...]]:
    """Return prices, stock and products that suppliers propose. No query."""
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


def unit_work(scope: Scope) -> list[tuple[Any, ...]]:
    """Return organisations to verify, and terms that wait for a second person. No query."""
    page = reverse("buyers:organisations")
    return [
        (
            "badge-check",
            _("Organisations to verify"),
            organisations_to_verify(scope),
            "registered_at",
            page,
            "organisation_verify",
            "name",
        ),
        (
            "file-check-2",
            _("Payment terms that wait for a second person"),
            terms_proposed(scope),
            "proposed_at",
            page,
            "terms_approve",
            "organisation__name",
        ),
    ]
