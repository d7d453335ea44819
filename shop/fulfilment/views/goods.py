"""A supplier's own goods: price, stock, what it proposes for them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.goods_forms import OrderRuleForm, PriceForm, StockForm
from shop.fulfilment.views.frame import frame
from shop.listings.models import Listing
from shop.listings.order_rule_models import OrderRule
from shop.listings.presentation import picture_or_drawing
from shop.listings.selectors import order_rules_of
from shop.listings.selectors.own_goods import (
    on_sale_version,
    open_drafts,
    own_goods,
    own_goods_with_proposals,
    product_drafts,
    proposals,
)
from shop.listings.selectors.reports import reports_to_name
from shop.listings.services import propose_price, set_order_rule, withdraw_proposal
from shop.listings.supplier_models import DraftState, Proposal, ProposalKind
from shop.ordering.services import propose_stock
from shop.ordering.status import Pool
from shop.ordering.supplier_stock import NO_STOCK, stock_of_goods
from shop.suppliers.frame import own_supplier

PAGE_SIZE = 20
#: So many proposals of a product are shown.
LATEST = 20
#: The figure that was on the page is another one now.
STALE = "stale"


class Wish(NamedTuple):
    """What may be proposed: the form, the service that writes it down, and what its supplier is told then."""

    form: type[PriceForm | StockForm]
    service: Callable[..., Proposal]
    told: str | Promise


WISHES: Mapping[ProposalKind, Wish] = {
    ProposalKind.PRICE: Wish(
        PriceForm,
        propose_price,
        gettext_lazy("Proposed. The shop decides; until then the present price holds."),
    ),
    ProposalKind.STOCK: Wish(
        StockForm,
        propose_stock,
        gettext_lazy("Proposed. The shop decides; until then the present stock holds."),
    ),
}


@require_GET
@require_roles(Role.SUPPLIER)
def goods(request: ScopedRequest) -> HttpResponse:
    """Own goods with price, stock and state, and what is proposed for each."""
    page = page_of(request, own_goods_with_proposals(request.scope), size=PAGE_SIZE)
    rows = list(page.object_list)
    stock = stock_of_goods([row.pk for row in rows])
    context = frame(request, "goods") | {
        "tab": "goods",
        "page_obj": page,
        "elsewhere": [] if rows else _drafts_link(request),
        "rows": [
            {"listing": row, "picture": picture_or_drawing(row), "stock": _pools(stock, row)} for row in rows
        ],
    }
    return render(request, "shop/fulfilment/goods.html", context)


@require_GET
@require_roles(Role.SUPPLIER)
def drafts(request: ScopedRequest) -> HttpResponse:
    """Own drafts that are not published, the last changed first."""
    own_supplier(request)
    found = open_drafts(request.scope)
    context = frame(request, "goods") | {"tab": "drafts", "page_obj": page_of(request, found, size=PAGE_SIZE)}
    return render(request, "shop/fulfilment/drafts.html", context)


@require_GET
@require_roles(Role.SUPPLIER)
def product(request: ScopedRequest, pk: int) -> HttpResponse:
    """One own product: its figures, the forms that propose others, and what became of earlier proposals."""
    return _page(request, _own(request, pk))


@require_POST
@require_roles(Role.SUPPLIER)
def propose(request: ScopedRequest, pk: int, kind: ProposalKind) -> HttpResponse:
    """Propose another price, or units to add or to take off; staff decide."""
    listing, wish = _own(request, pk), WISHES[kind]
    form = wish.form(request.POST)
    if form.is_valid():
        try:
            wish.service(scope=request.scope, listing_id=listing.pk, actor_id=request.user.pk, **form.wish())
        except ShopError as refused:
            if refused.code == STALE:
                # The page that is shown now has the present figures.
                messages.error(request, str(refused))
                return redirect("fulfilment:product", pk=pk)
            add_refusal(form, refused)
        else:
            messages.success(request, str(wish.told))
            return redirect("fulfilment:product", pk=pk)
    return _page(request, listing, form)


@require_POST
@require_roles(Role.SUPPLIER)
def order_rule(request: ScopedRequest, pk: int) -> HttpResponse:
    """Say in which quantities organisations order an own product; it holds from the day that is given."""
    listing = _own(request, pk)
    form = OrderRuleForm(request.POST, auto_id="rule_%s")
    if form.is_valid():
        try:
            set_order_rule(sku=listing.sku, actor_id=request.user.pk, **form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted. It holds for organisations from that day on."))
            return redirect("fulfilment:product", pk=pk)
    return _page(request, listing, form)


@require_POST
@require_roles(Role.SUPPLIER)
def withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take an own proposal back."""
    try:
        proposal = withdraw_proposal(scope=request.scope, proposal_id=pk, actor_id=request.user.pk)
    except Proposal.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:goods")
    messages.success(request, _("Taken back."))
    return redirect("fulfilment:product", pk=proposal.listing_id)


def _drafts_link(request: ScopedRequest) -> list[tuple[str, str]]:
    """Return the way to the drafts, where there are any: of (text, address)."""
    number = open_drafts(request.scope).count()
    return [(f"{_('Drafts')} {number}", reverse("fulfilment:drafts"))] if number else []


def _own(request: ScopedRequest, pk: int) -> Listing:
    listing = own_goods(request.scope).filter(pk=pk).first()
    if listing is None:
        raise Http404
    return listing


def _pools(stock: dict[tuple[int, str], Any], listing: Listing) -> list[dict[str, Any]]:
    """Return the figures of retail, and of bulk where there is any."""
    names = {Pool.RETAIL: _("Retail stock"), Pool.BULK: _("Bulk stock")}
    return [
        {"pool": str(pool), "name": name, "figures": stock.get((listing.pk, str(pool)), NO_STOCK)}
        for pool, name in names.items()
        if pool == Pool.RETAIL or (listing.pk, str(pool)) in stock
    ]


def _page(
    request: ScopedRequest, listing: Listing, refused: PriceForm | StockForm | OrderRuleForm | None = None
) -> HttpResponse:
    """Show the product with its forms; `refused` is the one that could not be taken, with what was typed."""
    pools = _pools(stock_of_goods([listing.pk]), listing)
    for row in pools:
        is_sent = isinstance(refused, StockForm) and refused.data.get("pool") == row["pool"]
        fresh = {"pool": row["pool"], "seen": row["figures"].on_hand}
        row["form"] = refused if is_sent else StockForm(initial=fresh, auto_id=f"{row['pool']}_%s")
    shown = list(proposals(request.scope).filter(listing=listing)[:LATEST])
    versions = product_drafts(request.scope).filter(listing=listing).exclude(state=DraftState.WITHDRAWN)
    rules = order_rules_of(listing.product_id, clock.today())
    seen = {"seen_fen": listing.price_fen, "starts_on": clock.today()}
    context = frame(request, "goods") | {
        "listing": listing,
        "pools": pools,
        "price_form": refused if isinstance(refused, PriceForm) else PriceForm(initial=seen),
        "rule_form": refused if isinstance(refused, OrderRuleForm) else _rule_form(rules),
        "order_rules": rules,
        "proposals": shown,
        "live": {f"{one.kind}{one.pool}" for one in shown if one.is_live},
        "versions": versions,
        "on_sale": on_sale_version(listing),
        "reports": reports_to_name(listing),
    }
    status = 200 if refused is None else 422
    return render(request, "shop/fulfilment/product.html", context, status=status)


def _rule_form(rules: Sequence[OrderRule]) -> OrderRuleForm:
    """Return the form of the order quantities; it begins with those of now."""
    now = [rule for rule in rules if rule.starts_on <= clock.today()]
    said = {name: getattr(now[0], name) for name in ("min_units", "step_units", "case_units")} if now else {}
    return OrderRuleForm(initial=said | {"starts_on": clock.today()}, auto_id="rule_%s")
