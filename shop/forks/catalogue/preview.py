"""A product draft as its page will look: for its supplier, and for the staff who decide about it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.files.links import shown
from shop.forks.catalogue.product_page import product_context
from shop.listings.pictures import PictureUrls
from shop.listings.selectors import current_shelf
from shop.listings.selectors.own_goods import product_drafts
from shop.listings.selectors.preview import draft_detail
from shop.listings.services.product_drafts import missing_of
from shop.listings.supplier_models import ProductDraft

#: What a draft's page has not: a way to buy, other sizes, and anything that would have it found.
_PREVIEWED = {
    "preview": True,
    "add_url": "",
    "variants": (),
    "packs_left": (),
    "page_meta": None,
    "offered": None,
    "is_wished": False,
    "offers": (),
    "rating": None,
    "reviews": None,
}


@require_safe
@require_roles(Role.SUPPLIER, Role.STAFF)
def draft_preview(request: ScopedRequest, pk: str) -> HttpResponse:
    """The very page of a product, filled from a draft; nothing on it can be bought."""
    draft = product_drafts(request.scope).filter(pk=int(pk)).first()
    if draft is None:
        raise Http404
    if missing_of(draft):
        messages.error(request, _("The draft is not complete, so there is no page to see yet."))
        return redirect("fulfilment:draft", pk=draft.pk)
    shelf = current_shelf()
    detail = draft_detail(draft, _pictures(request, draft), clock.today(), shelf)
    context = product_context(request, detail, shelf) | _PREVIEWED
    return render(request, "shop/catalogue/detail.html", context)


def _pictures(request: ScopedRequest, draft: ProductDraft) -> list[PictureUrls]:
    """Return the photos that can be shown already."""
    files = shown([photo.file for photo in draft.photos.all()], user_id=request.user.pk)
    return [
        PictureUrls(large=file.url, small=file.url, thumb=file.thumb, jpeg=file.url, illustrative=False)
        for file in files
        if file.url
    ]
