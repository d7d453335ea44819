"""The staff's pages of banners, stories and places' texts; each can be looked at before it is saved."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.journal.models import JournalEntry
from shop.listings.presentation import in_language
from shop.listings.selectors import current_shelf
from shop.regions.content import save_banner, save_region_page, save_story
from shop.regions.content_models import Banner, BannerSlot, RegionPage, Story
from shop.regions.content_selectors import read_content, standing
from shop.regions.models import PartnerRegion
from shop.regions.selectors import region_by_slug
from shop.storefront.content_forms import (
    BannerForm,
    ContentForm,
    RegionPageForm,
    StoryForm,
    initial_of_banner,
    initial_of_story,
)
from shop.storefront.presenters.content import hero_of, promo_of, story_of, texts_of

#: So many versions of a piece are listed.
VERSIONS = 20
LAST_POSITION = 50


#: For pages of staff over the whole shop.
whole_shop = require_whole_shop(Role.STAFF)


@require_GET
@whole_shop
def content(request: ScopedRequest) -> HttpResponse:
    """Every banner, story and place, with what is shown today."""
    written, today = read_content(), clock.today()
    shown = {id(one) for one in (*written.heroes(today)[:1], *written.promos(today))}
    context = {
        "banners": [(one, id(one) in shown) for one in written.banners],
        "stories": [(one, one in standing([one], today)) for one in written.stories],
        "regions": [(region, written.pages.get(region.slug)) for region in PartnerRegion.objects.all()],
    }
    return render(request, "shop/storefront/content.html", context)


@require_http_methods(["GET", "POST"])
@whole_shop
def banner(request: ScopedRequest, pk: int | None = None) -> HttpResponse:
    """Write a new banner, or change one."""
    row = get_object_or_404(Banner, pk=pk) if pk else Banner(slot=BannerSlot.PROMO, position=LAST_POSITION)
    shelf = current_shelf()
    form = BannerForm(**_sent(request), initial=initial_of_banner(row), shelf=shelf)

    def save(sent: BannerForm) -> None:
        save_banner(banner_id=pk, values=sent.values(), picture=sent.upload(), actor_id=request.user.pk)

    def preview(sent: BannerForm) -> dict[str, Any]:
        _take_over(row, sent.values())
        large = row.slot == BannerSlot.HERO
        return {"hero": hero_of(row, shelf)} if large else {"promo": promo_of(row, shelf)}

    title = _("Change the banner") if pk else _("New banner")
    return _edit(request, form, save, preview, title=title, versions=_versions("banner", pk))


@require_http_methods(["GET", "POST"])
@whole_shop
def story(request: ScopedRequest, pk: int | None = None) -> HttpResponse:
    """Write a new story, or change one."""
    regions = list(PartnerRegion.objects.all())
    row = get_object_or_404(Story.objects.select_related("region"), pk=pk) if pk else Story()
    initial = initial_of_story(row) if pk else {"active": True, "position": LAST_POSITION}
    form = StoryForm(**_sent(request), initial=initial, regions=regions)

    def save(sent: StoryForm) -> None:
        save_story(
            story_id=pk,
            region=sent.place(),
            values=sent.values(),
            picture=sent.upload(),
            actor_id=request.user.pk,
        )

    def preview(sent: StoryForm) -> dict[str, Any]:
        _take_over(row, sent.values() | {"region": sent.place()})
        return {"story": story_of(row)}

    title = _("Change the story") if pk else _("New story")
    return _edit(request, form, save, preview, title=title, versions=_versions("story", pk))


@require_http_methods(["GET", "POST"])
@whole_shop
def region_page(request: ScopedRequest, slug: str) -> HttpResponse:
    """Change the texts and the picture of a place's page."""
    region = region_by_slug(slug)
    if region is None:
        raise Http404
    row = RegionPage.objects.filter(region=region).first() or RegionPage(region=region)
    initial = {
        "intro_zh": row.intro_zh or region.blurb_zh,
        "intro_en": row.intro_en or region.blurb_en,
        "story_zh": row.story_zh,
        "story_en": row.story_en,
    }
    form = RegionPageForm(**_sent(request), initial=initial)

    def save(sent: RegionPageForm) -> None:
        save_region_page(region=region, values=sent.values(), picture=sent.upload(), actor_id=request.user.pk)

    def preview(sent: RegionPageForm) -> dict[str, Any]:
        _take_over(row, sent.values())
        return {"place": texts_of(row, in_language(region.blurb_zh, region.blurb_en))}

    title = _("Page of %(place)s") % {"place": in_language(region.name_zh, region.name_en)}
    return _edit(request, form, save, preview, title=title, versions=_versions("regionpage", slug))


def _sent(request: ScopedRequest) -> dict[str, Any]:
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}


def _take_over(row: Any, values: dict[str, Any]) -> None:
    """Let an unsaved row say what the form says, to be looked at."""
    for name, value in values.items():
        setattr(row, name, value)


def _edit(
    request: ScopedRequest,
    form: ContentForm,
    save: Callable[[Any], None],
    preview: Callable[[Any], dict[str, Any]],
    *,
    title: str,
    versions: list[dict[str, Any]],
) -> HttpResponse:
    """Show the form; save it, or show what it would look like without saving anything."""
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "versions": versions,
        "preview": None,
    }
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            context["preview"] = preview(form)
        else:
            try:
                save(form)
            except ShopError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Saved. Visitors see it now."))
                return redirect("storefront:content")
    return render(request, "shop/storefront/content_edit.html", context, status=422 if form.errors else 200)


def _versions(kind: str, key: int | str | None) -> list[dict[str, Any]]:
    """Return who changed what of a piece and when, the latest first. Two queries."""
    if key is None:
        return []
    entries = JournalEntry.objects.filter(object_type=kind, object_key=str(key)).order_by("-at", "-pk")
    found = list(entries[:VERSIONS])
    names = names_of({entry.actor_id for entry in found})
    return [
        {
            "at": entry.at,
            "who": names.get(entry.actor_id or 0, "—"),
            "changes": [
                (name, entry.before.get(name, ""), value) for name, value in sorted(entry.after.items())
            ],
        }
        for entry in found
    ]
