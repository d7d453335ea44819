"""The public page of a supplier: who sells, from where, with which papers, and what."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.core import clock
from shop.listings.place_names import full_name, parent_name, township_name
from shop.listings.presentation import SCHEMES, in_language, shown_cards
from shop.listings.selectors import BrowseFilters, Shelf, Sort, browse, pairings_on
from shop.listings.selectors.browsing import PAGE_SIZE
from shop.reporting.selectors import confirmed_and_target
from shop.storefront.presenters.content import content_of, texts_of
from shop.storefront.presenters.metas import supplier_meta
from shop.storefront.presenters.places import pace
from shop.suppliers.admission_models import SupplierKind
from shop.suppliers.models import Supplier
from shop.suppliers.selectors import open_report, shown_licences


def supplier_context(supplier: Supplier, sort: str, page: int, shelf: Shelf) -> dict[str, Any]:
    """Return the context of shop/storefront/supplier.html. A fixed number of queries."""
    today = clock.today()
    chosen = Sort(sort) if sort in set(Sort) else Sort.DEFAULT
    found = browse(BrowseFilters(supplier=supplier.code, sort=chosen), page, shelf=shelf)
    name = in_language(supplier.name_zh, supplier.name_en)
    region = supplier.region
    pairing = pairings_on(today, shelf).get(region.pk)
    programme = in_language(pairing.programme.name_zh, pairing.programme.name_en) if pairing else ""
    confirmed_fen, target_fen = _total(region.slug, today, shelf)
    return {
        "page_meta": None if chosen is not Sort.DEFAULT else supplier_meta(supplier, found.number, shelf),
        "supplier": {"name": name, "is_sourced": supplier.is_sourced, "is_demo": supplier.demo},
        "region": {
            "slug": region.slug,
            "name": full_name(region),
            "parent": parent_name(region),
            "programme_name": programme,
            "url": reverse("storefront:region", args=[region.slug]),
            "confirmed_fen": confirmed_fen,
            "target_fen": target_fen,
        },
        "about": texts_of(
            content_of(shelf).pages.get(region.slug), in_language(region.blurb_zh, region.blurb_en)
        )["intro"],
        "facts": _facts(supplier, found.total),
        "certificates": _certificates(supplier, shelf),
        "licences": _licences(supplier, today),
        "report": _report(supplier, today),
        "sorts": _sorts(chosen),
        "cards": shown_cards(found.ids, shelf),
        "page_obj": Paginator(range(found.total), PAGE_SIZE).get_page(found.number),
        "page_query": "" if chosen is Sort.DEFAULT else urlencode({"sort": chosen.value}),
        "pace_pct": pace(today),
    }


def _total(slug: str, today: dt.date, shelf: Shelf) -> tuple[int, int]:
    """Return what is confirmed of the region's year, and its target; a minute old at most, as on products' pages."""
    minute = clock.now().replace(second=0, microsecond=0)
    return shelf.remember(
        ("total", slug, minute), lambda: confirmed_and_target(slug, today.year, settings.SHOP_DEMO)
    )


def _facts(supplier: Supplier, count: int) -> list[tuple[str, str]]:
    kinds = dict(SupplierKind.choices)
    rows = [(_("Kind of business"), str(kinds.get(supplier.kind, "")))]
    if supplier.township:
        rows.append((_("Township"), township_name(supplier.township)))
    if supplier.admitted_on and not supplier.is_sourced:
        rows.append((_("Sells here since"), supplier.admitted_on.isoformat()))
    goods = ngettext("%(number)d product", "%(number)d products", count) % {"number": count}
    return [(label, text) for label, text in [*rows, (_("On sale"), goods)] if text]


def _certificates(supplier: Supplier, shelf: Shelf) -> list[tuple[str, str]]:
    """Return the certificates of its goods with what each is: they are public, as its goods' pages show them."""
    codes = {
        code for one in shelf.on_sale if one.supplier_code == supplier.code for code in one.certifications
    }
    found = []
    for code, row in shelf.certifications.items():
        if code in codes:
            scheme = str(SCHEMES.get(row.scheme, row.scheme))
            found.append(
                (in_language(row.name_zh, row.name_en), f"{scheme} ({row.year})" if row.year else scheme)
            )
    return found


def _licences(supplier: Supplier, today: dt.date) -> list[tuple[str, str]]:
    """Return the kinds of papers that the shop has compared, and how long they hold; never the papers themselves."""
    return [
        (
            paper.get_kind_display(),
            _("checked by the shop, valid until %(day)s") % {"day": paper.expires_on.isoformat()}
            if paper.expires_on
            else _("checked by the shop"),
        )
        for paper in shown_licences(supplier, today)
    ]


def _report(supplier: Supplier, today: dt.date) -> dict[str, str] | None:
    """Return the supplier's test report and where it is; which goods it is about, it says itself."""
    report = open_report(supplier.code, today)
    if report is None:
        return None
    text = _("%(number)s, of the supplier, checked by the shop") % {"number": report.number}
    if report.issued_on:
        text = _("%(number)s of %(day)s, of the supplier, checked by the shop") % {
            "number": report.number,
            "day": report.issued_on.isoformat(),
        }
    return {"text": text, "url": reverse("storefront:supplier_report", args=[supplier.code])}


def _sorts(current: Sort) -> list[dict[str, Any]]:
    by_price = Sort.PRICE_DOWN if current is Sort.PRICE_UP else Sort.PRICE_UP
    choices = (
        (Sort.DEFAULT, _("Default"), "", current is Sort.DEFAULT),
        (by_price, _("Price"), "chevrons-up-down", current in (Sort.PRICE_UP, Sort.PRICE_DOWN)),
        (Sort.NEWEST, _("Newest"), "", current is Sort.NEWEST),
    )
    return [
        {
            "name": name,
            "url": "?" if value is Sort.DEFAULT else f"?{urlencode({'sort': value.value})}",
            "is_current": is_current,
            "picture": picture,
        }
        for value, name, picture, is_current in choices
    ]
