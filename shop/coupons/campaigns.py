"""The verbs of campaigns: written by one person, approved by another, paused, resumed, ended."""

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.core.states import WrongMove
from shop.coupons.exceptions import CampaignRefused
from shop.coupons.models import MOST_PERCENT, Campaign
from shop.coupons.status import Bearer, CampaignKind, CampaignScope, CampaignState
from shop.coupons.transitions import CAMPAIGN
from shop.journal.services import record as journal
from shop.listings.models import Listing
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier


@dataclass(frozen=True)
class Terms:
    """What a campaign is to be; amounts in fen, days in Shanghai, inclusive. `products` are SKUs."""

    name: str
    kind: str
    scope: str
    borne_by: str
    begins_on: dt.date
    ends_on: dt.date
    pieces: int
    person_limit: int = 1
    off_fen: int = 0
    percent: int = 0
    cap_fen: int = 0
    minimum_fen: int = 0
    region: str = ""
    supplier: str = ""
    products: tuple[str, ...] = field(default=())


def write_campaign(*, terms: Terms, demo: bool, actor_id: int) -> Campaign:
    """Write a campaign down as a draft; nothing can be claimed of it before another person has approved it.

    A new one each time. Raises CampaignRefused naming the field; nothing is written then.
    """
    _check_money(terms)
    with transaction.atomic():
        region, supplier, listings = _check_scope(terms)
        campaign = Campaign.objects.create(
            name=terms.name,
            kind=terms.kind,
            off_fen=terms.off_fen,
            percent=terms.percent,
            cap_fen=terms.cap_fen,
            minimum_fen=terms.minimum_fen,
            scope=terms.scope,
            region=region,
            supplier=supplier,
            borne_by=terms.borne_by,
            begins_on=terms.begins_on,
            ends_on=terms.ends_on,
            pieces=terms.pieces,
            person_limit=terms.person_limit,
            created_by=actor_id,
            created_at=clock.now(),
            demo=demo,
        )
        campaign.products.set([listing.product_id for listing in listings])
        after = {name: str(value) for name, value in asdict(terms).items() if value}
        _write_down(campaign, "campaign.written", actor_id, after=after)
    return campaign


def approve_campaign(*, campaign_id: int, actor_id: int) -> Campaign:
    """Let coupons of a draft be claimed. Safe to call twice by one person.

    Raises CampaignRefused (four_eyes) for the person who wrote it, (over) after its last day, WrongMove when it is
    ended.
    """
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.state == CampaignState.APPROVED and campaign.approved_by == actor_id:
            return campaign
        if campaign.state == CampaignState.DRAFT and campaign.created_by == actor_id:
            raise CampaignRefused(_("Another person has to approve what you wrote."), code="four_eyes")
        if campaign.ends_on < clock.today():
            raise CampaignRefused(_("The last day of this campaign is over."), code="over")
        if campaign.state != CampaignState.DRAFT:
            raise WrongMove(what="campaign", old=campaign.state, new=CampaignState.APPROVED)
        columns = {"approved_by": actor_id, "approved_at": clock.now()}
        _move(campaign, CampaignState.APPROVED, "campaign.approved", actor_id, **columns)
    return campaign


def pause_campaign(*, campaign_id: int, actor_id: int) -> Campaign:
    """Let no more coupons be claimed for a while; those that are claimed hold. Safe to call twice."""
    return _moved(campaign_id, CampaignState.APPROVED, CampaignState.PAUSED, "campaign.paused", actor_id)


def resume_campaign(*, campaign_id: int, actor_id: int) -> Campaign:
    """Let coupons of a paused campaign be claimed again. Safe to call twice."""
    return _moved(campaign_id, CampaignState.PAUSED, CampaignState.APPROVED, "campaign.resumed", actor_id)


def end_campaign(*, campaign_id: int, actor_id: int) -> Campaign:
    """End a campaign for good; claimed coupons hold until its last day. Safe to call twice."""
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.state != CampaignState.ENDED:
            _move(campaign, CampaignState.ENDED, "campaign.ended", actor_id, ended_at=clock.now())
    return campaign


def _moved(campaign_id: int, old: CampaignState, new: CampaignState, action: str, actor_id: int) -> Campaign:
    """Move a campaign from one state to another; nothing where it is there already. Raises WrongMove else."""
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.state == new:
            return campaign
        if campaign.state != old:
            raise WrongMove(what="campaign", old=campaign.state, new=str(new))
        _move(campaign, new, action, actor_id)
    return campaign


def _locked(campaign_id: int) -> Campaign:
    campaign = lock(Campaign.objects.filter(pk=campaign_id)).first()
    if campaign is None:
        raise CampaignRefused(_("There is no such campaign."), code="unknown", field="campaign")
    return campaign


def _move(campaign: Campaign, new: CampaignState, action: str, actor_id: int, **columns: Any) -> None:
    old = campaign.state
    CAMPAIGN.require(old, new)
    for name, value in {"state": new, **columns}.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=["state", *columns])
    _write_down(campaign, action, actor_id, before={"state": old}, after={"state": str(new)})


def _write_down(campaign: Campaign, action: str, actor_id: int, **values: Any) -> None:
    journal(actor_id=actor_id, action=action, object_type="campaign", object_key=str(campaign.pk), **values)


def _check_money(terms: Terms) -> None:
    """Refuse amounts, days and numbers that make no campaign."""
    if not terms.name.strip():
        raise CampaignRefused(_("Please give the campaign a name."), code="name", field="name")
    if terms.ends_on < terms.begins_on or terms.ends_on < clock.today():
        raise CampaignRefused(
            _("The last day is before the first one, or over."), code="days", field="ends_on"
        )
    if terms.pieces < 1 or not 1 <= terms.person_limit <= terms.pieces:
        raise CampaignRefused(
            _("One person can claim at least one coupon, and not more than there are."),
            code="pieces",
            field="person_limit" if terms.pieces > 0 else "pieces",
        )
    if terms.kind == CampaignKind.FIXED:
        least = -(-terms.off_fen * 100 // MOST_PERCENT)
        if terms.off_fen < 1 or terms.percent or terms.cap_fen or terms.minimum_fen < least:
            raise CampaignRefused(
                _("¥%(off)s off needs goods of at least ¥%(least)s.")
                % {"off": shown_yuan(terms.off_fen), "least": shown_yuan(least)},
                code="money",
                field="minimum_fen",
            )
    elif (
        not 1 <= terms.percent <= MOST_PERCENT or terms.cap_fen < 1 or terms.off_fen or terms.minimum_fen < 0
    ):
        raise CampaignRefused(
            _("Give 1 to %(most)d percent, and the most that is taken off.") % {"most": MOST_PERCENT},
            code="money",
            field="percent",
        )


def _check_scope(terms: Terms) -> tuple[PartnerRegion | None, Supplier | None, Collection[Listing]]:
    """Return the region, supplier and products that a campaign names, all of them the right ones."""
    by_supplier = terms.borne_by == Bearer.SUPPLIER
    needs_supplier = terms.scope == CampaignScope.SUPPLIER or by_supplier
    supplier = Supplier.objects.filter(code=terms.supplier).first() if needs_supplier else None
    if needs_supplier and supplier is None:
        raise CampaignRefused(_("Please choose the supplier."), code="supplier", field="supplier")
    if by_supplier and terms.scope not in (CampaignScope.SUPPLIER, CampaignScope.PRODUCTS):
        raise CampaignRefused(
            _("A supplier bears coupons for its own goods only."), code="bearer", field="borne_by"
        )
    region = None
    if terms.scope == CampaignScope.REGION:
        region = PartnerRegion.objects.filter(slug=terms.region).first()
        if region is None:
            raise CampaignRefused(_("Please choose the region."), code="region", field="region")
    listings: list[Listing] = []
    if terms.scope == CampaignScope.PRODUCTS:
        listings = _listings(terms, supplier)
    return region, supplier, listings


def _listings(terms: Terms, supplier: Supplier | None) -> list[Listing]:
    found = {listing.sku: listing for listing in Listing.objects.filter(sku__in=terms.products)}
    for sku in terms.products:
        if sku not in found:
            raise CampaignRefused(
                _("There is no product “%(sku)s”.") % {"sku": sku}, code="products", field="products"
            )
        if supplier is not None and found[sku].supplier_id != supplier.pk:
            raise CampaignRefused(
                _("“%(sku)s” is not sold by this supplier.") % {"sku": sku}, code="products", field="products"
            )
    if not found:
        raise CampaignRefused(_("Please name the products."), code="products", field="products")
    return list(found.values())
