"""What coupons do to a quote: which of them apply, which is best, and the quote with one of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.scope import own_scope
from shop.buyers.units import BuyingUnit
from shop.coupons.rules import Goods
from shop.coupons.selectors import Offer, offers_of
from shop.coupons.services import refusal
from shop.ordering.exceptions import CannotPlace
from shop.ordering.quotes import Quote, by_supplier, digest_of


@dataclass(frozen=True)
class Choice:
    """What one coupon would do to a basket: take fen off, or miss some; `total_fen` is what is then to pay.

    The person has `equal` coupons of its campaign.
    """

    code: str
    name: str
    ends_on: dt.date
    off_fen: int
    missing_fen: int
    total_fen: int
    equal: int = 1


def choices(quote: Quote, offers: Sequence[Offer]) -> list[Choice]:
    """Return what each coupon that is for some of the goods would do, the best first, then what is missing least."""
    lines = _goods(quote)
    found = []
    for offer in offers:
        missing = offer.rule.missing_fen(lines)
        if missing is not None:
            used = _used(quote, offer)
            found.append(
                Choice(
                    offer.code,
                    offer.name,
                    offer.ends_on,
                    used.discount_fen,
                    missing,
                    used.total_fen,
                    offer.equal,
                )
            )
    return sorted(found, key=lambda one: (one.missing_fen, one.total_fen, one.ends_on, one.code))


def best(quote: Quote, found: Sequence[Choice]) -> str:
    """Return the code of the coupon with which least is to pay, of equal ones that which ends first; "" for none.

    A coupon that would cost more freight than it takes off is none.
    """
    return next((one.code for one in found if one.off_fen and one.total_fen < quote.total_fen), "")


def with_coupon(quote: Quote, offers: Sequence[Offer], code: str) -> Quote:
    """Return the quote with the coupon of this code: discounts on its lines, freight on what is paid, a new digest.

    The quote as it is where there is no such coupon or it takes nothing off. Reads nothing.
    """
    offer = next((one for one in offers if one.code == code), None)
    return quote if offer is None else _used(quote, offer)


def own_offer(code: str, buyer: User | None, unit: BuyingUnit | None) -> Offer:
    """Return a usable coupon of the buyer. Raises CannotPlace for guests and units, CouponRefused for other codes."""
    if buyer is None or unit is not None:
        raise CannotPlace(
            _("Coupons are for residents who have signed in."), code="no_coupons", field="coupon"
        )
    found = next((offer for offer in offers_of(own_scope(buyer), code) if offer.code == code), None)
    if found is None:
        raise refusal()
    return found


def _used(quote: Quote, offer: Offer) -> Quote:
    shares = offer.rule.shares(_goods(quote))
    if not any(shares):
        return quote
    lines = [replace(line, discount_fen=off) for line, off in zip(quote.lines, shares, strict=True)]
    suppliers = by_supplier(lines, quote.listings, quote.province, quote.shelf)
    return replace(
        quote,
        suppliers=suppliers,
        freight_fen=sum(supplier.freight_fen or 0 for supplier in suppliers),
        digest=digest_of(quote.province, suppliers, quote.pool, offer.code),
        coupon=offer,
    )


def _goods(quote: Quote) -> list[Goods]:
    return [
        Goods(line.product_id, line.supplier_code, _region(quote, line.product_id), line.line_fen)
        for line in quote.lines
    ]


def _region(quote: Quote, product_id: int) -> str:
    product = quote.listings[product_id].product
    return str(product.origin.region.slug) if hasattr(product, "origin") else ""
