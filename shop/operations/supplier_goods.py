"""The staff's pages of what suppliers ask for: prices and stock to approve, product drafts to publish."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.files.links import shown
from shop.listings.draft_fields import NAMES, changed_fields, lots_of
from shop.listings.presentation import shown_pictures
from shop.listings.selectors import current_shelf, tiers_of
from shop.listings.selectors.own_goods import (
    on_sale_version,
    open_proposals,
    price_history,
    product_drafts,
    proposals,
    submitted_drafts,
)
from shop.listings.services import (
    approve_price,
    refuse_proposal,
    restore_version,
    return_draft,
    take_picture_away,
)
from shop.listings.services.product_drafts import is_stale
from shop.listings.supplier_models import DraftState, ProductDraft, Proposal, ProposalKind, ProposalState
from shop.operations.supplier_forms import DecisionForm, shown_value
from shop.ordering.services import approve_stock, publish_draft
from shop.ordering.supplier_stock import NO_STOCK, StockFigures, stock_of_goods

PAGE_SIZE = 20
#: So many decisions are shown below what is open.
LATEST = 20


@require_GET
@require_whole_shop(Role.STAFF)
def proposal_list(request: ScopedRequest) -> HttpResponse:
    """Prices and stock that suppliers propose, the oldest first, and the latest decisions."""
    page = page_of(request, open_proposals(request.scope), size=PAGE_SIZE)
    decided = list(
        proposals(request.scope)
        .exclude(state__in=[ProposalState.OPEN, ProposalState.WITHDRAWN])
        .order_by("-decided_at", "-pk")[:LATEST]
    )
    context = {
        "page_obj": page,
        "rows": _proposal_rows(list(page.object_list)),
        "decided": decided,
        "names": names_of(
            {row.decided_by for row in decided} | {row.proposed_by for row in page.object_list}
        ),
        "now": clock.now(),
    }
    return render(request, "shop/operations/proposals.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def proposal_decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Approve or refuse a proposal; its supplier reads the note."""
    proposal = get_object_or_404(Proposal, pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("operations:proposals")
    act: Callable[..., Proposal] = refuse_proposal
    if form.cleaned_data["action"] == DecisionForm.APPROVE:
        act = approve_price if proposal.kind == ProposalKind.PRICE else approve_stock
    try:
        act(proposal_id=pk, note=form.cleaned_data["note"], actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Decided. The supplier sees it on its page."))
    return redirect("operations:proposals")


@require_GET
@require_whole_shop(Role.STAFF)
def draft_list(request: ScopedRequest) -> HttpResponse:
    """Product drafts that wait for the shop, the oldest first, and the latest decisions."""
    page = page_of(request, submitted_drafts(request.scope), size=PAGE_SIZE)
    done = product_drafts(request.scope).filter(state__in=[DraftState.PUBLISHED, DraftState.RETURNED])
    context = {
        "page_obj": page,
        "decided": list(done.order_by("-decided_at", "-pk")[:LATEST]),
        "now": clock.now(),
    }
    return render(request, "shop/operations/product_drafts.html", context)


@require_GET
@require_whole_shop(Role.STAFF)
def draft_review(request: ScopedRequest, pk: int) -> HttpResponse:
    """Everything that a draft says, beside what the product says now; publish it or send it back with remarks."""
    draft = get_object_or_404(product_drafts(request.scope), pk=pk)
    changed, shelf = set(changed_fields(draft)), current_shelf()
    photos = shown([photo.file for photo in draft.photos.all()], user_id=request.user.pk)
    context = {
        "draft": draft,
        "rows": [
            {
                "name": name,
                "title": title,
                "value": shown_value(name, draft.values.get(name), shelf.category_names),
                "before": shown_value(name, draft.base.get(name), shelf.category_names)
                if name in changed
                else "",
                "is_changed": name in changed,
                "remark": draft.remarks.get(name, ""),
            }
            for name, title in NAMES.items()
            if name not in ("photos", "lots", "freight")
        ],
        "photos": photos,
        "pictures": shown_pictures(draft.listing) if draft.listing else [],
        "restorable": draft.state == DraftState.PUBLISHED and draft.pk != on_sale_version(draft.listing),
        "lots": lots_of(draft),
        "waits": draft.state == DraftState.SUBMITTED,
        "is_own": draft.submitted_by == request.user.pk,
        "is_stale": draft.state == DraftState.SUBMITTED and is_stale(draft),
        "names": names_of({draft.submitted_by, draft.decided_by}),
    }
    return render(request, "shop/operations/product_draft.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def draft_decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Publish a draft, or send it back; remarks are `remark_<field>`."""
    get_object_or_404(ProductDraft, pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("operations:product_draft", pk=pk)
    note = form.cleaned_data["note"]
    try:
        if form.cleaned_data["action"] == DecisionForm.APPROVE:
            publish_draft(draft_id=pk, note=note, actor_id=request.user.pk)
            messages.success(request, _("Published. Its pictures are being made from the photos."))
        else:
            remarks = {name: request.POST.get(f"remark_{name}", "") for name in NAMES}
            return_draft(draft_id=pk, remarks=remarks, note=note, actor_id=request.user.pk)
            messages.success(request, _("Sent back. The supplier sees the remarks on its page."))
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("operations:product_draft", pk=pk)
    return redirect("operations:product_drafts")


@require_POST
@require_whole_shop(Role.STAFF)
def picture_remove(request: ScopedRequest, pk: int, picture: int) -> HttpResponse:
    """Take one picture of a draft's product off the shop at once."""
    draft = get_object_or_404(product_drafts(request.scope).filter(listing__isnull=False), pk=pk)
    assert draft.listing is not None  # by the filter
    try:
        gone = take_picture_away(
            sku=draft.listing.sku,
            picture_id=picture,
            reason=request.POST.get("reason", ""),
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        done = _("The picture is off the shop.")
        messages.success(request, done if gone else _("This picture was taken away before."))
    return redirect("operations:product_draft", pk=pk)


@require_POST
@require_whole_shop(Role.STAFF)
def draft_restore(request: ScopedRequest, pk: int) -> HttpResponse:
    """Hand an earlier version in as the next one; another person publishes it."""
    get_object_or_404(ProductDraft, pk=pk)
    try:
        draft = restore_version(scope=request.scope, draft_id=pk, actor_id=request.user.pk, hand_in=True)
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("operations:product_draft", pk=pk)
    messages.success(request, _("Restored as the next version. Another person has to publish it."))
    return redirect("operations:product_draft", pk=draft.pk)


def _proposal_rows(found: list[Proposal]) -> list[dict[str, Any]]:
    """Return each proposal with the present figure, the difference and the prices so far. Three queries."""
    stock = stock_of_goods([row.listing_id for row in found])
    history = price_history({row.listing.sku for row in found})
    tiers = tiers_of([row.listing.product_id for row in found], clock.today())
    rows = []
    for row in found:
        figures: StockFigures = stock.get((row.listing_id, row.pool), NO_STOCK)
        now = row.listing.price_fen if row.kind == ProposalKind.PRICE else figures.on_hand
        rows.append(
            {
                "proposal": row,
                "now": now,
                "figures": figures,
                "is_stale": now != row.seen,
                "percent": f"{Decimal(row.difference * 100) / row.seen:+.1f}" if row.seen else "",
                "history": history.get(row.listing.sku, []),
                "tiers": tiers.get(row.listing.product_id, []),
            }
        )
    return rows
