"""The staff's navigation: one table of every page that the desk leads to.

Who sees a place is read off the guard of its page (`accounts.access`), so that a link is shown to exactly those for
whom it opens. A new page of the desk is written down here: as a place of its own, or among the `pages` of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.accounts.access import Door, door_of
from shop.accounts.scope import Held


@dataclass(frozen=True)
class Place:
    """A page by its address's name; while one of `pages` is open, this is where the reader is."""

    label: Promise
    name: str
    pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Places under one heading."""

    label: Promise
    places: tuple[Place, ...]


PLACES: tuple[Place | Group, ...] = (
    Group(
        pgettext_lazy("staff", "Figures"),
        (
            Place(
                _("Overview"),
                "reporting:overview",
                ("reporting:drill", "reporting:drill_export", "reporting:parcel"),
            ),
            Place(_("Targets"), "reporting:targets"),
            Place(
                _("Months and statements"),
                "reporting:months",
                ("reporting:month", "reporting:month_act", "reporting:month_restated"),
            ),
            Place(
                _("Corrections"),
                "reporting:corrections",
                ("reporting:correction", "reporting:correction_new", "reporting:correction_decide"),
            ),
            Place(_("Evidence"), "reporting:evidence"),
            Place(_("Numbers claimed twice"), "reporting:register"),
            Place(
                _("Files made for you"),
                "reporting:exports",
                ("reporting:export_job", "reporting:export_file", "reporting:export_log"),
            ),
            Place(_("Monthly report by mail"), "reporting:report_recipients"),
        ),
    ),
    Place(_("To do"), "operations:desk"),
    Group(
        pgettext_lazy("staff", "Orders"),
        (
            Place(pgettext_lazy("staff", "Orders"), "operations:orders", ("operations:order",)),
            Place(_("Parcels"), "operations:parcels"),
            Place(_("Late shipments"), "operations:late_shipments"),
            Place(_("After-sales"), "operations:returns", ("operations:return",)),
            Place(_("Shortages"), "operations:shortages"),
            Place(_("What buyers ask"), "operations:talks", ("operations:talk",)),
            Place(pgettext_lazy("staff", "Price requests"), "prices:staff_prices", ("prices:staff_price",)),
        ),
    ),
    Group(
        pgettext_lazy("staff", "Goods"),
        (
            Place(_("Stock"), "operations:stock", ("operations:stock_product",)),
            Place(_("Stock alerts"), "operations:stock_alerts"),
            Place(_("Stock by file"), "operations:stock_files", ("operations:stock_file",)),
            Place(_("Places of stock"), "operations:stock_places"),
            Place(_("Prices and stock proposed"), "operations:proposals"),
            Place(_("Price lists of organisations"), "operations:price_lists", ("operations:price_list",)),
            Place(_("Product drafts"), "operations:product_drafts", ("operations:product_draft",)),
            Place(_("Origin claims"), "operations:claims", ("operations:claim",)),
            Place(_("Return terms"), "operations:return_terms"),
            Place(_("Reviews"), "opinions:reviews"),
        ),
    ),
    Group(
        pgettext_lazy("staff", "Money"),
        (
            Place(_("Bank transfers"), "gateways:transfers", ("gateways:transfer_propose",)),
            Place(
                _("Bank statements"),
                "gateways:statements",
                ("gateways:statement", "gateways:bank_account", "gateways:bank_account_new"),
            ),
            Place(_("Statement lines"), "gateways:statement_lines"),
            Place(_("Differences"), "gateways:differences"),
            Place(_("Refunds"), "gateways:refund_queue"),
            Place(_("Channel bills"), "gateways:bills", ("gateways:bill",)),
            Place(_("Reconciliation"), "operations:reconciliation"),
            Place(_("Payers of units"), "gateways:payer_names"),
            Place(_("Payment services"), "gateways:payment_services"),
            Place(
                _("Settlement with suppliers"),
                "settlement:overview",
                ("settlement:supplier", "settlement:statement", "settlement:terms"),
            ),
            Place(_("Invoices"), "operations:invoices"),
            Place(_("Pay-out lists"), "settlement:payout_lists", ("settlement:payout_list",)),
            Place(_("Campaigns"), "coupons:campaigns", ("operations:campaign",)),
        ),
    ),
    Group(
        pgettext_lazy("staff", "Partners"),
        (
            Place(
                _("Suppliers"), "operations:suppliers", ("operations:supplier", "operations:supplier_reports")
            ),
            Place(_("Applications"), "operations:applications", ("operations:application",)),
            Place(_("Suppliers’ channels"), "notifications:suppliers", ("notifications:supplier",)),
            Place(
                _("Organisations"),
                "buyers:organisations",
                ("buyers:organisation", "certificates:organisation"),
            ),
            Place(
                pgettext_lazy("of purchases", "Contracts"),
                "purchasing:staff_contracts",
                ("purchasing:staff_contract",),
            ),
            Place(_("Rules of units’ purchases"), "purchasing:rules"),
            Place(_("Welfare caps"), "procurement_desk:welfare_caps"),
            Place(_("Negotiations"), "procurement_desk:leads", ("procurement_desk:lead",)),
            Place(_("Signs of abuse"), "operations:abuse", ("operations:abuse_finding",)),
        ),
    ),
    Place(
        _("Content"),
        "storefront:content",
        (
            "storefront:banner_new",
            "storefront:banner",
            "storefront:story_new",
            "storefront:story",
            "storefront:region_page",
        ),
    ),
    Group(
        pgettext_lazy("staff", "Shop"),
        (
            Place(_("Notices"), "notifications:notices"),
            Place(_("Mailbox"), "notifications:mailbox"),
            Place(_("Notice services"), "notifications:services"),
            Place(_("Held notices"), "operations:held"),
            Place(_("Outbox"), "operations:outbox"),
            Place(_("People"), "operations:people", ("operations:person",)),
            Place(_("Journal"), "operations:journal", ("operations:journal_export",)),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """One link of a person's navigation; `current` is "page" on that page, "true" below it, else empty."""

    label: Promise
    url: str
    current: str


@dataclass(frozen=True)
class Menu:
    """A heading with its links; `is_current` while the page is one of them or below one."""

    label: Promise
    links: tuple[Link, ...]

    @property
    def is_current(self) -> bool:
        """Return whether the reader is at one of the links."""
        return any(link.current for link in self.links)


def all_places() -> Iterator[Place]:
    """Give every place, whatever heading it stands under."""
    for entry in PLACES:
        yield from entry.places if isinstance(entry, Group) else (entry,)


def navigation(held: Held, view_name: str) -> list[Link | Menu]:
    """Return what these roles open, with the page of that name marked; a heading over one link is left out.

    No query.
    """
    found: list[Link | Menu] = []
    for entry in PLACES:
        places = entry.places if isinstance(entry, Group) else (entry,)
        links = tuple(_link(place, view_name) for place in places if _opens(place, held))
        if isinstance(entry, Group) and len(links) > 1:
            found.append(Menu(entry.label, links))
        else:
            found.extend(links)
    return found


def _link(place: Place, view_name: str) -> Link:
    current = "page" if view_name == place.name else "true" if view_name in place.pages else ""
    return Link(place.label, reverse(place.name), current)


def _opens(place: Place, held: Held) -> bool:
    door = door_at(place.name)
    return door is not None and door.opens_for(held)


@cache
def door_at(name: str) -> Door | None:
    """Return who gets in at the page of that name, as its guard says."""
    return door_of(resolve(reverse(name)).func)
