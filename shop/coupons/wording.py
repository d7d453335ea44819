"""What a campaign gives, in words."""

from django.utils.translation import gettext as _

from shop.core.fen import shown_yuan
from shop.coupons.models import Campaign
from shop.coupons.status import CampaignKind, CampaignScope
from shop.listings.place_names import short_name


def terms_text(campaign: Campaign) -> str:
    """Return what is taken off, from how much on."""
    minimum = shown_yuan(campaign.minimum_fen)
    if campaign.kind == CampaignKind.FIXED:
        return _("¥%(off)s off from ¥%(minimum)s") % {"off": shown_yuan(campaign.off_fen), "minimum": minimum}
    values = {"percent": campaign.percent, "cap": shown_yuan(campaign.cap_fen), "minimum": minimum}
    if campaign.minimum_fen:
        return _("%(percent)d%% off from ¥%(minimum)s, at most ¥%(cap)s") % values
    return _("%(percent)d%% off, at most ¥%(cap)s") % values


def scope_text(campaign: Campaign) -> str:
    """Return for which goods it is."""
    if campaign.scope == CampaignScope.REGION and campaign.region:
        return _("For goods from %(place)s") % {"place": short_name(campaign.region)}
    if campaign.scope == CampaignScope.SUPPLIER and campaign.supplier:
        return _("For goods of %(supplier)s") % {"supplier": campaign.supplier.name_zh}
    return str(CampaignScope(campaign.scope).label)
