"""Which agreed prices a purchase request uses, what they come to, and when they are over."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext as _
from oscar.apps.basket.models import Line as BasketLine

from shop.core import clock
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest
from shop.procurement.price_models import PriceOffer, PriceOfferLine, PriceRequest
from shop.procurement.price_requests import Offered, shown_end
from shop.procurement.price_selectors import holds


@dataclass(frozen=True)
class Agreed:
    """An accepted offer that a purchase request is ordered at; `prices` by product id."""

    number: str
    with_whom: str
    offer: PriceOffer
    prices: dict[int, Offered]
    is_valid: bool

    @property
    def valid_until(self) -> dt.datetime:
        """Return the first moment at which the prices no longer hold."""
        return self.offer.valid_until


@dataclass(frozen=True)
class Prices:
    """The unit prices in fen that hold for a request's goods now, and until when; `valid_until` is None for none."""

    units: dict[int, int]
    valid_until: dt.datetime | None = None


def agreed_of(request: PurchaseRequest) -> list[Agreed]:
    """Return the offers that a request is ordered at, in the order they were added. One query."""
    lines = PriceOfferLine.objects.filter(offer__used_by__request=request)
    lines = lines.select_related("offer__request__supplier").order_by("offer__used_by__pk", "pk")
    found: dict[int, Agreed] = {}
    now = clock.now()
    for line in lines:
        offer = line.offer
        if offer.pk not in found:
            supplier = offer.request.supplier
            whom = supplier.name_zh if supplier else ""
            found[offer.pk] = Agreed(offer.request.number, whom, offer, {}, holds(offer, now))
        found[offer.pk].prices[line.product_id] = Offered(line.unit_fen, line.min_quantity)
    return list(found.values())


def agreed_prices(request: PurchaseRequest) -> Prices:
    """Return the agreed prices that hold now for as many units as the request has; two queries at most.

    Goods of which fewer are wanted than was agreed, and goods of an offer that is over, cost what everybody pays; of
    two agreed prices the lower one holds.
    """
    agreed = [one for one in agreed_of(request) if one.is_valid]
    if not agreed:
        return Prices({})
    rows = BasketLine.objects.filter(basket=request.basket_id).values_list("product_id")
    wanted = dict(rows.annotate(units=Sum("quantity")).order_by("product_id"))
    units: dict[int, int] = {}
    for one in agreed:
        for product_id, price in one.prices.items():
            if wanted.get(product_id, 0) >= price.min_quantity:
                units[product_id] = min(price.unit_fen, units.get(product_id, price.unit_fen))
    return Prices(units, min(one.valid_until for one in agreed))


def over_words(agreed: Sequence[Agreed]) -> list[str]:
    """Return a sentence for each of the offers that no longer hold."""
    return [str(expired(one.number, one.offer)) for one in agreed if not one.is_valid]


def require_valid_prices(request: PurchaseRequest) -> None:
    """Raise ProcurementError offer_expired when prices that the request is to be ordered at are over. One query."""
    for one in agreed_of(request):
        if not one.is_valid:
            raise expired(one.number, one.offer)


def used_by(asked: PriceRequest) -> list[PurchaseRequest]:
    """Return the purchase requests that are ordered at agreed prices, the latest first. One query."""
    found = PurchaseRequest.objects.filter(agreed_prices__offer__request=asked)
    return list(found.select_related("record").order_by("-created_at", "-pk"))


def expired(number: str, offer: PriceOffer) -> ProcurementError:
    """Return the refusal of prices that no longer hold."""
    return ProcurementError(
        _("The prices agreed in %(number)s held until %(moment)s. Take them off the request, or ask anew.")
        % {"number": number, "moment": shown_end(offer)},
        code="offer_expired",
        field="lines",
    )
