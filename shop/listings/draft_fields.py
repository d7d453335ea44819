"""The fields of a product draft: what they are called, which must be filled, and how they become a listing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.listings.drafts import LabelDraft, ListingDraft, OriginDraft
from shop.listings.label_rules import FIELD_NAMES, REQUIRED, missing_fields
from shop.listings.models import ClaimState, FoodLabel, LabelClass, Listing, ReturnRule
from shop.listings.supplier_models import ProductDraft

MOST_PHOTOS = 9
MOST_LOTS = 3

LABEL_FIELDS = tuple(FIELD_NAMES)
#: Field → what a person calls it, in the order of the form.
NAMES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "category_slug": _("category"),
        "label_class": _("class of goods"),
        "name_zh": _("product name"),
        "name_en": _("English name"),
        "description_zh": _("description and story"),
        "description_en": _("English description"),
        "township_zh": _("origin township"),
        **FIELD_NAMES,
        "spec": _("specification"),
        "unit": _("unit"),
        "net_weight_g": _("net weight"),
        "gross_weight_g": _("weight with packing"),
        "price_fen": _("price"),
        "vat_percent": _("rate of tax"),
        "return_rule": _("return rule"),
        "photos": _("photos"),
        "lots": _("lots"),
        "freight": _("freight"),
    }
)
_REQUIRED = (
    "category_slug",
    "label_class",
    "name_zh",
    "description_zh",
    "spec",
    "unit",
    "gross_weight_g",
    "price_fen",
    "vat_percent",
    "return_rule",
)
_NUMBERS = ("shelf_life_days", "net_weight_g", "gross_weight_g", "price_fen", "vat_percent")
#: Fields that a supplier fills; lots are a list of their own.
FIELDS = tuple(name for name in NAMES if name not in ("photos", "lots", "freight"))


@dataclass(frozen=True)
class Lot:
    """Goods of one harvest or production that come with a draft: units of its code, days of making and expiry."""

    code: str
    produced_on: dt.date
    expires_on: dt.date | None
    units: int


def empty_values() -> dict[str, Any]:
    """Return the values of a draft that says nothing yet."""
    return {name: None if name in _NUMBERS else "" for name in FIELDS} | {"lots": []}


def values_of(listing: Listing) -> dict[str, Any]:
    """Return what a listing says now, as the values of a draft. Its origin and label are read with it."""
    origin, label = listing.product.origin, listing.product.label
    own = ("category_slug", "name_zh", "name_en", "description_en", "spec", "unit", "net_weight_g")
    terms = ("gross_weight_g", "price_fen", "vat_percent", "return_rule")
    return (
        empty_values()
        | {name: getattr(listing, name) for name in (*own, *terms)}
        | {name: getattr(label, name) for name in ("label_class", *LABEL_FIELDS)}
        | {
            "description_zh": listing.product.description,
            "township_zh": origin.township.name_zh if origin.township else "",
        }
    )


def lots_of(draft: ProductDraft) -> list[Lot]:
    """Return the lots that come with a draft."""
    return [
        Lot(
            code=lot["code"],
            produced_on=dt.date.fromisoformat(lot["produced_on"]),
            expires_on=dt.date.fromisoformat(lot["expires_on"]) if lot["expires_on"] else None,
            units=lot["units"],
        )
        for lot in draft.values.get("lots", [])
    ]


def label_of(draft: ProductDraft) -> FoodLabel:
    """Return the label that a draft describes; not stored."""
    values = empty_values() | draft.values
    return FoodLabel(
        label_class=values["label_class"],
        illustrative=False,
        **{name: values[name] for name in LABEL_FIELDS},
    )


def missing_values(draft: ProductDraft, *, has_photo: bool, has_freight: bool) -> list[str]:
    """Return the fields that must be filled before the draft can be handed in, in the order of the form.

    A version of a product that has pictures already needs no photo: then it keeps those.
    """
    values = draft.values
    lacking = {name for name in _REQUIRED if values.get(name) in ("", None)}
    if values.get("label_class"):
        lacking.update(missing_fields(label_of(draft)))
    if not has_photo and draft.listing_id is None:
        lacking.add("photos")
    if not has_freight:
        lacking.add("freight")
    return [name for name in NAMES if name in lacking]


def needed_fields(draft: ProductDraft) -> set[str]:
    """Return the fields that must be filled before a draft of its class can be handed in, filled or not."""
    return {*_REQUIRED, *REQUIRED.get(draft.values.get("label_class", ""), ())}


def changed_fields(draft: ProductDraft) -> list[str]:
    """Return the fields in which a version differs from what the product said when it was begun."""
    return [name for name in FIELDS if draft.base and draft.values.get(name) != draft.base.get(name)]


def listing_draft(draft: ProductDraft, *, sku: str, region_slug: str, position: int) -> ListingDraft:
    """Return what `save_listing` writes for a complete draft; what it does not say stays as the product has it."""
    values, listing = empty_values() | draft.values, draft.listing
    return ListingDraft(
        sku=sku,
        supplier_code=draft.supplier.code,
        category_slug=values["category_slug"],
        name_zh=values["name_zh"],
        name_en=values["name_en"],
        spec=values["spec"],
        unit=values["unit"],
        description_zh=values["description_zh"],
        description_en=values["description_en"],
        net_weight_g=values["net_weight_g"],
        gross_weight_g=values["gross_weight_g"],
        # The price of a product on sale is proposed on its own.
        price_fen=listing.price_fen if listing else values["price_fen"],
        vat_percent=values["vat_percent"],
        return_rule=ReturnRule(values["return_rule"]),
        origin=_origin(draft, region_slug),
        label=LabelDraft(
            label_class=LabelClass(values["label_class"]),
            illustrative=False,
            **{name: values[name] for name in LABEL_FIELDS},
        ),
        cold_chain=values["return_rule"] == ReturnRule.NO_RETURN_COLD_CHAIN,
        certification_codes=_certifications(listing),
        demo=listing.demo if listing else draft.supplier.demo,
        source=listing.source if listing else "",
        position=position,
    )


def _origin(draft: ProductDraft, region_slug: str) -> OriginDraft:
    """Return the origin as it is claimed: a place that was verified stays so, another waits to be verified."""
    listing = draft.listing
    demo = listing.demo if listing else draft.supplier.demo
    township = draft.values["township_zh"]
    origin = listing.product.origin if listing else None
    if origin is None or (origin.township.name_zh if origin.township else "") != township:
        return OriginDraft(region_slug=region_slug, township_zh=township, demo=demo)
    return OriginDraft(
        region_slug=region_slug,
        township_zh=township,
        claim_state=ClaimState(origin.claim_state),
        verified_on=origin.verified_on,
        valid_until=origin.valid_until,
        source=origin.source,
        demo=origin.demo,
    )


def _certifications(listing: Listing | None) -> tuple[str, ...]:
    if listing is None:
        return ()
    return tuple(listing.product.certifications.order_by("code").values_list("code", flat=True))
