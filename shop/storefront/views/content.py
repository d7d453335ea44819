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
from shop.regions.content_versions import restore_version, versions_of
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
#: Digits of an id: what is longer is none.
LONGEST_ID = 19
#: Stands for what a piece said before anybody changed it.
FIRST = "first"
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
    form = BannerForm(
        **_sent(request), initial=initial_of_banner(row), shelf=shelf, has_picture=bool(row.picture_id)
    )

    def save(sent: BannerForm) -> None:
        save_banner(banner_id=pk, values=sent.values(), actor_id=request.user.pk, **sent.what_of_picture())

    def preview(sent: BannerForm) -> dict[str, Any]:
        _take_over(row, sent.values())
        large = row.slot == BannerSlot.HERO
        return {"hero": hero_of(row, shelf)} if large else {"promo": promo_of(row, shelf)}

    title = _("Change the banner") if pk else _("New banner")
    return _edit(request, form, save, preview, title=title, row=row)


@require_http_methods(["GET", "POST"])
@whole_shop
def story(request: ScopedRequest, pk: int | None = None) -> HttpResponse:
    """Write a new story, or change one."""
    regions = list(PartnerRegion.objects.all())
    row = get_object_or_404(Story.objects.select_related("region"), pk=pk) if pk else Story()
    initial = initial_of_story(row) if pk else {"active": True, "position": LAST_POSITION}
    form = StoryForm(**_sent(request), initial=initial, regions=regions, has_picture=bool(row.picture_id))

    def save(sent: StoryForm) -> None:
        save_story(
            story_id=pk,
            region=sent.place(),
            values=sent.values(),
            actor_id=request.user.pk,
            **sent.what_of_picture(),
        )

    def preview(sent: StoryForm) -> dict[str, Any]:
        _take_over(row, sent.values() | {"region": sent.place()})
        return {"story": story_of(row)}

    title = _("Change the story") if pk else _("New story")
    return _edit(request, form, save, preview, title=title, row=row)


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
    form = RegionPageForm(**_sent(request), initial=initial, has_picture=bool(row.picture_id))

    def save(sent: RegionPageForm) -> None:
        save_region_page(
            region=region, values=sent.values(), actor_id=request.user.pk, **sent.what_of_picture()
        )

    def preview(sent: RegionPageForm) -> dict[str, Any]:
        _take_over(row, sent.values())
        return {"place": texts_of(row, in_language(region.blurb_zh, region.blurb_en))}

    title = _("Page of %(place)s") % {"place": in_language(region.name_zh, region.name_en)}
    return _edit(request, form, save, preview, title=title, row=row)


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
    row: RegionPage | Story | Banner,
) -> HttpResponse:
    """Show the form; save it, bring an old version back, or show what it would look like without saving anything."""
    if request.method == "POST" and "restore" in request.POST:
        return _restored(request, row)
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "versions": (versions := _versions(row)),
        # What the shop began with has no entry of its own.
        "first": FIRST if 0 < len(versions) < VERSIONS and not versions[-1]["is_created"] else "",
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


def _restored(request: ScopedRequest, row: RegionPage | Story | Banner) -> HttpResponse:
    """Bring the chosen version of a piece back."""
    chosen = request.POST["restore"]
    is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < LONGEST_ID
    if row._state.adding or not (is_number or chosen == FIRST):
        raise Http404
    try:
        restore_version(row=row, entry_id=int(chosen) if is_number else None, actor_id=request.user.pk)
    except JournalEntry.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Restored as a new version. Visitors see it now."))
    return redirect(request.path)


def _versions(row: RegionPage | Story | Banner) -> list[dict[str, Any]]:
    """Return who changed what of a piece and when, the latest first. Two queries."""
    if row._state.adding:
        return []
    found = list(versions_of(row)[:VERSIONS])
    names = names_of({entry.actor_id for entry in found})
    return [
        {
            "pk": entry.pk,
            "at": entry.at,
            "who": names.get(entry.actor_id or 0, "—"),
            "reason": entry.reason,
            "is_created": entry.action.endswith(".created"),
            "changes": [
                (name, entry.before.get(name, ""), value) for name, value in sorted(entry.after.items())
            ],
        }
        for entry in found
    ]
