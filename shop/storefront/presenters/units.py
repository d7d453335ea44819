"""The first page of a unit."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role, User
from shop.accounts.scope import Scope, scope_of
from shop.core import clock
from shop.listings.presentation import in_language
from shop.procurement import selectors
from shop.procurement.models import RequestState
from shop.procurement.order_pages import order_rows
from shop.procurement.terms import terms_offer
from shop.regions.models import PartnerRegion
from shop.reporting.periods import whole_year
from shop.reporting.selectors import cut_off
from shop.reporting.units import unit_regions, unit_sums
from shop.storefront.presenters.budgets import home_context

_SHOWN = 5
_ICONS = {
    RequestState.DRAFT: "pencil",
    RequestState.SUBMITTED: "hourglass",
    RequestState.PLACED: "circle-check",
    RequestState.REJECTED: "circle-x",
}


def unit_context(user: User, scope: Scope) -> dict[str, Any]:
    """Return the context of shop/storefront/unit_home.html. A fixed number of queries for one unit."""
    buys, approves = scope_of(user, Role.BUYER), scope_of(user, Role.APPROVER)
    units = list(selectors.units_of(scope))
    counts = selectors.state_counts(scope)
    year = clock.today().year
    requests_url = reverse("procurement:requests")
    names = dict(RequestState.choices)
    to_decide = selectors.requests_to_decide(approves, user.pk)
    to_approve = selectors.reports_to_approve(scope).exclude(reported_by=user)
    offers = [(unit, terms_offer(unit)) for unit in units]
    return home_context(scope, units, year) | {
        "active_tab": "unit",
        "all_units": units,
        "units": list(selectors.verified_units(buys)),
        "counts": [
            {
                "name": names[state],
                "icon": icon,
                "count": counts[state],
                "url": f"{requests_url}?state={state}",
            }
            for state, icon in _ICONS.items()
        ],
        "open_approvals": counts[RequestState.SUBMITTED],
        "to_decide": to_decide[:_SHOWN],
        "to_approve": list(to_approve[:_SHOWN]),
        "orders": order_rows(list(selectors.unit_orders(scope)[:_SHOWN])),
        "sums": unit_sums(scope, whole_year(year), settings.SHOP_DEMO),
        "regions": _regions(scope, year),
        "year": year,
        "cut_off": cut_off(),
        "demo": settings.SHOP_DEMO,
        "terms": [{"unit": unit, "offer": offer} for unit, offer in offers if offer],
        "role": " · ".join(
            text for held, text in ((buys, _("Buyer")), (approves, _("Approver"))) if held.organisations
        ),
    }


def _regions(scope: Scope, year: int) -> list[dict[str, Any]]:
    places = {place.slug: place for place in PartnerRegion.objects.all()}
    return [
        {
            "slug": row.region,
            "name": in_language(places[row.region].short_zh, places[row.region].name_en)
            if row.region in places
            else row.region,
            "confirmed": row.confirmed,
            "net": row.net,
            "receivable": row.receivable,
        }
        for row in unit_regions(scope, whole_year(year), settings.SHOP_DEMO)
    ]
