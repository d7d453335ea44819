"""Whether a sale counts as consumption support, and the snapshot the ledger copies (counting rules 3, 4)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from oscar.apps.catalogue.models import Product

from shop.listings.models import ClaimState, Listing, ProductOrigin
from shop.listings.selectors import Shelf, listing_rows, pairings_on
from shop.ordering.status import Eligibility
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.selectors import is_admitted

RULE_VERSION = "1"


@dataclass(frozen=True)
class Verdict:
    """Whether goods count, with the reason when they do not (yet)."""

    eligibility: Eligibility
    reason: str = ""


@dataclass(frozen=True)
class OrderFacts:
    """The dimensions that every share of an order has in common."""

    buyer_kind: str
    credited_organisation: str
    credited_name: str
    mode: str
    channel: str
    demo: bool


class Origins:
    """Origins, pairings and certificates of an order's products on a day, as the shelf has them."""

    def __init__(self, product_ids: Collection[int], on: dt.date, shelf: Shelf) -> None:
        self.on = on
        products = {pk: listing.product for pk, listing in listing_rows(product_ids, shelf).items()}
        self.origins: dict[int, ProductOrigin] = {
            pk: product.origin for pk, product in products.items() if hasattr(product, "origin")
        }
        self.programmes = {
            region_id: pairing.programme.slug for region_id, pairing in pairings_on(on, shelf).items()
        }
        self.certificates = {
            pk: min(shelf.entries[pk].certifications, default="") for pk in products if pk in shelf.entries
        }

    def verdict(self, listing: Listing) -> Verdict:
        """Return whether the product's sale counts today."""
        reason = _supplier_reason(listing.supplier, self.on)
        origin = self.origins.get(listing.product_id)
        if not reason and origin is None:
            reason = "no_origin"
        if reason or origin is None:
            return Verdict(Eligibility.INELIGIBLE, reason)
        if origin.claim_state == ClaimState.REJECTED:
            return Verdict(Eligibility.INELIGIBLE, "claim_rejected")
        if origin.region_id not in self.programmes:
            return Verdict(Eligibility.INELIGIBLE, "no_pairing")
        if origin.claim_state == ClaimState.PENDING:
            return Verdict(Eligibility.PENDING, "claim_pending")
        if any(day is not None and day > self.on for day in (origin.verified_on, origin.valid_from)):
            return Verdict(Eligibility.PENDING, "claim_pending")
        if origin.valid_until is not None and origin.valid_until < self.on:
            return Verdict(Eligibility.INELIGIBLE, "claim_expired")
        return Verdict(Eligibility.ELIGIBLE)

    def dims(self, listing: Listing, product: Product, facts: OrderFacts) -> dict[str, Any]:
        """Return the dimensions of a goods share: codes and names, never a person."""
        origin = self.origins.get(listing.product_id)
        return supplier_dims(listing.supplier, facts) | {
            "region": origin.region.slug if origin else "",
            "township": origin.township.name_zh if origin and origin.township else "",
            "programme": self.programmes.get(origin.region_id, "") if origin else "",
            "product": listing.sku,
            "product_name": product.get_title(),
            "category": listing.category_slug,
            "certification": self.certificates.get(listing.product_id, ""),
        }


def supplier_dims(supplier: Supplier, facts: OrderFacts) -> dict[str, Any]:
    """Return the dimensions of a charge of a supplier; those of goods are empty."""
    return {
        "region": "",
        "township": "",
        "programme": "",
        "supplier": supplier.code,
        "supplier_name": supplier.name_zh,
        "product": "",
        "product_name": "",
        "category": "",
        "certification": "",
        "buyer_kind": facts.buyer_kind,
        "credited_organisation": facts.credited_organisation,
        "credited_name": facts.credited_name,
        "mode": facts.mode,
        "channel": facts.channel,
        "demo": facts.demo,
        "rule_version": RULE_VERSION,
    }


def _supplier_reason(supplier: Supplier, on: dt.date) -> str:
    if is_admitted(supplier, on):
        return ""
    return "supplier_suspended" if supplier.state == SupplierState.SUSPENDED else "supplier_not_admitted"
