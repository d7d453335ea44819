"""Whether a price is a fair one: beside what the shop asks of everybody, what the unit paid before, and a reference."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.listings.models import Listing
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import RequestLine, RequestState
from shop.procurement.rule_models import ReferencePrice
from shop.procurement.rules import band_today

HISTORY = 3
#: A product and the fen that a unit of it costs.
Priced = tuple[int, int]


@dataclass(frozen=True)
class Bought:
    """What a unit of the product cost the organisation in an earlier order."""

    on: dt.date
    order_number: str
    unit_fen: int


@dataclass(frozen=True)
class FairPrice:
    """A unit price beside what it can be compared with; `reference_fen` is the staff's, else the unit's own last.

    `gap_bp` and `list_gap_bp` are basis points above (or below) the reference and the list price of now.
    """

    product_id: int
    unit_fen: int
    list_fen: int | None
    bought: tuple[Bought, ...]
    reference_fen: int | None
    reference_source: str
    reference_on: dt.date | None
    is_over: bool

    @property
    def gap_bp(self) -> int | None:
        """Return how far the price lies above the reference; None without one."""
        return gap_bp(self.unit_fen, self.reference_fen)

    @property
    def list_gap_bp(self) -> int | None:
        """Return how far the price lies above the list price of now; None for goods no longer listed."""
        return gap_bp(self.unit_fen, self.list_fen)

    @property
    def gap(self) -> str:
        """Return the gap to the reference as pages show it: +3.3%."""
        return shown_gap(self.gap_bp)

    @property
    def list_gap(self) -> str:
        """Return the gap to the list price as pages show it."""
        return shown_gap(self.list_gap_bp)


def gap_bp(fen: int, reference_fen: int | None) -> int | None:
    """Return the basis points by which a price lies above a reference, rounded half up; None without one."""
    if not reference_fen:
        return None
    return (2 * (fen - reference_fen) * 10_000 + reference_fen) // (2 * reference_fen)


def shown_gap(points: int | None) -> str:
    """Return basis points as signed per cent with one decimal; empty for None."""
    if points is None:
        return ""
    tenths = (abs(points) + 5) // 10
    sign = "" if tenths == 0 else "−" if points < 0 else "+"
    return f"{sign}{tenths // 10}.{tenths % 10}%"


def fair_prices(
    organisation: Organisation, lines: Iterable[Priced], *, before: dt.datetime | None = None
) -> dict[int, FairPrice]:
    """Return the comparison of each line by product; the unit's own prices are those decided `before`. Four queries."""
    priced = dict(lines)
    listed = dict(Listing.objects.filter(product__in=priced).values_list("product_id", "price_fen"))
    bought = _bought(organisation, priced, before or clock.now())
    noted = {
        row.product_id: row
        for row in ReferencePrice.objects.filter(product__in=priced, noted_on__lte=clock.today()).order_by(
            "noted_on"
        )
    }
    band = band_today()
    return {
        product_id: _compared(
            product_id, unit_fen, listed.get(product_id), bought[product_id], noted.get(product_id), band
        )
        for product_id, unit_fen in priced.items()
    }


def require_reasons(
    organisation: Organisation, lines: Sequence[Priced], names: Mapping[int, str], reasons: Mapping[int, str]
) -> dict[int, str]:
    """Return the buyer's reasons for the lines above the price band, by product. Four queries.

    Raises ProcurementError (reason_missing, field reason_<product>) naming the first that has none.
    """
    given = {}
    for product_id, price in fair_prices(organisation, lines).items():
        if not price.is_over:
            continue
        given[product_id] = reasons.get(product_id, "").replace("\x00", "").strip()[:200]
        if not given[product_id]:
            raise ProcurementError(
                _(
                    "“%(product)s” costs %(gap)s against the reference price. Please say why it is bought all the same."
                )
                % {"product": names[product_id], "gap": price.gap},
                code="reason_missing",
                field=f"reason_{product_id}",
            )
    return given


def _bought(
    organisation: Organisation, priced: Mapping[int, int], before: dt.datetime
) -> dict[int, tuple[Bought, ...]]:
    """Return the last prices that the unit paid for each product, the latest first. One query."""
    rows = RequestLine.objects.filter(
        request__organisation=organisation,
        request__state=RequestState.PLACED,
        request__decided_at__lt=before,
        product__in=priced,
    )
    nth = Window(
        RowNumber(),
        partition_by=[F("product_id")],
        order_by=[F("request__decided_at").desc(), F("pk").desc()],
    )
    last = rows.annotate(nth=nth).filter(nth__lte=HISTORY).order_by("product_id", "nth")
    found: dict[int, list[Bought]] = defaultdict(list)
    columns = ("product_id", "unit_fen", "request__decided_at", "request__record__number")
    for product_id, unit_fen, decided_at, number in last.values_list(*columns):
        found[product_id].append(Bought(clock.local_date(decided_at), number, unit_fen))
    return defaultdict(tuple, {product_id: tuple(prices) for product_id, prices in found.items()})


def _compared(
    product_id: int,
    unit_fen: int,
    list_fen: int | None,
    bought: tuple[Bought, ...],
    noted: ReferencePrice | None,
    band: int | None,
) -> FairPrice:
    if noted is not None:
        reference: tuple[int | None, str, dt.date | None] = (noted.fen, noted.source, noted.noted_on)
    elif bought:
        reference = (bought[0].unit_fen, "", bought[0].on)
    else:
        reference = (None, "", None)
    points = gap_bp(unit_fen, reference[0])
    is_over = band is not None and points is not None and points > band
    return FairPrice(product_id, unit_fen, list_fen, bought, *reference, is_over)
