"""A supplier's product drafts: one long page that may be saved at any time."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.files.links import shown
from shop.fulfilment.goods_forms import DraftForm, initial_of
from shop.fulfilment.views.frame import frame
from shop.listings.draft_fields import MOST_PHOTOS, NAMES, needed_fields
from shop.listings.models import FreightTemplate, Listing
from shop.listings.presentation import in_language
from shop.listings.selectors import category_tree
from shop.listings.selectors.own_goods import product_drafts
from shop.listings.services import (
    PhotoAct,
    add_photo,
    begin_draft,
    change_photo,
    edit_product,
    restore_version,
    save_draft,
    submit_draft,
    withdraw_draft,
)
from shop.listings.services.product_drafts import missing_of
from shop.listings.supplier_models import DraftState, ProductDraft
from shop.regions.selectors import township_names
from shop.suppliers.frame import own_supplier

EDITABLE = (DraftState.DRAFT, DraftState.RETURNED)


@require_POST
@require_roles(Role.SUPPLIER)
def begin(request: ScopedRequest) -> HttpResponse:
    """Begin a new product."""
    try:
        draft = begin_draft(supplier=own_supplier(request), actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:drafts")
    return redirect("fulfilment:draft", pk=draft.pk)


@require_POST
@require_roles(Role.SUPPLIER)
def edit(request: ScopedRequest, pk: int) -> HttpResponse:
    """Begin the next version of an own product, or go on with the one that is begun."""
    try:
        draft = edit_product(scope=request.scope, listing_id=pk, actor_id=request.user.pk)
    except Listing.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:product", pk=pk)
    return redirect("fulfilment:draft", pk=draft.pk)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def draft(request: ScopedRequest, pk: int) -> HttpResponse:
    """Fill in, save, put photos in order, hand in: each button saves what is typed first."""
    found = product_drafts(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    choices = _choices(found)
    if request.method != "POST":
        form = DraftForm(initial=initial_of(found.values, found.revision), **choices)
        return _page(request, found, form)
    form = DraftForm(request.POST, request.FILES, **choices)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        save_draft(
            scope=request.scope,
            draft_id=found.pk,
            values=form.values(),
            revision=form.cleaned_data["revision"],
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:draft", pk=pk)
    return _saved(request, found, form.cleaned_data["photos"])


@require_POST
@require_roles(Role.SUPPLIER)
def withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Throw an own draft away."""
    try:
        withdraw_draft(scope=request.scope, draft_id=pk, actor_id=request.user.pk)
    except ProductDraft.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:draft", pk=pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("fulfilment:drafts")


@require_POST
@require_roles(Role.SUPPLIER)
def restore(request: ScopedRequest, pk: int) -> HttpResponse:
    """Begin the next version of an own product with what an earlier one said."""
    try:
        draft = restore_version(scope=request.scope, draft_id=pk, actor_id=request.user.pk)
    except ProductDraft.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:draft", pk=pk)
    messages.success(request, _("The earlier version is here as a new draft. Look at it, then hand it in."))
    return redirect("fulfilment:draft", pk=draft.pk)


def _saved(
    request: ScopedRequest, found: ProductDraft, uploads: "Sequence[UploadedFile[Any]]"
) -> HttpResponse:
    """Do what the button says, once the texts are saved."""
    pk, word = found.pk, request.POST.get("do", "save")
    try:
        for upload in uploads:
            add_photo(scope=request.scope, draft_id=pk, upload=upload, actor_id=request.user.pk)
        act, _colon, photo = word.partition(":")
        if act in set(map(str, PhotoAct)) and photo.isascii() and photo.isdigit() and len(photo) < 19:
            change_photo(
                scope=request.scope,
                draft_id=pk,
                photo_id=int(photo),
                act=PhotoAct(act),
                actor_id=request.user.pk,
            )
        if word == "submit":
            submit_draft(scope=request.scope, draft_id=pk, actor_id=request.user.pk)
            messages.success(request, _("Handed in. The shop looks at it and answers here."))
            return redirect("fulfilment:drafts")
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("fulfilment:draft", pk=pk)
    messages.success(request, _("The draft is saved."))
    return redirect("fulfilment:draft", pk=pk)


def _choices(found: ProductDraft) -> dict[str, Any]:
    listing = found.listing
    region = listing.product.origin.region if listing else found.supplier.region
    categories = [
        (node.slug, " · ".join(in_language(one.name_zh, one.name_en) for one in path))
        for top in category_tree()
        for node, path in ((below, (top, below)) for below in top.children or (top,))
    ]
    return {
        "categories": _with(categories, found.values.get("category_slug", "")),
        "townships": sorted({*township_names(region.pk), found.values.get("township_zh", "")} - {""}),
        "base": found.base,
        "needed": needed_fields(found),
    }


def _with(categories: list[tuple[str, str]], slug: str) -> list[tuple[str, str]]:
    """Return the categories with the one that the product stands in, be it public or not."""
    known = {value for value, _name in categories}
    return categories if not slug or slug in known else [*categories, (slug, slug)]


def _page(request: ScopedRequest, found: ProductDraft, form: DraftForm) -> HttpResponse:
    photos = list(found.photos.all())
    files = shown([photo.file for photo in photos], user_id=request.user.pk)
    freight = FreightTemplate.objects.filter(supplier=found.supplier).order_by("-starts_on").first()
    context = frame(request, "goods") | {
        "draft": found,
        "form": form,
        "editable": found.state in EDITABLE,
        "missing": [(name, NAMES[name]) for name in missing_of(found)],
        "remarks": [(name, NAMES[name], text) for name, text in found.remarks.items() if name in NAMES],
        "photos": list(zip(photos, files, strict=True)),
        "room": MOST_PHOTOS - len(photos),
        "freight": freight,
        "delivered": freight.rates.filter(deliverable=True).count() if freight else 0,
    }
    return render(request, "shop/fulfilment/draft.html", context, status=422 if form.errors else 200)
