"""The pages of goods, put together from kept pieces: what is drawn anew is what differs between two visitors."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Protocol

from django import template
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from shop.listings.selectors import ProductCard
from shop.storefront import pieces
from shop.storefront.cards import open_cards
from shop.storefront.templatetags.meta_tags import page_mark
from shop.storefront.templatetags.shop_tags import (
    answering_parts,
    frame_values,
    messages_html,
)
from shop.storefront.wording import marked, title_parts

register = template.Library()
#: A phone shows so many rows, a desk as many cards beside each other.
_FIRST_VIEW = 4


class Link(Protocol):
    """A choice of the page: a named tuple, so that equal ones find the same kept piece."""

    @property
    def url(self) -> str: ...

    def _replace(self, *, url: str) -> "Link": ...


class Choice(Protocol):
    """A choice of a facet."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def is_current(self) -> bool: ...
    @property
    def goods(self) -> int | None: ...


@register.simple_tag(takes_context=True)
def browse_page(context: template.RequestContext) -> SafeString:
    """The whole page of browse.html."""
    cards, query = context["cards"], context["query"]
    form, count = context["filter_form"], context["result_count"]
    frame = dict(frame_values(context))
    values = {
        **frame,
        "has_rail": bool(context["rail"]),
        "has_count": bool(count),
        "filter_open": bool(form.errors),
        "has_cards": bool(cards),
    }
    holes = {
        "query" if query else "title": escape(query or context["title"]),
        "page_mark": escape(page_mark(context["page_obj"].number)),
        "description": escape(context["description"]),
        "head_html": pieces.head_meta(
            context["page_meta"], demo_mode=bool(frame["demo_mode"]), shop_name=str(frame["shop_name"])
        ),
        "chips_html": _chips(context["region_chips"])
        + _facet(gettext("Category"), context["category_choices"]),
        "rail_html": _links("rail", context["rail"]),
        "children_html": _links("children", context["children"]) or _links("groups", context["groups"]),
        "sorts_html": _sorts(context["sorts"]),
        "count_text": escape(ngettext("%(number)s item", "%(number)s items", count) % {"number": count}),
        "filter_mark": format_html(' <span class="count">{}</span>', used) if (used := form.used) else "",
        "bands_html": _facet(gettext("Price"), context["price_bands"]),
        "answered_html": _answered(query, context["answered"]),
        "hidden_html": _hidden(context["filter_hidden"]),
        "fields_html": form.fields_html(),
        "shops_html": _links("shops", context["shops"]),
        "cards_html": _marked(_rows(context), cards, context["marked_words"]),
        "pages_html": _pages(context) if cards else "",
        "empty_html": "" if cards else _nothing(context),
        "messages_html": messages_html(context),
    }
    whole = pieces.filled("shop/catalogue/_browse.html", values, holes)
    address = context["request"].get_full_path()
    return pieces.closed(whole, token=str(context["csrf_token"]), address=address)


def _rows(context: template.RequestContext) -> str:
    """Draw the goods; the pictures of the first are on the screen at once where no categories stand above them."""
    rows = open_cards("product_row", context["cards"], context["wished"])
    return rows if context["groups"] else rows.replace(' loading="lazy"', "", _FIRST_VIEW)


def _links(name: str, links: Sequence[Hashable]) -> str:
    """Draw links that always lead to the same places."""
    return pieces.filled(f"shop/catalogue/_{name}.html", {name: tuple(links)}, {}) if links else ""


def _chips(chips: Sequence[Link]) -> str:
    """Draw the places: each leads to this page's address with a place behind it; the first one without."""
    if not chips:
        return ""
    before = chips[0].url if chips[0].url == "?" else f"{chips[0].url}&"
    shown = (
        chips[0]._replace(url=pieces.mark("everywhere")),
        *(chip._replace(url=pieces.mark("before") + chip.url.removeprefix(before)) for chip in chips[1:]),
    )
    holes = {"before": escape(before), "everywhere": escape(chips[0].url)}
    return pieces.filled("shop/catalogue/_chips.html", {"region_chips": shown}, holes)


def _sorts(sorts: Sequence[Link]) -> str:
    shown = tuple(sort._replace(url=pieces.mark(f"sort{number}")) for number, sort in enumerate(sorts))
    holes = {f"sort{number}": escape(sort.url) for number, sort in enumerate(sorts)}
    return pieces.filled("shop/catalogue/_sorts.html", {"sorts": shown}, holes)


def _hidden(pairs: Sequence[tuple[str, str]]) -> str:
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


def _pages(context: template.RequestContext) -> str:
    page, query = context["page_obj"], context["page_query"]
    kept = _pagination(page.number, page.paginator.num_pages, bool(query), get_language() or "")
    return kept.replace(pieces.mark("kept"), escape(query))


@lru_cache(maxsize=1000)
def _pagination(number: int, pages: int, has_query: bool, language: str) -> str:
    page = Paginator(range(pages), 1).get_page(number)
    values = {"page_obj": page, "query": pieces.mark("kept") if has_query else ""}
    return render_to_string("shop/components/pagination.html", values)


def _nothing(context: template.RequestContext) -> str:
    names = ("query", "suggestions", "nearest", "unfiltered_url")
    similar = mark_safe(open_cards("product_row", context["similar"], context["wished"]))
    values = {name: context[name] for name in names} | {"similar": similar}
    return render_to_string("shop/catalogue/_nothing.html", values)


def _facet(label: str, choices: Sequence[Choice]) -> str:
    """Draw choices with the number of goods that each leaves, where it is known."""
    if not choices:
        return ""
    links = format_html_join(
        "",
        '<a href="{}" class="chip !px-3"{}>{}{}</a>',
        (
            (
                one.url,
                mark_safe(' aria-current="true"') if one.is_current else "",
                marked(one.name),
                ""
                if one.goods is None
                else format_html(' <span class="num text-ink-3">{}</span>', one.goods),
            )
            for one in choices
        ),
    )
    return format_html('<nav class="hs px-4 lg:px-0 pb-3" aria-label="{}">{}</nav>', label, links)


def _answered(query: str, answered: str) -> str:
    if not answered:
        return ""
    told = gettext("Nothing is called “%(typed)s”. These are the goods for “%(answered)s”.")
    return format_html(
        '<p class="py-3 text-sm text-ink-2" role="status">{}</p>',
        told % {"typed": query, "answered": answered},
    )


def _marked(html: str, cards: Sequence[ProductCard], words: Sequence[str]) -> str:
    """Mark in the cards' names what answers the words."""
    if not words:
        return html
    for title in {card.title for card in cards}:
        html = html.replace(f">{title_parts(title)}</a>", f">{answering_parts(title, words)}</a>")
    return html
