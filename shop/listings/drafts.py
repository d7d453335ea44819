"""What callers hand to the services of listings."""

import datetime as dt
from dataclasses import dataclass, field

from shop.listings.models import ClaimState, LabelClass, ReturnRule


@dataclass(frozen=True, kw_only=True)
class OriginDraft:
    """Where a product is produced; `township_zh` empty when only the region is known."""

    region_slug: str
    township_zh: str = ""
    claim_state: ClaimState = ClaimState.PENDING
    verified_on: dt.date | None = None
    valid_until: dt.date | None = None
    source: str = ""
    demo: bool = True


@dataclass(frozen=True, kw_only=True)
class LabelDraft:
    """The label's fields; which must be filled is `label_rules`."""

    label_class: LabelClass
    ingredients: str = ""
    net_content: str = ""
    producer: str = ""
    shelf_life_days: int | None = None
    storage: str = ""
    licence_no: str = ""
    standard_no: str = ""
    allergens: str = ""
    illustrative: bool = True


@dataclass(frozen=True, kw_only=True)
class ListingDraft:
    """A product as it is to be sold; `sku` is its key. Price in fen, tax included; weights in grams."""

    sku: str
    supplier_code: str
    category_slug: str
    name_zh: str
    name_en: str
    spec: str
    unit: str
    description_zh: str
    description_en: str
    net_weight_g: int | None
    gross_weight_g: int
    price_fen: int
    vat_percent: int
    return_rule: ReturnRule
    origin: OriginDraft
    label: LabelDraft
    cold_chain: bool = False
    certification_codes: tuple[str, ...] = field(default_factory=tuple)
    demo: bool = True
    source: str = ""
    position: int = 0


@dataclass(frozen=True)
class TierDraft:
    """The unit price in fen from a quantity on."""

    min_quantity: int
    price_fen: int


@dataclass(frozen=True)
class RateDraft:
    """Freight to one province, by its name in the area data; `free_from_fen` None: never free."""

    province: str
    deliverable: bool
    first_kg_fen: int = 0
    next_kg_fen: int = 0
    free_from_fen: int | None = None
