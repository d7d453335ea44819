"""Keep the price of a product, and the prices from a quantity on."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from oscar.apps.partner.models import StockRecord

from shop.core.fen import round_half_up, shown_yuan, to_yuan
from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Change
from shop.listings.drafts import TierDraft
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing, PriceTier


def tier_price(price_fen: int, factor: Decimal) -> int:
    """Return the unit price in fen at a factor of the list price, rounded half up."""
    return round_half_up(Decimal(price_fen) * factor)


@transaction.atomic
def set_price(
    *, sku: str, price_fen: int, expected_fen: int, actor_id: int | None, reason: str = ""
) -> Change:
    """Let a product cost this much in fen, tax included, from now on; journalled. The same again changes nothing.

    Prices from a quantity on stay; one that is no longer below the price does not count. Raises ListingError:
    unknown, price_not_positive, and stale when the price is not `expected_fen` any more.
    """
    listing = lock(Listing.objects.filter(sku=sku)).first()
    if listing is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    if price_fen <= 0:
        raise ListingError(_("A price must be more than zero."), code="price_not_positive", field="price_fen")
    if listing.price_fen == price_fen:
        return Change.UNCHANGED
    if listing.price_fen != expected_fen:
        raise ListingError(
            _("The price of %(sku)s is ¥%(now)s now, not ¥%(seen)s.")
            % {"sku": sku, "now": shown_yuan(listing.price_fen), "seen": shown_yuan(expected_fen)},
            code="stale",
            field="price_fen",
        )
    listing.price_fen = price_fen
    listing.save(update_fields=["price_fen"])
    StockRecord.objects.filter(product_id=listing.product_id).update(price=to_yuan(price_fen))
    journal_services.record(
        actor_id=actor_id,
        action="listing.price_set",
        object_type="listing",
        object_key=sku,
        before={"price_fen": expected_fen},
        after={"price_fen": price_fen},
        reason=reason,
    )
    return Change.CHANGED


@transaction.atomic
def set_price_tiers(
    *, sku: str, tiers: Sequence[TierDraft], starts_on: dt.date, actor_id: int | None
) -> Change:
    """Let exactly these tiers hold from that day on, journalled; the same call again changes nothing.

    Tiers that began earlier end the day before; those of the same or a later day are replaced.
    Raises ListingError when a quantity is below 2 or given twice, or a price does not fall as it grows.
    """
    listing = lock(Listing.objects.filter(sku=sku)).first()
    if listing is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    _check(listing, tiers)
    current = PriceTier.objects.filter(product_id=listing.product_id)
    now_open = current.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    wanted = {(tier.min_quantity, tier.price_fen, starts_on, None) for tier in tiers}
    stored = set(now_open.values_list("min_quantity", "price_fen", "starts_on", "ends_on"))
    if stored == wanted:
        return Change.UNCHANGED
    now_open.filter(starts_on__gte=starts_on).delete()
    now_open.update(ends_on=starts_on - dt.timedelta(days=1))
    PriceTier.objects.bulk_create(
        PriceTier(
            product_id=listing.product_id,
            min_quantity=tier.min_quantity,
            price_fen=tier.price_fen,
            starts_on=starts_on,
        )
        for tier in tiers
    )
    journal_services.record(
        actor_id=actor_id,
        action="listing.tiers_set",
        object_type="listing",
        object_key=sku,
        before={"tiers": sorted([quantity, fen] for quantity, fen, _on, _end in stored)},
        after={"tiers": [[tier.min_quantity, tier.price_fen] for tier in tiers], "starts_on": str(starts_on)},
    )
    return Change.CHANGED if stored else Change.CREATED


def _check(listing: Listing, tiers: Sequence[TierDraft]) -> None:
    quantity, fen = 1, listing.price_fen
    for tier in tiers:
        if tier.min_quantity <= quantity:
            raise ListingError(
                _("Quantities of price tiers must grow, from 2 on."), code="tier_quantity", field="bulk_tiers"
            )
        if not 0 < tier.price_fen < fen:
            raise ListingError(
                _("The price of a tier must be below the one before it, and more than zero."),
                code="tier_price",
                field="bulk_tiers",
            )
        quantity, fen = tier.min_quantity, tier.price_fen
