"""Regions, programmes, pairings and suppliers."""

import datetime as dt

from oscar.apps.partner.models import Partner

from shop.regions.models import Pairing, PartnerRegion, Programme, SupportTarget, Township
from shop.suppliers.models import Supplier, SupplierState

LONG_AGO = dt.date(2021, 1, 1)


def make_programme(*, slug: str = "east-west", name_zh: str = "东西部协作") -> Programme:
    """Return the programme of that slug."""
    programme, _ = Programme.objects.get_or_create(
        slug=slug, defaults={"name_zh": name_zh, "name_en": slug.replace("-", " ").title()}
    )
    return programme


def make_pairing(
    *,
    region: PartnerRegion,
    programme: Programme | None = None,
    starts_on: dt.date = LONG_AGO,
    ends_on: dt.date | None = None,
) -> Pairing:
    """Return the pairing of the region with the programme from that day on."""
    pairing, _ = Pairing.objects.get_or_create(
        region=region,
        programme=programme or make_programme(),
        starts_on=starts_on,
        defaults={"ends_on": ends_on},
    )
    return pairing


def make_region(*, slug: str = "wangcang", name_zh: str = "旺苍县", paired: bool = True) -> PartnerRegion:
    """Return the region of that slug, paired since 2021 unless `paired` is false."""
    region, created = PartnerRegion.objects.get_or_create(
        slug=slug,
        defaults={
            "name_zh": name_zh,
            "name_en": slug.title(),
            "short_zh": name_zh[:2],
            "seal": name_zh[0],
            "parent_zh": "四川省广元市",
            "division_code": "510821",
            "blurb_zh": f"{name_zh}的好物。",
            "blurb_en": f"Goods of {slug.title()}.",
        },
    )
    if created and paired:
        make_pairing(region=region)
    return region


def make_target(
    *,
    region: PartnerRegion,
    programme: Programme | None = None,
    year: int = 2026,
    target_fen: int = 10_000_000,
    demo: bool = True,
) -> SupportTarget:
    """Return the region's target of the year."""
    target, _ = SupportTarget.objects.get_or_create(
        region=region,
        programme=programme or make_programme(),
        year=year,
        demo=demo,
        defaults={"target_fen": target_fen},
    )
    return target


def make_supplier(
    *,
    code: str = "wangcang-tea",
    name_zh: str = "旺苍茶业",
    region: PartnerRegion | None = None,
    township_zh: str = "东河镇",
    state: SupplierState = SupplierState.ADMITTED,
    admitted_on: dt.date = LONG_AGO,
    demo: bool = True,
) -> Supplier:
    """Return the supplier of that code, admitted since 2021, with Oscar's partner and a township."""
    found = Supplier.objects.filter(code=code).first()
    if found is not None:
        return found
    region = region or make_region()
    township, _ = Township.objects.get_or_create(region=region, name_zh=township_zh)
    return Supplier.objects.create(
        partner=Partner.objects.create(code=code, name=name_zh),
        code=code,
        region=region,
        township=township,
        kind="cooperative",
        name_zh=name_zh,
        contact_email=f"{code}@supplier.example.com",
        state=state,
        admitted_on=admitted_on,
        demo=demo,
    )
