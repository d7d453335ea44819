"""What search engines and shared links are told of the pages of goods."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core.addresses import absolute
from shop.core.page_meta import PageMeta, way
from shop.forks.catalogue.product_values import Offered
from shop.listings.presentation import category_name, in_language, shown
from shop.listings.selectors import (
    BrowsePage,
    CategoryNode,
    ProductDetail,
    Shelf,
    listing_rows,
    shared_picture,
    shared_picture_of,
)
from shop.listings.selectors.detail import category_path

#: A list that is narrowed or sorted shows what another list has already.
_NARROWING = ("q", "region", "supplier", "sort", "min_price", "max_price", "certification", "in_stock")


def list_title(page: BrowsePage, category: CategoryNode | None, shelf: Shelf) -> str:
    """Return the name of a list: a category's, a supplier's where only its goods are listed, or of everything."""
    if category is not None:
        return category_name(category)
    if page.filters.supplier and (rows := listing_rows(page.ids[:1], shelf)):
        supplier = rows[page.ids[0]].supplier
        return _("Goods of %(supplier)s") % {"supplier": in_language(supplier.name_zh, supplier.name_en)}
    return _("All goods")


def list_description(title: str) -> str:
    """Return what a list is, in a sentence."""
    return _("%(title)s from five partner places: place, producer and price of each.") % {"title": title}


def list_meta(
    asked: QueryDict, page: BrowsePage, category: CategoryNode | None, title: str, shelf: Shelf
) -> PageMeta | None:
    """Return what a list is to be found as, or None: only everything and a category are.

    Each of their pages stands for itself, because no other shows its goods; what else an address asks is left out.
    """
    if not page.total or any(asked.get(name) for name in _NARROWING):
        return None
    everything = reverse("catalogue:index")
    path = category.url if category else everything
    query = [("page", f"{page.number}")] if page.number > 1 else []
    steps = [(_("Home"), reverse("home")), (_("All goods"), everything)]
    if category is not None:
        steps += [(category_name(node), node.url) for node in category_path(category.slug, shelf)]
    return PageMeta(
        address=absolute(f"{path}?{urlencode(query)}" if query else path),
        title=title,
        description=list_description(title),
        picture=shared_picture(shelf),
        crumbs=way(steps),
    )


def product_meta(detail: ProductDetail, shelf: Shelf) -> PageMeta | None:
    """Return what a product is to be found as, or None once it is not on sale: then its page is for who bought it."""
    if not detail.is_published:
        return None
    card, region = shown(detail.card), detail.origin.region
    jpeg = detail.pictures[0].jpeg if detail.pictures else ""
    steps = [(_("Home"), reverse("home"))]
    steps += [(category_name(node), node.url) for node in detail.categories]
    return PageMeta(
        address=absolute(card.url),
        title=card.title,
        description="·".join((card.title, in_language(region.name_zh, region.name_en), card.spec)),
        picture=shared_picture_of(detail.listing, jpeg, region.slug, shelf),
        crumbs=way([*steps, (card.title, card.url)]),
        kind="product",
    )


def product_offer(detail: ProductDetail) -> Offered | None:
    """Return what is offered on a product's page, or None once it is not on sale.

    A producer that only public sources name has no contract with the shop, so it is not said to sell here.
    """
    if not detail.is_published:
        return None
    supplier = detail.supplier
    own_name = in_language(supplier.name_zh, supplier.name_en)
    return Offered(
        sku=detail.card.sku,
        brand=detail.label.producer,
        seller=settings.SHOP_NAME if supplier.is_sourced else own_name,
        category=" > ".join(category_name(node) for node in detail.categories),
        price_fen=detail.card.price_fen,
        pictures=tuple(absolute(picture.jpeg) for picture in detail.pictures),
    )
