"""What Oscar's baskets and templates are told about prices and stock: our own, tax included."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oscar.apps.partner import availability, prices, strategy
from oscar.apps.partner.models import StockRecord

from shop.core import clock
from shop.core.fen import ex_tax, to_yuan
from shop.listings.models import Listing
from shop.listings.selectors.cards import is_on_sale
from shop.listings.selectors.prices import Tier, quote, tiers_of


@dataclass(frozen=True)
class _Terms:
    listing: Listing
    stockrecord: StockRecord | None
    tiers: list[Tier]


class ShopStrategy(strategy.Base):  # type: ignore[misc]
    """Price by quantity from the tiers of today, availability from the listing and the stock mirror.

    For display and Oscar's own checks only: placing an order prices and allocates again in its own
    transaction. A basket's products are read together, in three queries. Prices are the same for everybody:
    nobody's session is read for them.
    """

    def __init__(self, request: Any = None) -> None:
        # Not Oscar's own, which asks on every page who is signed in.
        self.request = request
        self._terms: dict[int, _Terms | None] = {}

    @property
    def user(self) -> Any:
        """Return who is signed in, None for a guest or a job."""
        user = self.request.user if self.request else None
        return user if user is not None and user.is_authenticated else None

    def fetch_for_product(self, product: Any, stockrecord: Any = None) -> strategy.PurchaseInfo:
        """Return price and availability of one unit."""
        return self._info(product.pk, 1)

    def fetch_for_line(self, line: Any, stockrecord: Any = None) -> strategy.PurchaseInfo:
        """Return price and availability at the line's quantity."""
        if line.product_id not in self._terms:
            self._read({line.product_id, *(other.product_id for other in line.basket.all_lines())})
        return self._info(line.product_id, line.quantity)

    def fetch_for_parent(self, product: Any) -> strategy.PurchaseInfo:
        """Return nothing to buy: sizes of the same goods are products of their own."""
        return strategy.PurchaseInfo(prices.Unavailable(), availability.Unavailable(), None)

    def _info(self, product_id: int, quantity: int) -> strategy.PurchaseInfo:
        if product_id not in self._terms:
            self._read({product_id})
        terms = self._terms[product_id]
        if terms is None or terms.stockrecord is None:
            return strategy.PurchaseInfo(prices.Unavailable(), availability.Unavailable(), None)
        listing = terms.listing
        unit_fen = quote(listing.price_fen, listing.vat_percent, terms.tiers, quantity).unit_fen
        net_fen = ex_tax(unit_fen, listing.vat_percent)
        price = prices.TaxInclusiveFixedPrice(
            currency="CNY", excl_tax=to_yuan(net_fen), tax=to_yuan(unit_fen - net_fen)
        )
        stock = (
            availability.StockRequired(max(0, terms.stockrecord.net_stock_level or 0))
            if is_on_sale(listing)
            else availability.Unavailable()
        )
        return strategy.PurchaseInfo(price, stock, terms.stockrecord)

    def _read(self, product_ids: Iterable[int]) -> None:
        wanted = set(product_ids)
        listings = Listing.objects.select_related("product", "supplier").filter(product_id__in=wanted)
        by_product = {listing.product_id: listing for listing in listings}
        records = StockRecord.objects.filter(product_id__in=wanted).order_by("-pk")
        stock = {record.product_id: record for record in records}
        tiers = tiers_of(sorted(wanted), clock.today())
        for product_id in wanted:
            listing = by_product.get(product_id)
            terms = _Terms(listing, stock.get(product_id), tiers.get(product_id, [])) if listing else None
            self._terms[product_id] = terms
