"""One campaign with what it came to, order by order, and the figures of all campaigns as a file."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.clock import SHANGHAI
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.coupons.models import Campaign
from shop.coupons.selectors import campaigns
from shop.coupons.status import Bearer
from shop.coupons.wording import scope_text, terms_text
from shop.ordering.coupon_figures import CampaignFigures, borne_by_order, campaign_figures, used_coupons
from shop.reporting.exports import CONTENT_TYPES, written
from shop.reporting.sending import note, refuse, sent_file
from shop.reporting.tables import Cell, Table, money

#: As the file is called, on the disk and in the journal.
NAME = "campaigns"
desk = require_whole_shop(Role.STAFF, Role.FINANCE)


@require_safe
@desk
def campaign(request: ScopedRequest, pk: int) -> HttpResponse:
    """Show one campaign: its terms, who agreed to it, its figures, and the orders that used its coupons."""
    found = campaigns(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    page = page_of(request, used_coupons([pk]))
    borne = borne_by_order([coupon.order_number for coupon in page])
    context = {
        "campaign": found,
        "terms": terms_text(found),
        "scope": scope_text(found),
        "figures": campaign_figures([pk]).get(pk, CampaignFigures()),
        "by_shop": found.borne_by == Bearer.SHOP,
        "people": names_of(one for one in (found.created_by, found.approved_by) if one),
        "rows": [(coupon, borne.get(coupon.order_number, 0)) for coupon in page],
        "page_obj": page,
    }
    return render(request, "shop/operations/campaign.html", context)


@require_safe
@desk
def campaigns_export(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send the campaigns with their figures as a file; the journal tells who took it."""
    if kind not in CONTENT_TYPES:
        raise Http404
    actor_id, asked = request.user.pk, {"kind": kind}
    try:
        file = written(kind, _head(), [_table(request.scope)], most=settings.EXPORT_MOST_ROWS)
    except ShopError as refused:
        return refuse(actor_id, NAME, asked, refused)
    note(actor_id, "export.downloaded", NAME, {**asked, "rows": file.rows, "sha256": file.digest})
    return sent_file(file.body, CONTENT_TYPES[kind], f"{NAME}-{clock.today():%Y%m%d}.{kind}")


def _head() -> list[tuple[str, str]]:
    return [
        (_("Cut-off"), f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Kind of data"), _("Demonstration data") if settings.SHOP_DEMO else _("Real data")),
    ]


def _table(scope: Scope) -> Table:
    found = list(campaigns(scope)[: settings.EXPORT_MOST_ROWS + 1])
    figures = campaign_figures([one.pk for one in found])
    columns = [
        (_("Name"), False),
        (_("Terms"), False),
        (_("For which goods"), False),
        (_("Borne by"), False),
        (_("Supplier"), False),
        (_("First day"), False),
        (_("Last day"), False),
        (_("State"), False),
        (_("Coupons in all"), True),
        (_("Claimed"), True),
        (_("Used"), True),
        (_("Taken off, yuan"), True),
        (_("Borne, yuan"), True),
    ]
    rows = [_row(one, figures.get(one.pk, CampaignFigures())) for one in found]
    return Table(NAME, _("Campaigns"), columns, rows)


def _row(one: Campaign, figures: CampaignFigures) -> list[Cell]:
    return [
        Cell(one.name),
        Cell(terms_text(one)),
        Cell(scope_text(one)),
        Cell(one.get_borne_by_display()),
        Cell(one.supplier.name_zh if one.supplier else ""),
        Cell(day=one.begins_on),
        Cell(day=one.ends_on),
        Cell(one.get_state_display()),
        Cell(number=one.pieces, is_number=True),
        Cell(number=one.claimed, is_number=True),
        Cell(number=figures.used, is_number=True),
        money(figures.given_fen),
        money(figures.borne_fen),
    ]
