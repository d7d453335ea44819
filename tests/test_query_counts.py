"""A page asks the database as often for two hundred rows as for one: every page that lists something."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from oscar.apps.catalogue.models import Category
from pytest_django.plugin import DjangoDbBlocker

from shop.listings.price_list_models import PriceList
from shop.operations.abuse_models import AbuseFinding
from shop.ordering.numbers import guest_token
from tests.certificates.bulk import LONG_CODE
from tests.growing_shop import LONG_ORDER, GrowingShop
from tests.growing_units import PACK_KEY
from tests.operations.abuse_bulk import LONG
from tests.url_matrix import ROWS, Who

SIZES = (1, 20, 200)
#: How many goods there are, by how many the first of the three suppliers has.
GOODS_OF_THREE = {-(-size // 3): size for size in SIZES}
Rows = Callable[[Any], int]


@dataclass(frozen=True)
class Page:
    """Who opens which address, and - where the page's context tells - how many rows there are."""

    who: str
    address: Callable[[GrowingShop], str]
    rows: Rows | None = None


def at(who: str, address: str, rows: Rows | None = None) -> Page:
    """Return a page whose address is always the same."""
    return Page(who, lambda shop: address, rows)


def named(who: str, name: str, query: str = "", rows: Rows | None = None) -> Page:
    """Return a page without arguments, by name."""
    return Page(who, lambda shop: reverse(name) + query, rows)


def of_order(who: str, name: str, rows: Rows | None = None) -> Page:
    """Return a page of the order with all the lines."""
    return Page(who, lambda shop: reverse(name, kwargs={"number": shop.order.number}), rows)


def paged(name: str = "page_obj") -> Rows:
    """Count what a list has on all its pages."""
    return lambda context: int(context[name].paginator.count)


def long(name: str) -> Rows:
    """Count what a list shows."""
    return lambda context: len(context[name])


def beside(name: str, others: int) -> Rows:
    """Count what a list shows beside so many that are always there."""
    return lambda context: len(context[name]) - others


def every_third() -> Rows:
    """Count the goods of all three suppliers by those of the first, which has every third."""
    return lambda context: GOODS_OF_THREE[context["page_obj"].paginator.count]


def lines_of_groups(context: Any) -> int:
    """Count the lines of an order's suppliers."""
    return sum(len(group["lines"]) for group in context["groups"])


def talk_of(shop: GrowingShop, name: str) -> str:
    """Return the page of the conversation with all the messages."""
    return reverse(name, args=[shop.goods[0].conversations.get().pk])


def of_first(shop: GrowingShop, name: str) -> str:
    """Return a page of the buyer's order that is not paid."""
    return reverse(name, args=[shop.first.number])


FIGURE = "?measure=net&start=2026-01-01&end=2026-12-31"
PAGES: dict[str, Page] = {
    "home": named("guest", "home", rows=beside("regions", 2)),
    "browse": named("guest", "catalogue:index", rows=paged()),
    "browse, signed in": named("buyer", "catalogue:index", rows=paged()),
    "home, signed in": named("buyer", "home", rows=beside("regions", 2)),
    "category": Page("guest", lambda shop: Category.objects.get(slug="tea").get_absolute_url(), paged()),
    "search": named("guest", "search:search", "?q=茶", rows=paged()),
    "suggestions": named("guest", "search:suggest", "?q=茶"),
    "sitemap": named("guest", "storefront:sitemap"),
    "sitemap, goods": at("guest", "/sitemap-goods-1.xml"),
    "sitemap, pages": at("guest", "/sitemap-pages-1.xml"),
    "regions": named("guest", "storefront:regions", rows=beside("regions", 2)),
    # Two of the three suppliers of the first order are in this place.
    "region": at("guest", "/regions/wangcang/", beside("suppliers", 2)),
    "a supplier and its goods": at("guest", "/suppliers/bulk-one/", every_third()),
    "product": Page("guest", lambda shop: shop.goods[0].get_absolute_url()),
    "product, signed in": Page("buyer", lambda shop: shop.goods[0].get_absolute_url()),
    "basket": named("buyer", "basket:summary", rows=lines_of_groups),
    "checkout": named("buyer", "checkout:index", rows=long("addresses")),
    "coupons to claim": named("buyer", "coupons:open", rows=paged()),
    "a campaign and its goods": Page(
        "buyer", lambda shop: reverse("coupons:campaign", args=[shop.campaign_of_all]), paged()
    ),
    "a person's coupons": named("buyer", "coupons:own", rows=paged()),
    "a person's used coupons": named("buyer", "coupons:own", "?tab=used", rows=paged()),
    "a person's lapsed coupons": named("buyer", "coupons:own", "?tab=lapsed", rows=paged()),
    "supplier, campaigns that it bears": named("supplier", "fulfilment:campaigns", rows=paged()),
    "campaigns as csv": at("staff", "/dashboard/campaigns/export/csv/"),
    "a campaign at the desk": Page(
        "staff", lambda shop: reverse("operations:campaign", args=[shop.campaign_of_all])
    ),
    "campaigns": named("staff", "coupons:campaigns", rows=paged()),
    "account": named("buyer", "storefront:account"),
    "closing one's account": named("buyer", "storefront:account_close"),
    "a person's addresses": named("buyer", "storefront:addresses", rows=long("addresses")),
    "a person's wishes": named("buyer", "storefront:wishes", rows=paged()),
    "a person's conversations": named("buyer", "storefront:talks", rows=paged()),
    "a conversation about a product": Page(
        "buyer", lambda shop: reverse("storefront:talk_product", args=[shop.goods[0].pk])
    ),
    "supplier, conversations": named("supplier", "conversations:inbox"),
    "a supplier's conversation": Page("supplier", lambda shop: talk_of(shop, "conversations:talk")),
    "staff, conversations": named("staff", "operations:talks", rows=paged()),
    "staff, a conversation": Page("staff", lambda shop: talk_of(shop, "operations:talk")),
    "a conversation about an order": of_order("buyer", "storefront:talk_shop"),
    "a person's orders": named(
        # The long order is one more.
        "buyer",
        "storefront:orders",
        rows=lambda context: context["page_obj"].paginator.count - 1,
    ),
    "a guest's order to be found": named("guest", "storefront:order_find"),
    "an order": of_order("buyer", "storefront:order", rows=lines_of_groups),
    "a guest's order": of_order("guest", "storefront:order", rows=lines_of_groups),
    "refund an order": of_order("buyer", "storefront:order_refund"),
    "cancel an order": Page("buyer", lambda shop: of_first(shop, "storefront:order_cancel")),
    "say that all has arrived": of_order("buyer", "storefront:order_receive"),
    "what is to be paid": Page("buyer", lambda shop: of_first(shop, "gateways:cashier")),
    "back from the provider": of_order("buyer", "gateways:return"),
    "whether it is paid": of_order("buyer", "gateways:state"),
    "goods to review": of_order("buyer", "storefront:order_reviews"),
    "what buyers say": Page(
        "guest", lambda shop: reverse("storefront:product_reviews", args=[shop.goods[0].pk])
    ),
    "a conversation with a supplier about an order": Page(
        "buyer", lambda shop: reverse("storefront:talk_supplier", args=[shop.order.number, "bulk-one"])
    ),
    "figures of the places as a file": named("guest", "storefront:regions_file"),
    "counting method": named("guest", "storefront:method"),
    "a code to verify": named("guest", "certificates:verify_start"),
    "supplier, to ship": named("supplier", "fulfilment:supplier_orders", "?tab=to_ship"),
    "supplier, new": named("supplier", "fulfilment:supplier_orders", "?tab=new", rows=paged()),
    "supplier, shipped": named("supplier", "fulfilment:supplier_orders", "?tab=shipped"),
    "supplier, after-sales": named("supplier", "fulfilment:supplier_orders", "?tab=after_sales"),
    "supplier, cases": named("supplier", "fulfilment:returns", rows=paged()),
    "staff, return terms": named("staff", "operations:return_terms"),
    "staff, rules of units' purchases": named("staff", "purchasing:rules", rows=paged()),
    "staff, contracts": named("staff", "purchasing:staff_contracts", rows=paged()),
    "supplier, contracts": named("supplier", "purchasing:supplier_contracts", rows=paged()),
    "staff, price lists": named("staff", "operations:price_lists", rows=paged()),
    "staff, a price list": Page(
        "staff",
        lambda shop: reverse("operations:price_list", args=[PriceList.objects.earliest("pk").pk]),
        paged(),
    ),
    "staff, cases": named("staff", "operations:returns", rows=paged()),
    "after-sales of an order": of_order("buyer", "storefront:order_returns"),
    "supplier, list to ship": at("supplier", "/supplier/batch/list.csv"),
    "supplier, scan": named("supplier", "fulfilment:scan"),
    "supplier, sales": named("supplier", "fulfilment:sales"),
    "supplier, sales as xlsx": at("supplier", "/supplier/sales/export/xlsx/"),
    "supplier, goods": named("supplier", "fulfilment:goods"),
    "supplier, drafts": named("supplier", "fulfilment:drafts", rows=paged()),
    "a supplier's product": Page(
        "supplier",
        lambda shop: reverse("fulfilment:product", kwargs={"pk": shop.goods[0].listing.pk}),
    ),
    "proposals": named("staff", "operations:proposals", rows=paged()),
    "product drafts": named("staff", "operations:product_drafts", rows=paged()),
    "content": named("staff", "storefront:content", rows=long("stories")),
    "shortages": named("staff", "operations:shortages", rows=paged()),
    "stock": named("staff", "operations:stock", "?q=sku-", rows=paged()),
    "stock, a product": Page(
        "staff",
        lambda shop: reverse("operations:stock_product", kwargs={"pk": shop.goods[0].stockrecords.get().pk}),
        rows=long("lots"),
    ),
    "stock, alerts": named("staff", "operations:stock_alerts", rows=paged()),
    "stock, files": named("staff", "operations:stock_files", rows=paged()),
    "stock, places": named("staff", "operations:stock_places", rows=long("places")),
    "stock, the list": at("staff", "/dashboard/stock/files/list.csv"),
    "supplier, stock": named("supplier", "fulfilment:stock_alerts", rows=paged()),
    "a supplier's order": Page(
        "supplier",
        lambda shop: reverse(
            "fulfilment:supplier_order",
            kwargs={"pk": shop.order.supplier_orders.get(supplier__code="bulk-one").pk},
        ),
    ),
    "desk, orders": named("staff", "operations:desk", rows=paged("orders")),
    "desk, money": named(
        "staff", "operations:desk", rows=lambda context: context["money"].paginator.count // 4
    ),
    "desk, notices": named("staff", "operations:desk", rows=paged("notices")),
    "desk, dead messages": named("staff", "operations:desk", rows=paged("dead")),
    "outbox": named("staff", "operations:outbox", rows=paged("dead")),
    "desk, the queue": named("staff", "operations:desk", "?kind=order", rows=paged("items")),
    "staff, orders by phone": named("staff", "operations:orders", "?q=0001"),
    "staff, orders by courier number": named("staff", "operations:orders", "?q=LONG"),
    "staff, orders by receiver": named("staff", "operations:orders", "?q=王芳"),
    "supplier, replacements": named("supplier", "fulfilment:replacements"),
    "staff, orders": named("staff", "operations:orders", "?q=-"),
    "staff, an order": of_order("staff", "operations:order", rows=long("shares")),
    "staff, history": of_order("staff", "operations:order", rows=lambda context: len(context["parcels"])),
    "how to become a supplier": named("buyer", "suppliers:join", rows=long("applications")),
    "an own application": at("buyer", "/join/RZ-0/", long("papers")),
    "supplier, papers": named("supplier", "suppliers:documents", rows=long("papers")),
    "staff, applications": named("staff", "operations:applications", rows=paged()),
    "staff, an application": at("staff", "/dashboard/applications/RZ-0/", long("papers")),
    "staff, suppliers": named("staff", "operations:suppliers"),
    "staff, a supplier": at("staff", "/dashboard/suppliers/bulk-one/", long("papers")),
    "staff, a supplier's test reports": at("staff", "/dashboard/suppliers/bulk-one/reports/", long("rows")),
    "staff, origin claims": named("staff", "operations:claims", "?tab=verified", rows=paged()),
    "staff, an origin claim": Page(
        "staff", lambda shop: reverse("operations:claim", args=[shop.goods[0].origin.pk])
    ),
    "parcels": named("staff", "operations:parcels"),
    "parcels, in trouble": named("staff", "operations:parcels", "?list=trouble"),
    "parcels, without news": named("staff", "operations:parcels", "?list=no_news"),
    "held notices": named(
        "staff", "operations:held", rows=lambda context: context["lists"][0][2].paginator.count
    ),
    "transfers, awaited": named("staff", "gateways:transfers", rows=paged("awaited")),
    "transfers, proposed": named("staff", "gateways:transfers", rows=paged("proposed")),
    "refunds, to decide": named("staff", "gateways:refund_queue", rows=paged("to_decide")),
    "refunds, to make": named("staff", "gateways:refund_queue", rows=paged("to_make")),
    "refunds, to confirm": named("staff", "gateways:refund_queue", rows=paged("to_confirm")),
    "refunds, failed": named("staff", "gateways:refund_queue", rows=paged("failed")),
    "refunds, unapplied": named(
        "staff", "gateways:refund_queue", rows=lambda context: context["unapplied"].paginator.count // 4
    ),
    "refunds, returns": named("staff", "gateways:refund_queue", rows=paged("proposed")),
    "reconciliation": named("staff", "operations:reconciliation", "?since=2026-01-01"),
    "differences": named("staff", "gateways:differences"),
    "overview": named("staff", "reporting:overview"),
    "overview, narrowed": named(
        "staff", "reporting:overview", "?region=wangcang&channel=web&series=restated"
    ),
    "overview as json": at("staff", "/dashboard/export/json/"),
    "targets": named("staff", "reporting:targets"),
    "targets as xlsx": at("staff", "/dashboard/targets/export/xlsx/"),
    "figure's line": Page(
        "staff",
        lambda shop: (
            reverse("reporting:drill")
            + f"{FIGURE}&order={LONG_ORDER}&source={shop.order.shares.all()[0].source_key}"
        ),
    ),
    "months": named("staff", "reporting:months"),
    "files made for a person": named("staff", "reporting:exports", rows=paged()),
    "who took what": named("staff", "reporting:export_log"),
    "monthly report by mail": named("staff", "reporting:report_recipients", rows=long("rows")),
    "monthly reports sent": named("staff", "reporting:report_recipients", rows=paged()),
    "a month": at("staff", "/dashboard/months/2026-10/"),
    "what changed a month": at("staff", "/dashboard/months/2026-09/restated/"),
    "corrections": named("staff", "reporting:corrections", rows=paged()),
    "a new correction": at("staff", f"/dashboard/corrections/new/?order={LONG_ORDER}"),
    "evidence of an order": named("staff", "reporting:evidence", "?order=YS-EVIDENCE", rows=paged()),
    "numbers claimed twice": named("staff", "reporting:register", rows=paged()),
    "figure's orders": named("staff", "reporting:drill", FIGURE),
    "figure's entries": named("staff", "reporting:drill", f"{FIGURE}&order={LONG_ORDER}"),
    "overview as csv": at("staff", "/dashboard/export/csv/"),
    "overview as xlsx": at("staff", "/dashboard/export/xlsx/"),
    "orders as csv": at("staff", f"/dashboard/entries/export/csv/{FIGURE}"),
    "orders as xlsx": at("staff", f"/dashboard/entries/export/xlsx/{FIGURE}"),
    "entries as csv": at("staff", f"/dashboard/entries/export/csv/{FIGURE}&order={LONG_ORDER}"),
    # The staff, the supplier, the one of many roles and the unit's member are four more.
    "people": named(
        "staff", "operations:people", rows=lambda context: context["page_obj"].paginator.count - 4
    ),
    "people, found": named("staff", "operations:people", "?q=员"),
    "a person of many roles": Page(
        "staff", lambda shop: reverse("operations:person", args=[shop.many.pk]), long("grants")
    ),
    "journal": named("staff", "operations:journal"),
    "journal, filtered": named("staff", "operations:journal", "?who=员&action=accounts.&kind=user"),
    "mailbox": named("staff", "notifications:mailbox", rows=paged()),
    "notices to suppliers": named("staff", "notifications:notices", rows=paged()),
    "notices to buyers": named(
        "staff", "notifications:notices", "?to=buyers&state=dead&channel=sms", rows=paged()
    ),
    "channels of suppliers": named("staff", "notifications:suppliers"),
    "channels of a supplier": at("staff", "/dashboard/supplier-channels/bulk-one/", rows=long("channels")),
    "notice services": named("staff", "notifications:services"),
    "settlement": named("staff", "settlement:overview", "?tab=owed", rows=paged()),
    "settlement, a supplier": at("staff", "/dashboard/settlement/suppliers/bulk-one/", rows=paged()),
    "settlement, a statement": at("staff", "/dashboard/settlement/statements/DJS-0/", rows=paged()),
    "settlement, a statement as pdf": at("staff", "/dashboard/settlement/statements/DJS-0/pdf/"),
    # The long list is one more.
    "settlement, lists": named(
        "staff", "settlement:payout_lists", rows=lambda context: context["page_obj"].paginator.count - 1
    ),
    "settlement, a list": at("staff", "/dashboard/settlement/lists/DFK-LONG/", rows=paged()),
    "settlement, terms": named("staff", "settlement:terms", rows=paged()),
    "supplier, price requests": named("supplier", "prices:supplier_prices", rows=paged()),
    "supplier, a price request": Page(
        "supplier", lambda shop: reverse("prices:supplier_price", args=["BJ-S-0"]), long("rows")
    ),
    "price requests": named("staff", "prices:staff_prices", rows=paged()),
    "a price request": Page(
        "staff", lambda shop: reverse("prices:staff_price", args=["BJ-0"]), long("revisions")
    ),
    # The supplier is asked as often as the shop.
    "unit, price requests": named(
        "unit", "prices:prices", rows=lambda context: context["page_obj"].paginator.count // 2
    ),
    "supplier, what it is owed": named("supplier", "settlement:own", rows=paged()),
    "supplier, a statement": at("supplier", "/supplier/settlement/DJS-0/", rows=paged()),
    "supplier, invoices": named("supplier", "invoicing:own", rows=paged()),
    "supplier, an invoice": at("supplier", "/supplier/invoices/FP-0/"),
    "a unit's invoices": named(
        "staff", "invoicing:unit_invoices", rows=lambda context: context["page_obj"].paginator.count // 2
    ),
    "invoices of an order": of_order("buyer", "storefront:order_invoice"),
    "staff, late invoices": named("staff", "operations:invoices", "?kind=late", rows=paged()),
    "staff, unequal invoices": named("staff", "operations:invoices", "?kind=unequal", rows=paged()),
    "signs of abuse": named("staff", "operations:abuse", rows=paged()),
    "a sign of abuse": Page(
        "staff",
        lambda shop: reverse("operations:abuse_finding", args=[AbuseFinding.objects.get(key=LONG).pk]),
        long("evidence"),
    ),
    "signs of abuse as csv": at("staff", "/dashboard/abuse/export/csv/"),
    "staff, invoices as csv": at("staff", "/dashboard/invoices/export/csv/"),
    "certificates, a resident's": named("buyer", "certificates:own", rows=paged()),
    "certificates, a unit's": named("staff", "certificates:unit", rows=paged()),
    "certificates, an organisation's": at(
        "staff", "/dashboard/organisations/un-grown/certificates/", rows=paged()
    ),
    "a unit's plans": named("unit", "storefront:unit_plans"),
    "negotiations": named("staff", "procurement_desk:leads", rows=paged()),
    "a negotiation": at("staff", "/dashboard/leads/QT-0/", rows=long("steps")),
    "negotiations as csv": at("staff", "/dashboard/leads/export/csv/"),
    "negotiations as xlsx": at("staff", "/dashboard/leads/export/xlsx/"),
    "welfare caps": named("staff", "procurement_desk:welfare_caps", rows=paged()),
    "unit, home": named("unit", "storefront:unit_home"),
    "unit, requests": named("unit", "procurement:requests", rows=paged()),
    "unit, requests that wait": named("unit", "procurement:requests", "?state=submitted", rows=paged()),
    "unit, packs": named("unit", "certificates:packs", rows=paged()),
    "unit, a pack": at("unit", f"/unit/packs/{PACK_KEY}/"),
    "unit, how far a pack is": at("unit", f"/unit/packs/{PACK_KEY}/state/"),
    "unit, certificates": named("unit", "certificates:unit", rows=paged()),
    "unit, for which to act": named("unit", "buyers:acting", rows=beside("rows", 1)),
    "unit, itself and its sub-units": named("unit", "buyers:unit", rows=paged()),
    "unit, papers": named("unit", "buyers:unit_papers", rows=paged()),
    # Its member of all roles is one more.
    "unit, members": named(
        "unit", "buyers:unit_members", rows=lambda context: context["page_obj"].paginator.count - 1
    ),
    "unit, invoice data": named("unit", "buyers:unit_invoice"),
    "invitations to units": named("buyer", "buyers:join", rows=long("invitations")),
    "organisations": named("staff", "buyers:organisations", rows=long("to_check")),
    "an organisation": at("staff", "/dashboard/organisations/un-grown/", rows=long("papers")),
    "certificates, verified": at("guest", f"/verify/{LONG_CODE}/"),
    "late shipments": named("staff", "operations:late_shipments"),
    "not confirmed": named("staff", "operations:late_shipments", "?show=unconfirmed"),
}


#: What a process remembers of a page until the catalogue or the ledger changes, as growing does: the first view
#: after that asks for it, and is held to the same number.
REMEMBERED: dict[str, str] = {
    "home": "banners, stories and campaigns, and the year of the places",
    "home, signed in": "banners, stories and campaigns, and the year of the places",
    "regions": "the year of the places",
    "a supplier and its goods": "the supplier's own page",
    "product": "the product's own page",
    "product, signed in": "the product's own page",
    "search": "what the words find",
    "basket": "the goods in it and their freight",
    "checkout": "the goods in it and their freight",
}
#: Pages of a visitor or a resident that are not counted, by the name of their address.
NOT_COUNTED: dict[str, str] = {
    **dict.fromkeys(
        ("storefront:terms", "storefront:privacy", "storefront:robots", "storefront:account_closed"),
        "text that reads nothing",
    ),
    **dict.fromkeys(("healthz", "readyz", "metrics"), "for the machines that watch the shop"),
    **dict.fromkeys(("picture", "files:file", "certificates:image"), "one file"),
    "checkout:areas": "places of the country, from a file",
    **dict.fromkeys(("storefront:statement_file", "certificates:verify_statement"), "one closed month"),
    **dict.fromkeys(
        ("storefront:address_new", "storefront:address", "storefront:review_new", "storefront:return_case"),
        "a form or a page of one thing, which lists nothing that grows",
    ),
    "storefront:return_new": "the form about what has arrived; the page that leads to it reads the same of every line",
    "gateways:demo_page": "the page of the demonstration's payment provider",
}
#: Signing in and the second factor are pages of allauth about one person.
PEOPLES_OWN = ("account_", "mfa_", "customer:")


class Visits:
    """The visitors, and what each page took at each size."""

    def __init__(self) -> None:
        self.shop = GrowingShop()
        self.counts: dict[str, list[int]] = {}
        self.rows: dict[str, list[int]] = {}
        self.first: dict[str, list[int]] = {}
        self.addresses: set[str] = set()
        self.clients = {who: Client() for who in ("guest", "buyer", "supplier", "staff", "unit")}
        for who, client in self.clients.items():
            person = self.shop.person(who)
            if person is not None:
                client.force_login(person)

    def open_all(self) -> None:
        """Ask once for every page and note its queries, and its rows where it tells them."""
        record = self.shop.order
        token = guest_token(record.number)
        self.clients["guest"].get(reverse("storefront:order_guest", args=[record.number, token]))
        seen: dict[tuple[str, str], tuple[int, Any]] = {}
        # What is the guest's first becomes the buyer's own.
        for name, page in sorted(PAGES.items(), key=lambda one: one[1].who != "guest"):
            self.shop.give_order(None if page.who == "guest" else self.shop.buyer)
            key = (page.who, page.address(self.shop))
            if key not in seen:
                self.addresses.add(key[1].partition("?")[0])
                if name in REMEMBERED:
                    with CaptureQueriesContext(connection) as captured:
                        self.clients[page.who].get(key[1])
                    self.first.setdefault(name, []).append(len(captured))
                with CaptureQueriesContext(connection) as captured:
                    answer = self.clients[page.who].get(key[1])
                assert answer.status_code == 200, f"{name}: {key[1]} {answer.status_code}"
                seen[key] = (len(captured), answer.context)
            self.counts.setdefault(name, []).append(seen[key][0])
            if page.rows is not None:
                self.rows.setdefault(name, []).append(page.rows(seen[key][1]))


@pytest.fixture(scope="module")
def visits(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Visits]:
    """Open every page of a shop of one row, of twenty and of two hundred; the shop is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = Visits()
        for size in SIZES:
            found.shop.grow(size)
            if size == SIZES[0]:
                # What a process remembers after its first request is not counted.
                found.open_all()
                found.counts, found.rows, found.first = {}, {}, {}
            # New goods: the process puts them on its shelf, and what a product's page remembers with them.
            found.clients["guest"].get(PAGES["product"].address(found.shop))
            found.open_all()
        yield found
        transaction.set_rollback(True)


#: The most that a page may ask.
MOST = 12


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_at_most_twelve_times(visits: Visits, name: str) -> None:
    assert max(visits.counts[name]) <= MOST


@pytest.mark.parametrize("name", REMEMBERED)
def test_the_first_view_after_a_change_is_held_to_a_number_too(visits: Visits, name: str) -> None:
    assert max(visits.first[name]) <= MOST, visits.first[name]


def test_every_page_of_a_visitor_or_a_resident_is_counted(visits: Visits) -> None:
    counted = {resolve(address).view_name for address in visits.addresses}
    open_to = {name for name, row in ROWS.items() if 200 in (row.get[Who.ANONYMOUS], row.get[Who.RESIDENT])}
    theirs = {name for name in open_to if not name.startswith(PEOPLES_OWN)}
    assert theirs - counted - set(NOT_COUNTED) == set()
    assert set(NOT_COUNTED) - theirs == set()
    assert set(NOT_COUNTED) & counted == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_the_same_queries_for_any_number_of_rows(visits: Visits, name: str) -> None:
    assert len(visits.counts[name]) == len(SIZES)
    assert len(set(visits.counts[name])) == 1, visits.counts[name]
    if name in visits.rows:
        assert tuple(visits.rows[name]) == SIZES
