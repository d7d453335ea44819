"""Write the seed through the services: all of it or nothing, and nothing the second time."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from oscar.apps.partner.models import StockRecord

from catalog_seed.checks import check, townships
from catalog_seed.reading import Fault, SeedData, read_folder
from catalog_seed.schema import (
    SOURCED,
    CategoryRow,
    CertificationRow,
    FreightRow,
    PairingRow,
    ProductRow,
    ProgrammeRow,
    ProvinceRow,
    RegionRow,
    SupplierRow,
    TargetRow,
    TownshipRow,
    VillageRow,
)
from shop.journal.upsert import Change
from shop.listings import services as listings
from shop.listings.drafts import LabelDraft, ListingDraft, OriginDraft, RateDraft, TierDraft
from shop.listings.models import ClaimState, LabelClass, ReturnRule
from shop.listings.pictures import save_picture
from shop.listings.selectors.own_goods import changed_by_suppliers
from shop.listings.services.certifications import CertificationDraft
from shop.ordering.services import set_stock
from shop.regions import services as regions
from shop.regions.models import PartnerRegion, Programme, Township
from shop.suppliers import services as suppliers

#: From this day the demonstration's suppliers are admitted, claims verified and tiers in force.
STARTS_ON = dt.date(2024, 1, 1)


@dataclass
class Report:
    """What a load did: rows created, changed and unchanged by table."""

    tables: dict[str, Counter[Change]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, table: str, change: Change) -> None:
        """Count one row of a table."""
        self.tables[table][change] += 1

    @property
    def written(self) -> int:
        """Return how many rows were created or changed."""
        return sum(counter[Change.CREATED] + counter[Change.CHANGED] for counter in self.tables.values())


def read(folder: Path) -> tuple[SeedData, list[Fault]]:
    """Read and check the whole folder; the faults are sorted by file and line. Writes nothing."""
    data, faults = read_folder(folder)
    return data, sorted([*faults, *check(data)])


@transaction.atomic
def load(data: SeedData, *, progress: Callable[[int], object] = lambda count: None) -> Report:
    """Write data without faults in one transaction; `progress` is told of each product.

    Rows are found by their natural keys. Stock, admission and publishing are given to new rows only:
    what people and sales did since is theirs. A second load of the same files writes nothing.
    """
    report = Report()
    _load_regions(data, report)
    _load_places(data, report)
    _load_targets(data, report)
    _load_categories(data, report)
    _load_certifications(data, report)
    _load_suppliers(data, report)
    _load_freight(data, report)
    _load_products(data, report, progress)
    return report


def _regions() -> dict[str, PartnerRegion]:
    return {region.slug: region for region in PartnerRegion.objects.all()}


def _load_regions(data: SeedData, report: Report) -> None:
    for programme in data.rows("programmes.csv", ProgrammeRow):
        saved = regions.save_programme(
            slug=programme.slug, name_zh=programme.name_zh, name_en=programme.name_en, actor_id=None
        )
        report.count("programmes", saved.change)
    for position, row in enumerate(data.rows("regions.csv", RegionRow)):
        draft = regions.RegionDraft(
            slug=row.slug,
            name_zh=row.name_zh,
            name_en=row.name_en,
            short_zh=row.short_zh,
            short_en=row.short_en,
            seal=row.seal,
            parent_zh=row.parent,
            parent_en=row.parent_en,
            division_code=row.division_code,
            blurb_zh=row.blurb_zh,
            blurb_en=row.blurb_en,
            source=row.source,
            position=position,
        )
        report.count("regions", regions.save_region(draft=draft, actor_id=None).change)
    by_slug, programmes = _regions(), {one.slug: one for one in Programme.objects.all()}
    for pairing in data.rows("pairings.csv", PairingRow):
        paired = regions.save_pairing(
            region=by_slug[pairing.region_slug],
            programme=programmes[pairing.programme_slug],
            starts_on=pairing.starts_on,
            ends_on=pairing.ends_on,
            note=pairing.note,
            actor_id=None,
        )
        report.count("pairings", paired.change)


def _load_places(data: SeedData, report: Report) -> None:
    by_slug = _regions()
    english = {(row.region_slug, row.name_zh): row.name_en for row in data.rows("townships.csv", TownshipRow)}
    for region_slug, name_zh in townships(data):
        name_en = english.get((region_slug, name_zh), "")
        saved = regions.save_township(region=by_slug[region_slug], name_zh=name_zh, name_en=name_en)
        report.count("townships", saved.change)
    places = _townships()
    for row in data.rows("villages.csv", VillageRow):
        village = regions.save_village(
            township=places[row.region_slug, row.township_zh],
            name_zh=row.village_zh,
            speciality_zh=row.speciality,
            name_en=row.village_en,
            speciality_en=row.speciality_en,
            source=row.source,
        )
        report.count("villages", village.change)


def _townships() -> dict[tuple[str, str], Township]:
    found = Township.objects.select_related("region")
    return {(township.region.slug, township.name_zh): township for township in found}


def _load_targets(data: SeedData, report: Report) -> None:
    by_slug, programmes = _regions(), {one.slug: one for one in Programme.objects.all()}
    programme_of = {row.slug: programmes[row.programme] for row in data.rows("regions.csv", RegionRow)}
    for row in data.rows("targets.csv", TargetRow):
        region = by_slug[row.region_slug]
        if row.is_target:
            target = regions.save_target(
                region=region,
                programme=programme_of[row.region_slug],
                year=row.year,
                mode=row.mode,
                target_fen=row.fen,
                demo=row.basis != SOURCED,
                note=row.note,
                actor_id=None,
            )
            report.count("targets", target.change)
            continue
        fact = regions.save_fact(
            region=region,
            year=row.year,
            metric=row.metric,
            amount_fen=row.fen,
            source=row.source,
            note=row.note,
            actor_id=None,
        )
        report.count("facts", fact.change)


def _load_categories(data: SeedData, report: Report) -> None:
    for row in data.rows("categories.csv", CategoryRow):
        saved = listings.save_category(slug=row.slug, name_zh=row.name_zh, name_en=row.name_en, actor_id=None)
        report.count("categories", saved.change)


def _load_certifications(data: SeedData, report: Report) -> None:
    by_slug = _regions()
    for row in data.rows("certifications.csv", CertificationRow):
        draft = CertificationDraft(
            code=row.code,
            region=by_slug[row.region_slug],
            name_zh=row.name_zh,
            name_en=row.name_en,
            scheme=row.scheme,
            year=row.year,
            scope_note=row.scope_note,
            source=row.source,
        )
        report.count("certifications", listings.save_certification(draft=draft, actor_id=None).change)


def _load_suppliers(data: SeedData, report: Report) -> None:
    by_slug, places = _regions(), _townships()
    for row in data.rows("suppliers.csv", SupplierRow):
        draft = suppliers.SupplierDraft(
            code=row.code,
            region=by_slug[row.region_slug],
            township=places[row.region_slug, row.township_zh] if row.township_zh else None,
            kind=row.kind,
            name_zh=row.name_zh,
            name_en=row.name_en,
            contact_email=row.contact_email,
            is_sourced=row.basis == SOURCED,
            source=row.source,
            demo=True,
        )
        saved = suppliers.save_supplier(draft=draft, actor_id=None)
        if saved.change is Change.CREATED:
            suppliers.admit_supplier(code=row.code, on=STARTS_ON, actor_id=None, reason="seed")
        report.count("suppliers", saved.change)


def _load_freight(data: SeedData, report: Report) -> None:
    members: dict[str, list[str]] = defaultdict(list)
    for province in data.rows("provinces.csv", ProvinceRow):
        members[province.province_group].append(province.name_zh)
    rates: dict[tuple[str, dt.date], list[RateDraft]] = defaultdict(list)
    for row in data.rows("freight.csv", FreightRow):
        rates[row.supplier_key, row.starts_on] += [
            RateDraft(
                province=name,
                deliverable=row.deliverable == "yes",
                first_kg_fen=row.first_kg_fen or 0,
                next_kg_fen=row.next_kg_fen or 0,
                free_from_fen=row.free_from_fen,
            )
            for name in members[row.province_group]
        ]
    for (code, starts_on), wanted in rates.items():
        change = listings.save_freight_template(
            supplier_code=code, starts_on=starts_on, rates=wanted, actor_id=None
        )
        report.count("freight_templates", change)


def _load_products(data: SeedData, report: Report, progress: Callable[[int], object]) -> None:
    rows = data.rows("products.csv", ProductRow)
    region_order = {row.slug: place for place, row in enumerate(data.rows("regions.csv", RegionRow))}
    placed: Counter[str] = Counter()
    touched: list[int] = []
    names = listings.names_for([_draft(row, 0) for row in rows])
    suppliers_own = changed_by_suppliers(row.sku for row in rows)
    for row in rows:
        # The regions take turns in lists, so that the first page shows every place.
        position = placed[row.region_slug] * len(region_order) + region_order[row.region_slug]
        placed[row.region_slug] += 1
        if row.sku in suppliers_own:
            # What the supplier and the staff have agreed on since is theirs.
            report.count("products", Change.UNCHANGED)
            progress(1)
            continue
        draft = _draft(row, position)
        saved = listings.save_listing(draft=draft, actor_id=None, index=False, names=names)
        product_id = saved.row.product_id
        report.count("products", saved.change)
        tiers = [
            TierDraft(count, listings.tier_price(row.price_fen, factor)) for count, factor in row.bulk_tiers
        ]
        tiered = listings.set_price_tiers(sku=row.sku, tiers=tiers, starts_on=STARTS_ON, actor_id=None)
        report.count("price_tiers", tiered)
        report.count("pictures", save_picture(product_id=product_id, key=picture_key(row)).change)
        if saved.change is Change.CREATED:
            _stock(row, product_id, report)
            listings.publish_product(sku=row.sku, actor_id=None, index=False)
        touched.append(product_id)
        progress(1)
    indexed = listings.index_products(product_ids=touched)
    report.tables["search_texts"] += Counter(
        {Change.CHANGED: indexed, Change.UNCHANGED: len(touched) - indexed}
    )


def _stock(row: ProductRow, product_id: int, report: Report) -> None:
    stockrecord = StockRecord.objects.get(product_id=product_id)
    for pool, units in (("retail", row.stock), ("bulk", row.bulk_stock)):
        set_stock(stockrecord=stockrecord, pool=pool, on_hand=units)
        report.count("stock", Change.CREATED)


def picture_key(row: ProductRow) -> str:
    """Return the key of a product's illustration; it changes with what the illustration shows."""
    shown = "\n".join([row.name_zh, row.spec_zh, row.unit, row.category, row.region_slug])
    return f"{row.sku.lower()}-{hashlib.sha256(shown.encode()).hexdigest()[:12]}"


def _draft(row: ProductRow, position: int) -> ListingDraft:
    origin = OriginDraft(
        region_slug=row.region_slug,
        township_zh=row.origin_township_zh,
        claim_state=ClaimState.VERIFIED,
        verified_on=STARTS_ON,
        source=row.source,
    )
    label = LabelDraft(
        label_class=LabelClass(row.label_class),
        ingredients=row.ingredients,
        net_content=row.spec_zh,
        producer=row.producer,
        shelf_life_days=row.shelf_life_days,
        storage=row.storage_zh,
        licence_no=row.licence_no,
        standard_no=row.standard_no,
        allergens=row.allergens,
        illustrative=row.label_basis != SOURCED,
    )
    return ListingDraft(
        sku=row.sku,
        supplier_code=row.supplier_key,
        category_slug=row.category,
        name_zh=row.name_zh,
        name_en=row.name_en,
        spec=row.spec_zh,
        unit=row.unit,
        description_zh=row.description_zh,
        description_en=row.description_en,
        net_weight_g=row.net_weight_g,
        gross_weight_g=row.gross_weight_g,
        price_fen=row.price_fen,
        vat_percent=int(row.tax_rate),
        return_rule=ReturnRule(row.return_rule),
        origin=origin,
        label=label,
        cold_chain=row.return_rule == ReturnRule.NO_RETURN_COLD_CHAIN,
        certification_codes=(row.certification,) if row.certification else (),
        source=row.source,
        position=position,
    )
