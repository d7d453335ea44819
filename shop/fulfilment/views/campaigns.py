"""The campaigns that a supplier bears: what became of their coupons. Its own, nobody else's."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core.paging import page_of
from shop.coupons.selectors import borne_campaigns
from shop.coupons.wording import scope_text, terms_text
from shop.fulfilment.views.frame import frame
from shop.ordering.coupon_figures import CampaignFigures, campaign_figures
from shop.suppliers.frame import own_supplier

PAGE_SIZE = 20


@require_safe
@require_roles(Role.SUPPLIER)
def own_campaigns(request: ScopedRequest) -> HttpResponse:
    """List them with claimed, used, taken off and borne; who claimed a coupon is told to nobody."""
    supplier = own_supplier(request)
    page = page_of(request, borne_campaigns(supplier), size=PAGE_SIZE)
    figures = campaign_figures([one.pk for one in page])
    rows = [(one, terms_text(one), scope_text(one), figures.get(one.pk, CampaignFigures())) for one in page]
    context = frame(request, "sales") | {"rows": rows, "page_obj": page}
    return render(request, "shop/fulfilment/campaigns.html", context)
