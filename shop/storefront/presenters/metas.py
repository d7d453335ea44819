"""What search engines and shared links are told of the shop's own public pages."""

import re
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.core.addresses import absolute
from shop.core.page_meta import PageMeta, way
from shop.listings.presentation import in_language
from shop.listings.selectors import Shelf, shared_picture
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier

#: So many characters of a description are shown by those who show it.
_DESCRIPTION = 160
_HAN = re.compile(r"[\u3400-\u9fff]")


def home_meta(shelf: Shelf) -> PageMeta:
    """Return the first page's."""
    return PageMeta(
        address=absolute(reverse("home")),
        title=f"{settings.SHOP_NAME} · {settings.SHOP_SUBLINE}",
        description=_(
            "Goods from five partner places, sold for consumption support: place, producer and price on every page."
        ),
        picture=shared_picture(shelf),
    )


def region_meta(region: PartnerRegion, intro: str, page: int, shelf: Shelf) -> PageMeta:
    """Return a place's with how its page begins; each page of its goods stands for itself."""
    said = " ".join(intro.split())
    if (get_language() or "").startswith("en") and _HAN.search(said):
        # In a description nothing can be marked as Chinese: without an English text the shop's own stands there.
        said = ""
    path, name = reverse("storefront:region", args=[region.slug]), in_language(region.name_zh, region.name_en)
    steps = [(_("Home"), reverse("home")), (_("Five places"), reverse("storefront:regions")), (name, path)]
    return PageMeta(
        address=absolute(f"{path}?{urlencode({'page': page})}" if page > 1 else path),
        title=name,
        description=Truncator(said).chars(_DESCRIPTION),
        picture=shared_picture(shelf, region.slug),
        crumbs=way(steps),
    )


def supplier_meta(supplier: Supplier, page: int, shelf: Shelf) -> PageMeta:
    """Return a supplier's page's; each page of its goods stands for itself."""
    region = supplier.region
    path = reverse("storefront:supplier", args=[supplier.code])
    name = in_language(supplier.name_zh, supplier.name_en)
    place = in_language(region.name_zh, region.name_en)
    steps = [
        (_("Home"), reverse("home")),
        (place, reverse("storefront:region", args=[region.slug])),
        (name, path),
    ]
    return PageMeta(
        address=absolute(f"{path}?{urlencode({'page': page})}" if page > 1 else path),
        title=name,
        description=_("%(supplier)s from %(place)s: who it is, its certificates, and all its goods.")
        % {"supplier": name, "place": place},
        picture=shared_picture(shelf, region.slug),
        crumbs=way(steps),
    )


def page_meta(name: str, title: str, description: str, shelf: Shelf | None = None) -> PageMeta:
    """Return that of a page without arguments, by its name; with a picture where the shelf is at hand."""
    path = reverse(name)
    return PageMeta(
        address=absolute(path),
        title=title,
        description=description,
        picture=shared_picture(shelf) if shelf else None,
        crumbs=way([(_("Home"), reverse("home")), (title, path)]),
    )
