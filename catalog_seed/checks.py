"""What the seed files say about each other: every name must be known, every rule of the shop kept."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from catalog_seed.reading import Fault, SeedData
from catalog_seed.schema import (
    CategoryRow,
    CertificationRow,
    FreightRow,
    PairingRow,
    ProductRow,
    ProgrammeRow,
    ProvinceRow,
    RegionRow,
    SourceRow,
    SupplierRow,
    TargetRow,
    TownshipRow,
    VillageRow,
)
from shop.core.fen import round_half_up
from shop.listings.areas import provinces
from shop.listings.label_rules import DEMO_NUMBER, REQUIRED

#: Field of the label → column of products.csv, where they differ.
_LABEL_COLUMNS = {"net_content": "spec_zh", "storage": "storage_zh"}


def check(data: SeedData) -> list[Fault]:
    """Return every fault between the files. Rows that could not be read are not complained about again."""
    checks: Iterable[Callable[[SeedData], Iterator[Fault]]] = (
        _names,
        _townships,
        _sources,
        _pairings,
        _categories,
        _provinces,
        _freight,
        _targets,
        _labels,
        _tiers,
    )
    return [fault for one in checks for fault in one(data)]


def _names(data: SeedData) -> Iterator[Fault]:
    regions = {row.slug for row in data.rows("regions.csv", RegionRow)}
    programmes = {row.slug for row in data.rows("programmes.csv", ProgrammeRow)}
    suppliers = {row.code for row in data.rows("suppliers.csv", SupplierRow)}
    categories = {row.slug for row in data.rows("categories.csv", CategoryRow)}
    certificates = {row.code for row in data.rows("certifications.csv", CertificationRow)} | {""}
    in_region = (
        "townships.csv",
        "villages.csv",
        "targets.csv",
        "certifications.csv",
        "suppliers.csv",
        "products.csv",
    )
    wanted = [(file, "region_slug", regions, "regions.csv") for file in (*in_region, "pairings.csv")]
    wanted += [
        ("regions.csv", "programme", programmes, "programmes.csv"),
        ("pairings.csv", "programme_slug", programmes, "programmes.csv"),
        ("freight.csv", "supplier_key", suppliers, "suppliers.csv"),
        ("products.csv", "supplier_key", suppliers, "suppliers.csv"),
        ("products.csv", "category", categories, "categories.csv"),
        ("products.csv", "certification", certificates, "certifications.csv"),
    ]
    for file, column, known, at in wanted:
        for row in data.tables[file]:
            value = getattr(row, column)
            if value not in known:
                reason = _("“%(value)s” is not in %(file)s") % {"value": value, "file": at}
                yield Fault(file, row.line, column, reason)


def _townships(data: SeedData) -> Iterator[Fault]:
    regions = {row.slug for row in data.rows("regions.csv", RegionRow)}
    known = {(row.region_slug, row.name_zh) for row in data.rows("townships.csv", TownshipRow)}
    villages, suppliers = data.rows("villages.csv", VillageRow), data.rows("suppliers.csv", SupplierRow)
    products = data.rows("products.csv", ProductRow)
    named = [
        *(("villages.csv", "township_zh", row.line, row.region_slug, row.township_zh) for row in villages),
        *(("suppliers.csv", "township_zh", row.line, row.region_slug, row.township_zh) for row in suppliers),
        *(
            ("products.csv", "origin_township_zh", row.line, row.region_slug, row.origin_township_zh)
            for row in products
        ),
    ]
    for file, column, line, region, name in named:
        if name and region in regions and (region, name) not in known:
            reason = _("“%(value)s” is not in %(file)s") % {"value": name, "file": "townships.csv"}
            yield Fault(file, line, column, reason)


def _sources(data: SeedData) -> Iterator[Fault]:
    known = {f"source:{row.source_key}" for row in data.rows("sources.csv", SourceRow)}
    for file, rows in data.tables.items():
        for row in rows:
            value = getattr(row, "source", "")
            if value.startswith("source:") and value not in known:
                column = "fact_source_url" if isinstance(row, ProductRow) else "source_url"
                reason = _("“%(value)s” is not in %(file)s") % {"value": value, "file": "sources.csv"}
                yield Fault(file, row.line, column, reason)


def _pairings(data: SeedData) -> Iterator[Fault]:
    before: dict[str, list[PairingRow]] = defaultdict(list)
    for row in data.rows("pairings.csv", PairingRow):
        if row.ends_on is not None and row.ends_on < row.starts_on:
            yield Fault("pairings.csv", row.line, "ends_on", _("is before starts_on"))
        for other in before[row.region_slug]:
            if _overlap(row, other):
                reason = _("overlaps the pairing of the same region in line %(line)d") % {"line": other.line}
                yield Fault("pairings.csv", row.line, "starts_on", reason)
        before[row.region_slug].append(row)


def _overlap(one: PairingRow, other: PairingRow) -> bool:
    return (other.ends_on is None or one.starts_on <= other.ends_on) and (
        one.ends_on is None or other.starts_on <= one.ends_on
    )


def _categories(data: SeedData) -> Iterator[Fault]:
    above: set[str] = set()
    for row in data.rows("categories.csv", CategoryRow):
        parent = row.slug.rpartition("/")[0]
        if row.parent_slug != parent:
            reason = _("does not lead to slug “%(slug)s”") % {"slug": row.slug}
            yield Fault("categories.csv", row.line, "parent_slug", reason)
        elif parent and parent not in above:
            reason = _("“%(slug)s” does not stand above this line") % {"slug": parent}
            yield Fault("categories.csv", row.line, "parent_slug", reason)
        above.add(row.slug)


def _provinces(data: SeedData) -> Iterator[Fault]:
    rows = data.rows("provinces.csv", ProvinceRow)
    for row in rows:
        if row.name_zh not in provinces():
            reason = _("“%(value)s” is no province of the area data") % {"value": row.name_zh}
            yield Fault("provinces.csv", row.line, "name_zh", reason)
    for name in provinces():
        if rows and name not in {row.name_zh for row in rows}:
            reason = _("“%(value)s” is missing") % {"value": name}
            yield Fault("provinces.csv", 1, "name_zh", reason)


def _freight(data: SeedData) -> Iterator[Fault]:
    groups = {row.province_group for row in data.rows("provinces.csv", ProvinceRow)}
    covered: dict[tuple[str, object], list[FreightRow]] = defaultdict(list)
    for row in data.rows("freight.csv", FreightRow):
        covered[row.supplier_key, row.starts_on].append(row)
        if row.province_group not in groups:
            reason = _("“%(value)s” is not in %(file)s") % {
                "value": row.province_group,
                "file": "provinces.csv",
            }
            yield Fault("freight.csv", row.line, "province_group", reason)
        for column in ("first_kg_fen", "next_kg_fen"):
            value = getattr(row, column)
            if row.deliverable == "yes" and value is None:
                yield Fault("freight.csv", row.line, column, _("must not be empty where goods are delivered"))
            if row.deliverable == "no" and value is not None:
                yield Fault("freight.csv", row.line, column, _("must be empty where nothing is delivered"))
    for rows in covered.values():
        for group in sorted(groups - {row.province_group for row in rows}):
            reason = _("the supplier has no row for group “%(group)s”") % {"group": group}
            yield Fault("freight.csv", rows[0].line, "province_group", reason)
    having = {row.supplier_key for row in data.rows("freight.csv", FreightRow)}
    for supplier in data.rows("suppliers.csv", SupplierRow):
        if supplier.code not in having:
            reason = _("the supplier has no row in %(file)s") % {"file": "freight.csv"}
            yield Fault("suppliers.csv", supplier.line, "supplier_key", reason)


def _targets(data: SeedData) -> Iterator[Fault]:
    seen: dict[tuple[str, int, str, bool], int] = {}
    for row in data.rows("targets.csv", TargetRow):
        if not row.is_target:
            continue
        key = (row.region_slug, row.year, row.mode, row.basis != "sourced")
        if key in seen:
            reason = _("line %(line)d sets a target of the same region and year") % {"line": seen[key]}
            yield Fault("targets.csv", row.line, "year", reason)
        seen.setdefault(key, row.line)
    for village in data.rows("villages.csv", VillageRow):
        if not village.township_zh and not village.village_zh:
            yield Fault(
                "villages.csv", village.line, "village_zh", _("neither township nor village is named")
            )


def _labels(data: SeedData) -> Iterator[Fault]:
    for row in data.rows("products.csv", ProductRow):
        for name in REQUIRED[row.label_class]:
            column = _LABEL_COLUMNS.get(name, name)
            if getattr(row, column) in ("", None):
                reason = _("must not be empty for goods of class %(label_class)s") % {
                    "label_class": row.label_class
                }
                yield Fault("products.csv", row.line, column, reason)
        for column in ("licence_no", "standard_no"):
            if getattr(row, column) == DEMO_NUMBER and not settings.SHOP_DEMO:
                reason = _("holds the demonstration's placeholder, but this shop is no demonstration")
                yield Fault("products.csv", row.line, column, reason)
        if row.label_basis == "illustrative" and row.licence_no not in ("", DEMO_NUMBER):
            reason = _("must be “%(number)s” on an illustrative label: no licence is invented") % {
                "number": DEMO_NUMBER
            }
            yield Fault("products.csv", row.line, "licence_no", reason)
        if row.net_weight_g is not None and row.gross_weight_g < row.net_weight_g:
            yield Fault("products.csv", row.line, "gross_weight_g", _("is less than net_weight_g"))


def _tiers(data: SeedData) -> Iterator[Fault]:
    for row in data.rows("products.csv", ProductRow):
        fen = row.price_fen
        for quantity, factor in row.bulk_tiers:
            lower = round_half_up(row.price_fen * factor)
            if not 0 < lower < fen:
                reason = _("the price from %(quantity)d on is not lower by a whole fen") % {
                    "quantity": quantity
                }
                yield Fault("products.csv", row.line, "bulk_tiers", reason)
            fen = lower


def townships(data: SeedData) -> Iterator[tuple[str, str]]:
    """Yield region and township of every place that a file names, each once."""
    named: dict[tuple[str, str], None] = {}
    for village in data.rows("villages.csv", VillageRow):
        named[village.region_slug, village.township_zh] = None
    for supplier in data.rows("suppliers.csv", SupplierRow):
        named[supplier.region_slug, supplier.township_zh] = None
    for product in data.rows("products.csv", ProductRow):
        named[product.region_slug, product.origin_township_zh] = None
    known_by_village = {(row.region_slug, row.township_zh) for row in data.rows("villages.csv", VillageRow)}
    yield from (place for place in named if place[1] or place in known_by_village)
