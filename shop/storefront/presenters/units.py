"""The first page of a unit."""

from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.buyers.access import acting_as, acting_of, roles_in
from shop.buyers.models import OrganisationState
from shop.core import clock
from shop.core.together import Asked, together
from shop.invoicing.selectors import open_by_state
from shop.listings.presentation import in_language
from shop.ordering.models import OrderRecord
from shop.procurement import selectors
from shop.procurement.models import AcceptanceReport, RequestState
from shop.procurement.order_pages import order_rows
from shop.procurement.terms import terms_offer
from shop.regions.models import PartnerRegion
from shop.reporting.periods import whole_year
from shop.reporting.selectors import cut_off
from shop.reporting.units import UnitRegion, unit_figures
from shop.storefront.presenters.budgets import certificates_of, home_context, on_the_way

_SHOWN = 5
_ICONS = {
    RequestState.DRAFT: "pencil",
    RequestState.SUBMITTED: "hourglass",
    RequestState.PLACED: "circle-check",
    RequestState.REJECTED: "circle-x",
}


def unit_context(request: ScopedRequest) -> dict[str, Any]:
    """Return the context of shop/storefront/unit_home.html, about the unit that the visitor acts for."""
    scope, unit = request.scope, acting_of(request).unit
    buys = acting_as(request, Role.BUYER)
    year = clock.today().year
    approves = acting_as(request, Role.APPROVER)
    counts, to_decide, (to_approve, orders, places, moving, certificates, papers) = together(
        selectors.states_asked(scope),
        selectors.requests_to_decide(approves, request.user.pk),
        _lists_asked(request, year),
    )
    sums, regions = unit_figures(scope, whole_year(year), settings.SHOP_DEMO)
    requests_url = reverse("procurement:requests")
    names = dict(RequestState.choices)
    return home_context([unit] if unit else [], year) | {
        "active_tab": "unit",
        "unit": unit,
        "units": [unit] if unit and buys.organisations and unit.state == OrganisationState.VERIFIED else [],
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
        "deliveries": sum(number for _demo, number in moving),
        "certificate": certificates[0] if certificates else None,
        "invoices": dict(papers),
        "to_decide": to_decide[:_SHOWN],
        "to_approve": to_approve,
        "orders": order_rows(orders),
        "sums": sums,
        "regions": _regions(regions, places),
        "year": year,
        "cut_off": cut_off(),
        "demo": settings.SHOP_DEMO,
        "offer": terms_offer(unit) if unit else None,
        "role": " · ".join(str(role.label) for role in roles_in(request, acting_of(request).code)),
    }


def _lists_asked(request: ScopedRequest, year: int) -> Asked[tuple[list[Any], ...]]:
    """Return the questions for reports that wait for the visitor, orders, places, a certificate and invoices."""
    accepts = acting_as(request, Role.APPROVER, Role.BUYER, Role.ACCEPTOR, Role.OWNER)
    to_approve = selectors.reports_to_approve(accepts).exclude(reported_by=request.user)

    def read(
        approve: list[AcceptanceReport],
        orders: list[OrderRecord],
        places: list[PartnerRegion],
        *others: list[Any],
    ) -> tuple[list[Any], ...]:
        return (
            sorted(approve, key=lambda row: row.pk),
            sorted(orders, key=lambda row: (row.placed_at, row.pk), reverse=True),
            places,
            *others,
        )

    return Asked(
        (
            to_approve.prefetch_related(None)[:_SHOWN],
            selectors.unit_orders(request.scope)[:_SHOWN],
            PartnerRegion.objects.all(),
            on_the_way(request.scope).values_list("demo").annotate(number=Count("pk")),
            certificates_of(request.scope, year)[:1],
            open_by_state(request.scope, year),
        ),
        read,
    )


def _regions(found: list[UnitRegion], rows: list[PartnerRegion]) -> list[dict[str, Any]]:
    places = {place.slug: place for place in rows}
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
        for row in found
    ]
