"""What a campaign gives, in words."""

from django.utils.translation import gettext as _

from shop.core.fen import round_yuan
from shop.coupons.models import Campaign
from shop.coupons.status import CampaignKind, CampaignScope
from shop.listings.place_names import short_name


def terms_text(campaign: Campaign) -> str:
    """Return what is taken off, from how much on."""
    minimum = round_yuan(campaign.minimum_fen)
    if campaign.kind == CampaignKind.FIXED:
        return _("¥%(off)s off from ¥%(minimum)s") % {"off": round_yuan(campaign.off_fen), "minimum": minimum}
    values = {"percent": campaign.percent, "cap": round_yuan(campaign.cap_fen), "minimum": minimum}
    if campaign.minimum_fen:
        return _("%(percent)d%% off from ¥%(minimum)s, at most ¥%(cap)s") % values
    return _("%(percent)d%% off, at most ¥%(cap)s") % values


def sum_text(campaign: Campaign) -> str:
    """Return what is taken off, as large as it stands on a coupon."""
    if campaign.kind == CampaignKind.FIXED:
        return f"¥{round_yuan(campaign.off_fen)}"
    return _("%(percent)d%% off") % {"percent": campaign.percent}


def least_text(campaign: Campaign) -> str:
    """Return from how much on it is taken off, and how much at most."""
    least = _("from ¥%(sum)s") % {"sum": round_yuan(campaign.minimum_fen)} if campaign.minimum_fen else ""
    if campaign.kind == CampaignKind.FIXED:
        return least
    most = _("at most ¥%(sum)s") % {"sum": round_yuan(campaign.cap_fen)}
    return f"{least} {most}".strip()


def scope_text(campaign: Campaign) -> str:
    """Return for which goods it is."""
    if campaign.scope == CampaignScope.REGION and campaign.region:
        return _("For goods from %(place)s") % {"place": short_name(campaign.region)}
    if campaign.scope == CampaignScope.SUPPLIER and campaign.supplier:
        return _("For goods of %(supplier)s") % {"supplier": campaign.supplier.name_zh}
    if campaign.scope == CampaignScope.SHOP:
        return _("For all goods")
    return str(CampaignScope(campaign.scope).label)
