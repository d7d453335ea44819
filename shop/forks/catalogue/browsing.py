"""What a page of goods shows: used by the category pages and by search."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.forks.catalogue.dead_ends import instead_of_nothing
from shop.forks.catalogue.facets import category_choices, price_bands
from shop.forks.catalogue.forms import FilterForm
from shop.forks.catalogue.page_metas import list_description, list_meta, list_title
from shop.listings.motifs import motif_url
from shop.listings.presentation import (
    category_name,
    certificate_names,
    english_regions,
    in_language,
    shown_cards,
)
from shop.listings.selectors import (
    BrowseFilters,
    BrowsePage,
    CategoryNode,
    Shelf,
    Sort,
    browse,
    current_shelf,
)
from shop.listings.selectors.browsing import PAGE_SIZE
from shop.listings.spelt import spoken_key
from shop.suppliers.selectors import supplier_names


class Link(NamedTuple):
    """A choice of the page; `picture` is a drawing's address or an icon's name."""

    name: str
    url: str
    is_current: bool
    slug: str = ""
    picture: str = ""
    goods: int = 0


class Group(NamedTuple):
    """A first-level category with those below it."""

    top: Link
    children: tuple[Link, ...]


_LONGEST_QUERY = 60
#: A single character is in too many names; more suppliers than this are found by their goods.
_SHORTEST_NAME, _MOST_SHOPS = 2, 3
_FILTERS = ("min_price", "max_price", "certification", "in_stock")
#: What a list's address may ask.
LIST_PARAMETERS = ("page", "sort", "region", "supplier", *_FILTERS)


def browse_context(
    request: HttpRequest, *, category: CategoryNode | None, query: str, shelf: Shelf | None = None
) -> dict[str, Any]:
    """Return the context of shop/catalogue/browse.html for a category, all goods, or words."""
    shelf = shelf or current_shelf()
    asked = request.GET
    form = FilterForm(asked)
    form.is_valid()
    page = browse(_filters(asked, form, category, query), _page_number(asked), shelf=shelf)
    form.offer(page, certificate_names(shelf))
    tree = shelf.categories
    title = list_title(page, category, shelf)
    return {
        "title": title,
        "description": list_description(title),
        "page_meta": list_meta(asked, page, category, title, shelf),
        "query": query,
        "result_count": page.total,
        "rail": [] if query else _rail(tree, category),
        "children": _children(tree, category),
        "groups": () if query or category or any(map(asked.get, LIST_PARAMETERS)) else _groups(tree),
        "region_chips": _region_chips(asked, page, english_regions(shelf)),
        "sorts": _sorts(asked, page.filters.sort),
        "filter_form": form,
        "filter_hidden": [
            (name, asked[name]) for name in ("q", "category", "region", "supplier", "sort") if asked.get(name)
        ],
        "filter_count": form.used,
        "shops": _shops(query, shelf),
        "cards": shown_cards(page.ids, shelf),
        "page_obj": Paginator(range(page.total), PAGE_SIZE).get_page(page.number),
        "page_query": urlencode(_without(asked, "page")),
        "suggestions": _suggestions(tree),
        "price_bands": price_bands(asked, page),
        "category_choices": category_choices(asked, page, shelf) if query else (),
        "answered": _answered(page),
        "marked_words": _marked(page),
        **instead_of_nothing(request, page, query, shelf),
    }


def _answered(page: BrowsePage) -> str:
    """Return the words that were answered where they are not those that were typed."""
    return " ".join(page.terms) if page.how == "slip" else ""


def _marked(page: BrowsePage) -> tuple[str, ...]:
    """Return what to mark in the names: the words, and where their sound was found, their pinyin."""
    if page.how != "sound":
        return page.terms
    return tuple(dict.fromkeys((*page.terms, *map(spoken_key, page.terms))))


def asked_words(request: HttpRequest) -> str:
    """Return the words of a search, cut to what a person types."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUERY]


def _filters(asked: QueryDict, form: FilterForm, category: CategoryNode | None, query: str) -> BrowseFilters:
    region = asked.get("region", "")
    sort = asked.get("sort", "")
    return BrowseFilters(
        category=category.slug if category else asked.get("category", "")[:80] if query else "",
        regions=(region,) if region else (),
        q=query,
        certification=form.cleaned_data.get("certification", ""),
        min_fen=form.fen_of("min_price"),
        max_fen=form.fen_of("max_price"),
        in_stock=bool(form.cleaned_data.get("in_stock")),
        supplier=asked.get("supplier", "")[:40],
        sort=Sort(sort) if sort in set(Sort) else Sort.DEFAULT,
    )


def _page_number(asked: QueryDict) -> int:
    text = asked.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _without(asked: QueryDict, *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, values in asked.lists() if name not in names for value in values]


def _address(asked: QueryDict, name: str, value: str) -> str:
    """Return the page's own address with one choice changed, from its first page."""
    kept = _without(asked, "page", name)
    return f"?{urlencode([*kept, (name, value)] if value else kept)}"


def _rail(tree: Sequence[CategoryNode], current: CategoryNode | None) -> tuple[Link, ...]:
    top = current.slug.split("/")[0] if current else ""
    everything = Link(_("All goods"), all_goods_url(), not top)
    return (everything, *(Link(category_name(node), node.url, node.slug == top) for node in tree))


def _children(tree: Sequence[CategoryNode], current: CategoryNode | None) -> tuple[Link, ...]:
    if current is None:
        return ()
    top = current.slug.split("/")[0]
    return tuple(
        Link(category_name(child), child.url, child.slug == current.slug, picture=motif_url(child.slug))
        for node in tree
        if node.slug == top
        for child in node.children
    )


def _groups(tree: Sequence[CategoryNode]) -> tuple[Group, ...]:
    """Return every category below the first level; one without any stands for itself."""
    return tuple(
        Group(
            Link(category_name(node), node.url, False),
            tuple(
                Link(category_name(child), child.url, False, picture=motif_url(child.slug))
                for child in node.children or (node,)
            ),
        )
        for node in tree
    )


def all_goods_url() -> str:
    """Return where all goods stand: below the categories."""
    return f"{reverse('catalogue:index')}#goods"


def _region_chips(asked: QueryDict, page: BrowsePage, names: Mapping[str, str]) -> tuple[Link, ...]:
    chosen = page.filters.regions
    if not page.regions and not chosen:
        return ()
    everywhere = Link(_("All places"), _address(asked, "region", ""), not chosen)
    # A choice is written behind the rest of the address, so the rest is written once.
    before = everywhere.url if everywhere.url == "?" else f"{everywhere.url}&"
    return (
        everywhere,
        *(
            Link(
                names.get(facet.value, facet.label),
                f"{before}region={facet.value}",
                facet.selected,
                slug=facet.value,
                goods=facet.count,
            )
            for facet in page.regions
        ),
    )


def _sorts(asked: QueryDict, current: Sort) -> tuple[Link, ...]:
    by_price = Sort.PRICE_DOWN if current is Sort.PRICE_UP else Sort.PRICE_UP
    choices = (
        (Sort.DEFAULT, _("Default"), "", current is Sort.DEFAULT),
        (by_price, _("Price"), "chevrons-up-down", current in (Sort.PRICE_UP, Sort.PRICE_DOWN)),
        (Sort.NEWEST, _("Newest"), "", current is Sort.NEWEST),
    )
    return tuple(
        Link(
            name,
            _address(asked, "sort", "" if value is Sort.DEFAULT else value.value),
            is_current,
            picture=icon,
        )
        for value, name, icon, is_current in choices
    )


def _shops(words: str, shelf: Shelf) -> tuple[Link, ...]:
    """Return the suppliers with goods on sale whose name holds the words. One query after a change."""
    asked = words.casefold()
    if len(asked) < _SHORTEST_NAME:
        return ()
    names = shelf.remember("supplier names", lambda: supplier_names(_sellers(shelf)))
    found = [code for code, both in names.items() if any(asked in name.casefold() for name in both)]
    return tuple(
        Link(in_language(*names[code]), reverse("storefront:supplier", args=[code]), False)
        for code in found[:_MOST_SHOPS]
    )


def _sellers(shelf: Shelf) -> set[str]:
    return {one.supplier_code for one in shelf.on_sale}


def _suggestions(tree: Sequence[CategoryNode]) -> list[tuple[str, str]]:
    return [
        (_("All goods"), all_goods_url()),
        *((category_name(node), node.url) for node in tree[:6]),
    ]
