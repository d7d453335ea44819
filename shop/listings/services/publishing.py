"""Put a product on sale, and take it off."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.listings.exceptions import ListingError
from shop.listings.label_rules import FIELD_NAMES, demo_numbers, missing_fields
from shop.listings.models import FoodLabel, Listing, ListingState
from shop.listings.services.indexing import index_product
from shop.suppliers.selectors import is_admitted


@transaction.atomic
def publish_product(*, sku: str, actor_id: int | None, index: bool = True) -> Listing:
    """Put the product on sale, journalled; nothing changes when it is already.

    Raises ListingError naming the field while the label lacks what its class requires, while a number is
    only the demonstration's placeholder on a product or in a shop that is no demonstration, or while the
    supplier is not admitted today; then nothing is written.
    """
    listing = _locked(sku)
    if listing.state == ListingState.PUBLISHED:
        return listing
    check_label(listing)
    if not is_admitted(listing.supplier, clock.today()):
        raise ListingError(
            _("The supplier of %(sku)s is not admitted.") % {"sku": sku},
            code="supplier_not_admitted",
            field="supplier_key",
        )
    _move(listing, ListingState.PUBLISHED, actor_id=actor_id, reason="")
    if index:
        index_product(product_id=listing.product_id)
    return listing


@transaction.atomic
def withdraw_product(*, sku: str, reason: str, actor_id: int | None) -> Listing:
    """Take the product off sale, journalled; orders that hold it are not touched. Safe to call twice."""
    listing = _locked(sku)
    if listing.state != ListingState.WITHDRAWN:
        _move(listing, ListingState.WITHDRAWN, actor_id=actor_id, reason=reason)
    return listing


def _locked(sku: str) -> Listing:
    found = lock(Listing.objects.filter(sku=sku)).select_related("product", "supplier").first()
    if found is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    return found


def check_label(listing: Listing) -> None:
    """Raise ListingError naming the field while the label does not allow the product to be on sale."""
    label = FoodLabel.objects.filter(product_id=listing.product_id).first()
    if label is None:
        raise ListingError(
            _("%(sku)s has no label yet.") % {"sku": listing.sku}, code="label_missing", field="label_class"
        )
    for name in missing_fields(label):
        raise ListingError(
            _("%(sku)s cannot be published: “%(field)s” is empty and this class of goods requires it.")
            % {"sku": listing.sku, "field": FIELD_NAMES[name]},
            code="label_incomplete",
            field=name,
        )
    if listing.demo and settings.SHOP_DEMO:
        return
    for name in demo_numbers(label):
        raise ListingError(
            _("%(sku)s cannot be published: “%(field)s” holds the demonstration's placeholder.")
            % {"sku": listing.sku, "field": FIELD_NAMES[name]},
            code="demo_number",
            field=name,
        )


def _move(listing: Listing, state: ListingState, *, actor_id: int | None, reason: str) -> None:
    before = listing.state
    listing.state = state
    listing.save(update_fields=["state"])
    listing.product.is_public = state == ListingState.PUBLISHED
    listing.product.save(update_fields=["is_public"])
    journal_services.record(
        actor_id=actor_id,
        action=f"listing.{state}",
        object_type="listing",
        object_key=listing.sku,
        before={"state": before},
        after={"state": state},
        reason=reason,
    )
