"""What the ledger confirms of the orders of a pack, and the unit's certificates that speak of the same months."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.certificates.models import Certificate
from shop.certificates.packs.content import OrderFile
from shop.certificates.selectors import PlaceSum, unit_certificates, verified
from shop.core import clock
from shop.regions.models import PartnerRegion, Programme


@dataclass(frozen=True)
class Certified:
    """A certificate beside the ledger: the fen it speaks of, now."""

    certificate: Certificate
    places: list[PlaceSum]
    now_fen: int
    is_amended: bool


@dataclass(frozen=True)
class ConfirmedPlace:
    """What is confirmed of a pack's orders in a place and a month, in fen."""

    place: str
    programme: str
    month: dt.date
    fen: int


@dataclass(frozen=True)
class Proof:
    """Confirmed fen by place and month, the certificates, and the months that none of them covers."""

    rows: list[ConfirmedPlace]
    certificates: list[Certified]
    uncovered: list[dt.date]

    @property
    def fen(self) -> int:
        """Return what is confirmed in all."""
        return sum(row.fen for row in self.rows)


def proof_of(unit: Organisation, orders: Sequence[OrderFile], *, demo: bool) -> Proof:
    """Return what proves the purchases of these orders. Three queries, and five for each certificate."""
    sums: dict[tuple[dt.date, str, str], int] = defaultdict(int)
    for order in orders:
        for (region, programme, month), fen in order.booked.confirmed.items():
            sums[month, region, programme] += fen
    regions = {region.slug: region for region in PartnerRegion.objects.all()}
    programmes = dict(Programme.objects.values_list("slug", "name_zh"))
    rows = [
        ConfirmedPlace(_named(regions.get(region), region), programmes.get(programme, programme), month, fen)
        for (month, region, programme), fen in sorted(sums.items())
        if fen
    ]
    months = sorted({row.month for row in rows})
    certificates = _covering(unit, months, demo)
    uncovered = [month for month in months if not any(_covers(one, month) for one in certificates)]
    return Proof(rows, [_beside(one) for one in certificates], uncovered)


def _named(region: PartnerRegion | None, slug: str) -> str:
    if region is None:
        return slug
    return f"{region.parent_zh}·{region.name_zh}" if region.parent_zh else region.name_zh


def _covering(unit: Organisation, months: Iterable[dt.date], demo: bool) -> list[Certificate]:
    """Return for each month the certificate that was issued last of all that cover it, each once. One query."""
    issued = list(unit_certificates(Scope(organisations=frozenset({unit.code})), demo))
    found: dict[int, Certificate] = {}
    for month in months:
        latest = next((one for one in issued if _covers(one, month)), None)
        if latest is not None:
            found[latest.pk] = latest
    return sorted(found.values(), key=lambda one: (one.starts_on, one.pk))


def _covers(certificate: Certificate, month: dt.date) -> bool:
    return clock.month_of(certificate.starts_on) <= month <= certificate.ends_on


def _beside(certificate: Certificate) -> Certified:
    found = verified(certificate)
    return Certified(certificate, found.places, found.now_fen, found.is_amended)
