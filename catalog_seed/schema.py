"""The seed files: their columns, and what each cell may hold."""

# ruff: noqa: RUF009 - `cell` declares a dataclass field, as `field` does

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from catalog_seed import cells
from shop.listings.models import LabelClass, ReturnRule
from shop.listings.services.listing import VAT_PERCENTS

_SLUG = r"[a-z0-9]+(?:[-_][a-z0-9]+)*"
SOURCED = "sourced"
_MOST_FEN = 10**12

a_slug = cells.matching(_SLUG, "wangcang", 50)
a_path = cells.matching(rf"{_SLUG}(?:/{_SLUG})?", "tea/green-tea")
a_sku = cells.matching(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", "WC-TEA-001", 40)
a_source = cells.or_empty(
    cells.matching(r"https?://[^\s\"<>]+|(?:source|seed):[A-Za-z0-9_]+", "https://… / source:key", 300)
)
a_basis = cells.choice(SOURCED, "illustrative")
yes_no = cells.choice("yes", "no")
a_fen = cells.integer(1, _MOST_FEN)


def cell(read: cells.Reader[Any], column: str = "") -> Any:
    """Declare a field that is read from a column, of the field's own name unless said."""
    return field(metadata={"read": read, "column": column})


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a file; `line` is where it begins."""

    line: int


@dataclass(frozen=True, kw_only=True)
class SourceRow(Row):
    source_key: str = cell(cells.text(40))
    url: str = cell(cells.text(300))
    quality: str = cell(cells.text(20))
    display_link: str = cell(yes_no)
    supports: str = cell(cells.optional_text(600))


@dataclass(frozen=True, kw_only=True)
class ProgrammeRow(Row):
    slug: str = cell(a_slug)
    name_zh: str = cell(cells.text(40))
    name_en: str = cell(cells.text(60))


@dataclass(frozen=True, kw_only=True)
class RegionRow(Row):
    slug: str = cell(a_slug)
    name_zh: str = cell(cells.text(40))
    name_en: str = cell(cells.text(60))
    short_zh: str = cell(cells.text(10))
    short_en: str = cell(cells.text(30))
    seal: str = cell(cells.text(1))
    level: str = cell(cells.text(40))
    parent: str = cell(cells.text(40))
    parent_en: str = cell(cells.text(80))
    programme: str = cell(a_slug)
    programme_zh: str = cell(cells.text(40))
    paired_since: str = cell(cells.or_empty(cells.matching(r"\d{4}(-\d{2}(-\d{2})?)?", "2021-06")))
    division_code: str = cell(cells.matching(r"\d{6}", "510821"))
    blurb_zh: str = cell(cells.text(400))
    blurb_en: str = cell(cells.text(600))
    source: str = cell(a_source, "source_url")


@dataclass(frozen=True, kw_only=True)
class PairingRow(Row):
    region_slug: str = cell(a_slug)
    programme_slug: str = cell(a_slug)
    starts_on: dt.date = cell(cells.day)
    ends_on: dt.date | None = cell(cells.optional(cells.day))
    start_known: str = cell(cells.choice("year", "month", "day", "unknown"))
    note: str = cell(cells.optional_text(200))


@dataclass(frozen=True, kw_only=True)
class TownshipRow(Row):
    region_slug: str = cell(a_slug)
    name_zh: str = cell(cells.text(40))
    name_en: str = cell(cells.text(80))


@dataclass(frozen=True, kw_only=True)
class VillageRow(Row):
    region_slug: str = cell(a_slug)
    township_zh: str = cell(cells.optional_text(40))
    village_zh: str = cell(cells.optional_text(40))
    village_en: str = cell(cells.optional_text(80))
    speciality: str = cell(cells.optional_text(200))
    speciality_en: str = cell(cells.optional_text(300))
    source: str = cell(a_source, "source_url")


@dataclass(frozen=True, kw_only=True)
class TargetRow(Row):
    region_slug: str = cell(a_slug)
    year: int = cell(cells.integer(1990, 2100))
    mode: str = cell(cells.or_empty(cells.matching(r"direct|assisted", "direct / assisted")))
    fen: int = cell(a_fen, "target_fen")
    basis: str = cell(a_basis)
    source: str = cell(a_source, "source_url")
    metric: str = cell(cells.text(60))
    note: str = cell(cells.optional_text(200))

    @property
    def is_target(self) -> bool:
        """Say whether the row sets a target; every other metric is a published figure."""
        return self.metric.startswith("annual_target")


@dataclass(frozen=True, kw_only=True)
class CategoryRow(Row):
    slug: str = cell(a_path)
    parent_slug: str = cell(cells.or_empty(a_path))
    name_zh: str = cell(cells.text(80))
    name_en: str = cell(cells.text(80))


@dataclass(frozen=True, kw_only=True)
class CertificationRow(Row):
    code: str = cell(cells.text(80), "certification")
    region_slug: str = cell(a_slug)
    name_zh: str = cell(cells.text(80))
    name_en: str = cell(cells.text(160))
    scheme: str = cell(cells.text(120))
    year: str = cell(cells.or_empty(cells.matching(r"\d{4}(-\d{4})?", "2009 / 2019-2020")))
    scope_note: str = cell(cells.optional_text(300))
    source: str = cell(a_source, "source_url")


@dataclass(frozen=True, kw_only=True)
class SupplierRow(Row):
    code: str = cell(a_slug, "supplier_key")
    region_slug: str = cell(a_slug)
    kind: str = cell(cells.text(20))
    name_zh: str = cell(cells.text(80))
    name_en: str = cell(cells.optional_text(120))
    township_zh: str = cell(cells.optional_text(40))
    categories: str = cell(cells.optional_text(200))
    contact_email: str = cell(cells.email)
    basis: str = cell(a_basis)
    source: str = cell(a_source, "source_url")


@dataclass(frozen=True, kw_only=True)
class ProvinceRow(Row):
    code: str = cell(cells.matching(r"\d{6}", "330000"))
    name_zh: str = cell(cells.text(20))
    province_group: str = cell(a_slug)
    group_name_zh: str = cell(cells.text(40))


@dataclass(frozen=True, kw_only=True)
class FreightRow(Row):
    supplier_key: str = cell(a_slug)
    template: str = cell(a_slug)
    province_group: str = cell(a_slug)
    deliverable: str = cell(yes_no)
    first_kg_fen: int | None = cell(cells.optional(cells.integer(0, 10**7)))
    next_kg_fen: int | None = cell(cells.optional(cells.integer(0, 10**7)))
    free_from_fen: int | None = cell(cells.optional(cells.integer(1, 10**9)))
    cold_chain: str = cell(yes_no)
    starts_on: dt.date = cell(cells.day)
    basis: str = cell(a_basis)


@dataclass(frozen=True, kw_only=True)
class LabelClassRow(Row):
    slug: str = cell(cells.choice(*LabelClass.values))
    name_zh: str = cell(cells.text(40))
    name_en: str = cell(cells.text(60))
    required_fields: str = cell(cells.text(300))
    note: str = cell(cells.optional_text(300))


@dataclass(frozen=True, kw_only=True)
class ReturnRuleRow(Row):
    slug: str = cell(cells.choice(*ReturnRule.values))
    name_zh: str = cell(cells.text(40))
    name_en: str = cell(cells.text(60))
    text_zh: str = cell(cells.text(300))
    text_en: str = cell(cells.text(300))


@dataclass(frozen=True, kw_only=True)
class ProductRow(Row):
    sku: str = cell(a_sku)
    region_slug: str = cell(a_slug)
    category: str = cell(a_path)
    category_zh: str = cell(cells.text(80))
    name_zh: str = cell(cells.text(80))
    name_en: str = cell(cells.optional_text(160))
    spec_zh: str = cell(cells.text(60))
    unit: str = cell(cells.text(10))
    net_weight_g: int | None = cell(cells.optional(cells.integer(1, 10**7)))
    gross_weight_g: int = cell(cells.integer(1, 10**7))
    price_fen: int = cell(cells.integer(1, 10**9))
    bulk_tiers: tuple[tuple[int, Decimal], ...] = cell(cells.tiers)
    shelf_life_days: int | None = cell(cells.optional(cells.integer(1, 36500)))
    storage_zh: str = cell(cells.optional_text(120))
    origin_township_zh: str = cell(cells.optional_text(40))
    certification: str = cell(cells.optional_text(80))
    supplier_key: str = cell(a_slug)
    description_zh: str = cell(cells.text(2000))
    description_en: str = cell(cells.optional_text(2000))
    source: str = cell(a_source, "fact_source_url")
    basis: str = cell(a_basis)
    tax_rate: str = cell(cells.choice(*map(str, VAT_PERCENTS)))
    stock: int = cell(cells.integer(0, 10**6))
    bulk_stock: int = cell(cells.integer(0, 10**6))
    label_class: str = cell(cells.choice(*LabelClass.values))
    ingredients: str = cell(cells.optional_text(300))
    producer: str = cell(cells.optional_text(120))
    standard_no: str = cell(cells.optional_text(60))
    licence_no: str = cell(cells.optional_text(40))
    allergens: str = cell(cells.optional_text(120))
    return_rule: str = cell(cells.choice(*ReturnRule.values))
    label_basis: str = cell(a_basis)


#: File → type of its rows and the columns that name a row once.
FILES: Mapping[str, tuple[type[Row], tuple[str, ...]]] = MappingProxyType(
    {
        "sources.csv": (SourceRow, ("source_key",)),
        "programmes.csv": (ProgrammeRow, ("slug",)),
        "regions.csv": (RegionRow, ("slug",)),
        "pairings.csv": (PairingRow, ("region_slug", "programme_slug", "starts_on")),
        "townships.csv": (TownshipRow, ("region_slug", "name_zh")),
        "villages.csv": (VillageRow, ("region_slug", "township_zh", "village_zh")),
        "targets.csv": (TargetRow, ("region_slug", "year", "mode", "metric")),
        "categories.csv": (CategoryRow, ("slug",)),
        "certifications.csv": (CertificationRow, ("code",)),
        "suppliers.csv": (SupplierRow, ("code",)),
        "provinces.csv": (ProvinceRow, ("name_zh",)),
        "freight.csv": (FreightRow, ("supplier_key", "province_group", "starts_on")),
        "label_classes.csv": (LabelClassRow, ("slug",)),
        "return_rules.csv": (ReturnRuleRow, ("slug",)),
        "products.csv": (ProductRow, ("sku",)),
    }
)
