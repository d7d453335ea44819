"""Coupons as pages show them: what they take off, for which goods, and what the person has of them already."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shop.accounts.scope import Scope
from shop.core import clock
from shop.coupons.models import Campaign
from shop.coupons.rules import Goods, Rule
from shop.coupons.selectors import open_offers, owned, rule_of
from shop.coupons.status import CampaignScope, CampaignState
from shop.coupons.wording import least_text, scope_text, sum_text, terms_text
from shop.listings.presentation import in_language
from shop.listings.selectors import Shelf
from shop.suppliers.models import SupplierState

#: So many of the chosen products stand on a slip by name; all of them are on the campaign's page.
MOST_NAMES = 3
#: So many slips stand on a page that is of something else.
MOST_SLIPS = 3


@dataclass(frozen=True, slots=True)
class Slip:
    """A campaign or a coupon of it. `number`: which of the person's coupons the button asks for, 0 for no button.

    `names` are chosen products with their addresses, `more` how many there are beside them. `region` and `supplier`
    are slug and code of whose goods it is for, where they have a page. `state`: "had", "gone" (all are claimed),
    "closed" (nothing can be claimed now) or empty. `equal`: so many of these the person has.
    """

    campaign_id: int
    name: str
    sum_text: str
    least: str
    terms: str
    scope: str
    region: str
    supplier: str
    names: tuple[tuple[str, str], ...]
    more: int
    ends_on: dt.date
    is_demo: bool
    state: str = ""
    number: int = 0
    equal: int = 1


def at_hand(campaigns: Iterable[Campaign], shelf: Shelf) -> None:
    """Read together what the slips of these campaigns show of their products. Two queries of a large catalogue."""
    shelf.goods.take([pk for campaign in campaigns for pk in _sold(campaign, shelf)[:MOST_NAMES]])


def _sold(campaign: Campaign, shelf: Shelf) -> list[int]:
    """Return the chosen products of a campaign that are on sale."""
    if campaign.scope != CampaignScope.PRODUCTS:
        return []
    chosen = sorted(product.pk for product in campaign.products.all())
    return [pk for pk in chosen if pk in shelf.entries and shelf.entries[pk].on_sale]


def slip_of(campaign: Campaign, shelf: Shelf, *, equal: int = 1) -> Slip:
    """Return a campaign read with its region, supplier and products, without a button. No query on a warm shelf."""
    supplier, more = campaign.supplier, 0
    names: tuple[tuple[str, str], ...] = ()
    if campaign.scope == CampaignScope.PRODUCTS:
        sold = _sold(campaign, shelf)
        cards = [goods.card for goods in shelf.goods.take(sold[:MOST_NAMES]).values()]
        names = tuple((in_language(card.title, card.title_en), card.url) for card in cards)
        more = len(sold) - len(names)
    has_page = (
        campaign.scope == CampaignScope.SUPPLIER
        and supplier is not None
        and supplier.state == SupplierState.ADMITTED
    )
    return Slip(
        campaign_id=campaign.pk,
        name=campaign.name,
        sum_text=sum_text(campaign),
        least=least_text(campaign),
        terms=terms_text(campaign),
        scope=scope_text(campaign),
        region=campaign.region.slug if campaign.region else "",
        supplier=supplier.code if supplier is not None and has_page else "",
        names=names,
        more=more,
        ends_on=campaign.ends_on,
        is_demo=campaign.demo,
        equal=equal,
    )


def to_claim(campaign: Campaign, have: int, shelf: Shelf) -> Slip:
    """Return a campaign with the button that its state leaves to somebody who has claimed `have` of its coupons."""
    slip, today = slip_of(campaign, shelf), clock.today()
    if have >= campaign.person_limit:
        return dataclasses.replace(slip, state="had")
    if campaign.claimed >= campaign.pieces:
        return dataclasses.replace(slip, state="gone")
    if campaign.state != CampaignState.APPROVED or not campaign.begins_on <= today <= campaign.ends_on:
        return dataclasses.replace(slip, state="closed")
    return dataclasses.replace(slip, number=have + 1)


def slips(campaigns: Sequence[Campaign], scope: Scope, shelf: Shelf) -> tuple[Slip, ...]:
    """Return campaigns for the person in the scope. One query, none for guests and where there is no campaign."""
    have = owned(scope) if campaigns else {}
    at_hand(campaigns, shelf)
    return tuple(to_claim(campaign, have.get(campaign.pk, 0), shelf) for campaign in campaigns)


def slips_for(goods: Goods, scope: Scope, shelf: Shelf) -> tuple[Slip, ...]:
    """Return the open campaigns that are best for one piece of these goods. Queries as `slips`.

    First those that apply to one piece, the most taken off at the front; then those of which least is missing.
    """
    found = [
        (missing, -sum(rule.shares([goods])), campaign.ends_on, campaign.pk, campaign)
        for campaign, rule in open_offers(shelf)
        if (missing := rule.missing_fen([goods])) is not None
    ]
    found.sort(key=lambda row: row[:4])
    return slips([row[4] for row in found[:MOST_SLIPS]], scope, shelf)


def goods_of(campaign: Campaign, shelf: Shelf) -> list[int]:
    """Return the products on sale that a campaign is for, in the shop's order. No query."""
    rule = rule_of(campaign)

    def found() -> list[int]:
        return [entry.product_id for entry in shelf.on_sale if _is_for(rule, entry.product_id, shelf)]

    # What a campaign is for marks the catalogue when it changes, and so drops the shelf.
    return shelf.recall(("goods of a campaign", campaign.pk), found)


def _is_for(rule: Rule, product_id: int, shelf: Shelf) -> bool:
    entry = shelf.entries[product_id]
    return rule.is_for(Goods(product_id, entry.supplier_code, entry.region_slug, entry.price_fen))
