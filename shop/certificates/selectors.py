"""Read certificates, and what the ledger says of them today."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min, QuerySet

from shop.accounts.scope import Scope
from shop.certificates.models import Certificate, CertificateKind, CertifiedSum
from shop.certificates.sums import (
    Cell,
    Cells,
    by_place,
    resident_cells,
    resident_months,
    shares_now,
    sums_digest,
    unit_cells,
)
from shop.certificates.texts import canonical_text, digest_of
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.periods import Period


@dataclass(frozen=True)
class PlaceSum:
    """A region under a programme: fen when it was certified, and of the same fen now."""

    region: str
    region_name: str
    parent: str
    programme_name: str
    certified_fen: int
    now_fen: int

    @property
    def change_fen(self) -> int:
        """Return by how much the ledger changed it since."""
        return self.now_fen - self.certified_fen


@dataclass(frozen=True)
class Verified:
    """A certificate beside the ledger. `text`: its canonical text, as it has to read by its rows."""

    certificate: Certificate
    places: list[PlaceSum]
    now_fen: int
    text: str
    is_amended: bool

    @property
    def is_intact(self) -> bool:
        """Say whether its rows are those that its digest was made of."""
        return digest_of(self.text) == self.certificate.digest


def unit_certificates(scope: Scope, demo: bool) -> QuerySet[Certificate]:
    """Return the certificates of the units that the scope covers, newest first."""
    found = Certificate.objects.filter(kind=CertificateKind.UNIT, demo=demo).order_by("-issued_at", "-pk")
    return found if scope.everything else found.filter(organisation__in=scope.organisations)


def resident_certificates(scope: Scope, demo: bool) -> QuerySet[Certificate]:
    """Return a person's own certificates with their pictures, newest first. One query."""
    found = Certificate.objects.filter(kind=CertificateKind.RESIDENT, demo=demo, resident_id=scope.user_id)
    return found.select_related("image").order_by("-issued_at", "-pk")


def certificate_by_code(code: str) -> Certificate | None:
    """Return the certificate of a code, None for one that never existed. One query."""
    return Certificate.objects.filter(code=code).first() if code else None


def certificate_of_digest(digest: str) -> Certificate | None:
    """Return the certificate of a digest, however its letters are written. One query."""
    return Certificate.objects.filter(digest=digest.lower()).first()


def verified(certificate: Certificate) -> Verified:
    """Return a certificate with what the ledger says of the same fen at this moment. Five queries at the most."""
    certified = _certified(certificate)
    current = _cells_now(certificate, certified)
    places, places_now = by_place(certified.items()), by_place(current.items())
    regions = {region.slug: region for region in PartnerRegion.objects.all()}
    programmes = dict(Programme.objects.values_list("slug", "name_zh"))
    order = {slug: index for index, slug in enumerate(regions)}
    rows = [
        PlaceSum(
            region,
            regions[region].name_zh if region in regions else region,
            regions[region].parent_zh if region in regions else "",
            programmes.get(programme, programme),
            places.get((region, programme), 0),
            places_now.get((region, programme), 0),
        )
        for region, programme in sorted(
            {*places, *places_now}, key=lambda key: (order.get(key[0], len(order)), key)
        )
    ]
    return Verified(
        certificate,
        rows,
        sum(current.values()),
        _text(certificate, certified),
        any(certified.get(cell, 0) != current.get(cell, 0) for cell in {*certified, *current}),
    )


def _text(certificate: Certificate, certified: Cells) -> str:
    """Return the canonical text by the rows as they are now, whatever their digests say."""
    shown = Certificate(
        **{field.attname: getattr(certificate, field.attname) for field in Certificate._meta.concrete_fields}
    )
    shown.sums_digest = sums_digest(certified)
    return canonical_text(shown, by_place(certified.items()))


def _certified(certificate: Certificate) -> Cells:
    columns = ("region", "programme", "month", "source_key", "order_number", "fen")
    rows = CertifiedSum.objects.filter(certificate=certificate).values_list(*columns)
    return {Cell(*cell): fen for *cell, fen in rows}


def _cells_now(certificate: Certificate, certified: Cells) -> Cells:
    """Return what of the certified fen is confirmed now.

    Of a share, at most what was certified: units that are confirmed later are another certificate's, and a refund
    takes the latest ones first (counting rules, section 5).
    """
    demo = certificate.demo
    if certificate.kind == CertificateKind.UNIT:
        period = Period(certificate.starts_on, certificate.ends_on)
        return unit_cells(certificate.organisation, period, demo)
    keys = CertifiedSum.objects.filter(certificate=certificate).values("source_key")
    current = shares_now(keys, certificate.starts_on.year, demo)
    return {cell: min(fen, current[cell]) for cell, fen in certified.items() if cell in current}


@dataclass(frozen=True)
class OwnPlace:
    """What of a resident's purchases from a region is confirmed, in fen."""

    slug: str
    name: str
    parent: str
    fen: int


@dataclass(frozen=True)
class OwnRecord:
    """A resident's year: fen, orders with something confirmed, by region with the largest first, by month."""

    fen: int
    orders: int
    places: list[OwnPlace]
    months: list[tuple[dt.date, int]]


def own_record(user_id: int, year: int, demo: bool) -> OwnRecord:
    """Return what the ledger confirms of a person's own purchases in a year. Three queries."""
    cells = resident_cells(user_id, year, demo)
    fen_of: dict[str, int] = {}
    for cell, fen in cells.items():
        fen_of[cell.region] = fen_of.get(cell.region, 0) + fen
    places = [
        OwnPlace(region.slug, region.name_zh, region.parent_zh, fen_of[region.slug])
        for region in PartnerRegion.objects.filter(slug__in=fen_of)
    ]
    return OwnRecord(
        sum(cells.values()),
        len({cell.order_number for cell in cells}),
        sorted(places, key=lambda place: -place.fen),
        resident_months(user_id, year, demo),
    )


def years_of(user_id: int) -> list[int]:
    """Return the years in which a person may have bought, the latest first; this one always. One query."""
    this_year = clock.today().year
    first = OrderRecord.objects.filter(buyer_id=user_id).aggregate(first=Min("placed_at"))["first"]
    return list(range(this_year, (clock.local_date(first).year if first else this_year) - 1, -1))
