"""Whatever is sent to an address, the answer is a page or a refusal, never a failure of the shop."""

import copy
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from oscar.apps.basket.models import Basket
from pytest_django.plugin import DjangoDbBlocker

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.ports import TextMessage, set_code_sender
from shop.regions.models import PartnerRegion
from tests.factories import make_product, make_user
from tests.forks.shopping import make_categories, open_checkout, put_in
from tests.url_matrix import ROWS, World

JUNK = {
    "nothing": "",
    "null": "a\x00b",
    "huge": "9" * 31,
    "negative": "-1",
    "zero": "0",
    "word": "abc",
    "superscript": "²",
    "wide digits": "１２",
    "not a number": "NaN",
    "infinite": "1e400",
    "last day": "9999-12-31",
    "first day": "0001-01-01",
    "long": "长" * 2000,
    "markup": "'\"><script>alert(1)</script>",
    "another host": "//evil.example.com/\r\nSet-Cookie: a=b",
    "a list": '{"a": [null, 1e999]}',
}
#: What the shop reads from an address or a form; rows of an order or a basket join in `fields`.
NAMES = """
page tab q region supplier sort min_price max_price certification in_stock year start end programme
reason order source after next reference quantity step remove selected on language login password
password1 phone code email action method recipient_name province city county street consent basket
address_id pasted keep_address is_default invoice_kind invoice_title invoice_tax_number invoice_email
digest seen choice bank_serial booked_on amount payer courier tracking_number
note signed_on slip paper more awaited_page proposed_page orders_page act balance delta units produced_on
expires_on pool location lot low_at unsold_days days starts_on ends_on name supplier file kind number
issued_on company_name credit_code township_zh contact_name contact_phone contact_email products households
people link_form valid_from valid_until document unpaid_orders pk price seen_fen seen do revision
category_slug label_class name_zh name_en description_zh description_en ingredients net_content producer
shelf_life_days storage licence_no standard_no allergens spec unit net_weight_g gross_weight_g price_fen
vat_percent return_rule photos lot_1_code lot_1_produced_on lot_1_expires_on lot_1_units remark_name_zh
preview picture title_zh body_zh slot link_kind link_category link_region link_sku in_season months position
active intro_zh details decision row to state channel address show per_day per_minute per_number_day
per_number_hour segment_fen day_ceiling_fen month_ceiling_fen who key over grant role
holder bank rate cycle third_person holds attachment mode buyer_kind credited_organisation month unit first last person
understood agreed skus
from_fen step_1 step_2 step_3 over_percent noted_on sku
min_quotes company fen quoted_on
part signer received_on camera orders account
roles user parent title tax_number legal_person
refund reason_code verdict
plan festival headcount per_head_fen limit_fen period quota_fen filed_fen filed_on no_canteen span
organisation expected_fen next_on
bad parcels min_units step_units case_units for_residents into
draft goods whom needed_on last_day sure
""".split()  # noqa: SIM905 - fifty lines otherwise
#: In an address a long word need only be longer than any field: no server takes a longer one.
IN_ADDRESS = JUNK | {"long": "长" * 500}
#: Of these every page is asked: a page may print its whole address, even if it looks at no word of it.
PRINTED = (JUNK["word"], JUNK["markup"], IN_ADDRESS["long"])
FORM = "application/x-www-form-urlencoded"
REFUSED = 405
#: Buttons that lead to another branch of the same view.
#: A button that views read, and how the names of the addresses that read it begin. All get the form without one.
BUTTONS = {
    "": ("",),
    "requote": ("checkout:",),
    "recognise": ("checkout:", "storefront:address"),
    "clear_invalid": ("basket:",),
    "checkout": ("basket:",),
    "remove": ("basket:", "procurement:"),
    "buy_now": ("basket:", "its button"),
    "action_add": ("account_",),
    "action_primary": ("account_",),
    "submit": ("suppliers:",),
}


@pytest.fixture(autouse=True)
def nobody_is_texted() -> Iterator[None]:
    def drop(message: TextMessage) -> None:
        """Send nothing."""

    before = set_code_sender(drop)
    yield
    set_code_sender(before)


def with_query(address: str, query: str) -> str:
    """Return the address with these words, after those it has."""
    return f"{address}{'' if '?' in address else '?'}{query}"


class Noticed(QueryDict):
    """The words of an address, which know whether anybody asked for one.

    `lists` does not count: by it every request is searched for NUL, whatever its page reads.
    """

    asked = False

    def _ask(self) -> "Noticed":
        self.asked = True
        return self

    def __getitem__(self, key: str) -> Any:
        return super(Noticed, self._ask()).__getitem__(key)

    def __contains__(self, key: object) -> bool:
        return super(Noticed, self._ask()).__contains__(key)

    def __iter__(self) -> Iterator[Any]:
        return super(Noticed, self._ask()).__iter__()

    def __len__(self) -> int:
        return super(Noticed, self._ask()).__len__()

    def __deepcopy__(self, memo: Any) -> Any:
        return super(Noticed, self._ask()).__deepcopy__(memo)

    def keys(self) -> Any:
        return super(Noticed, self._ask()).keys()

    def getlist(self, key: str, default: Any = None) -> Any:
        return super(Noticed, self._ask()).getlist(key, default)

    def urlencode(self, safe: str | None = None) -> str:
        return super(Noticed, self._ask()).urlencode(safe)


def noticed(request: WSGIRequest) -> Noticed:
    """Return the words of the request's address, once for each request."""
    if "words" not in request.__dict__:
        words: Any = Noticed(request.META["QUERY_STRING"], encoding=request.encoding)
        words.asked = False  # It looks at itself while it is filled.
        request.__dict__["words"] = words
    found = request.__dict__["words"]
    assert isinstance(found, Noticed)
    return found


class Visit:
    """Somebody who may open every page, owns the order, and has a basket that is ready for the checkout."""

    def __init__(self) -> None:
        self.world = World()
        self.person: User = make_user(
            phone=self.world.cast.resident.phone,
            grants=[
                *((role, ScopeKind.ALL, "") for role in Role if role is not Role.SUPPLIER),
                (Role.SUPPLIER, ScopeKind.SUPPLIER, "matrix-one"),
            ],
        )
        make_categories()
        self.goods = make_product(sku="junk-tea", category="tea")
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.person)
        put_in(self.client, self.goods)
        self.signs = open_checkout(self.client)
        line = Basket.objects.get(owner=self.person, status=Basket.OPEN).lines.get()
        share = self.world.order.shares.first()
        assert share is not None
        # What one answer does to the visitor's cookies must not reach the next: its session is rolled back.
        self.cookies = copy.deepcopy(self.client.cookies)
        self.names = [*NAMES, f"quantity_{line.pk}", f"units_{share.pk}", f"message_{share.supplier.code}"]

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield name and address of everything, with objects that exist where the table has none."""
        for name, row in ROWS.items():
            if name != "account_logout" and name != "customer:logout":
                yield name, reverse(name, kwargs=row.arguments(self.world))
        yield "a product", self.goods.get_absolute_url()
        yield "its button", reverse("basket:add", kwargs={"pk": self.goods.pk})
        yield "a category", self.goods.categories.get().get_absolute_url()
        yield "a place", reverse("storefront:region", args=[PartnerRegion.objects.all()[0].slug])
        yield "a figure", reverse("reporting:drill") + "?measure=net&"
        yield "an order of a figure", reverse("reporting:drill") + "?measure=net&order=&"
        yield "a figure's file", reverse("reporting:drill_export", args=["xlsx"]) + "?measure=net&"

    def ask(self, method: str, address: str, *sent: Any, **how: Any) -> Any:
        """Ask once and leave no trace."""
        cache.clear()
        self.client.cookies = copy.deepcopy(self.cookies)
        with transaction.atomic():
            answer = getattr(self.client, method)(address, *sent, **how)
            transaction.set_rollback(True)
        # A picture is sent from an open file. `close` would end the database connection as well.
        for close in answer._resource_closers:
            close()
        return answer

    @cached_property
    def readers(self) -> frozenset[str]:
        """Return the names of the pages that look at a word of their address; to the others all are one."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WSGIRequest, "GET", property(noticed))
            query = urlencode(dict.fromkeys(self.names, JUNK["word"]))
            return frozenset(
                name
                for name, address in self.addresses()
                if noticed(self.ask("get", with_query(address, query)).wsgi_request).asked
            )

    @cached_property
    def takers(self) -> frozenset[str]:
        """Return the names of the pages that take a form; the others refuse it before they look at it."""
        body = urlencode(dict.fromkeys(self.names, JUNK["word"]))
        return frozenset(
            name
            for name, address in self.addresses()
            if self.ask("post", address, body, content_type=FORM).status_code != REFUSED
        )

    def failures(self, method: str, name: str, address: str, *sent: Any, **how: Any) -> list[str]:
        """Ask once and leave no trace; say what went wrong."""
        answer = self.ask(method, address, *sent, **how)
        if answer.status_code < 500:
            return []
        kind, error = answer.exc_info[:2] if answer.exc_info else ("", answer.content[:80])
        return [f"{name}: {method} {address[:80]}: {kind} {str(error)[:200]}"]


@pytest.fixture(scope="module")
def visit(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Visit]:
    """Make the shop once for all: every request is rolled back, and the shop is in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Visit()
        transaction.set_rollback(True)


@pytest.mark.parametrize("value", IN_ADDRESS.values(), ids=IN_ADDRESS)
def test_junk_in_the_address(visit: Visit, value: str) -> None:
    query = urlencode(dict.fromkeys(visit.names, value))
    wrong: list[str] = []
    for name, address in visit.addresses():
        if name in visit.readers or value in PRINTED:
            wrong += visit.failures("get", name, with_query(address, query))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("value", JUNK.values(), ids=JUNK)
def test_junk_in_a_form(visit: Visit, value: str) -> None:
    body = urlencode(dict.fromkeys(visit.names, value))
    wrong: list[str] = []
    for name, address in visit.addresses():
        if name in visit.takers or value == JUNK["word"]:
            wrong += visit.failures("post", name, address, body, content_type=FORM)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("number", ["9" * 31, str(2**63), "9" * 18], ids=["31 digits", "64 bits", "most"])
def test_a_number_that_no_row_has_is_not_found(visit: Visit, number: str) -> None:
    asked, wrong = 0, []
    for name, row in ROWS.items():
        arguments = row.arguments(visit.world)
        address = reverse(name, kwargs=arguments)
        for value in (one for one in arguments.values() if isinstance(one, int)):
            changed = re.sub(rf"(?<=[/_-]){value}(?=[/.])", number, address)
            assert changed != address, name
            asked += 1
            for method in ("get", "post"):
                answer = visit.ask(method, changed)
                if answer.status_code not in (302, 404, REFUSED):
                    wrong.append(f"{name}: {method} {changed[:80]}: {answer.status_code}")
    for address in (visit.goods.get_absolute_url(), visit.goods.categories.get().get_absolute_url()):
        answer = visit.ask("get", re.sub(r"_\d+/$", f"_{number}/", address))
        assert answer.status_code == 404, address
    assert asked > 100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("button", BUTTONS)
def test_junk_behind_a_button(visit: Visit, button: str) -> None:
    junk = {name: ["-1", "abc", JUNK["long"]] for name in visit.names}
    body = urlencode(junk | visit.signs | {button: ["1", ""]}, doseq=True)
    wrong: list[str] = []
    asked = [(name, address) for name, address in visit.addresses() if name.startswith(BUTTONS[button])]
    assert asked
    for name, address in asked:
        wrong += visit.failures("post", name, address, body, content_type=FORM)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"quantity=%ff%fe&%c3%28=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"quantity=1", "application/x-www-form-urlencoded; charset=latin-1"),
        (b"quantity=1", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data; name=quantity\r\n\r\n1", "multipart/form-data; boundary=x"),
        (b'{"a": "\\ud800", "b": [[[[', "application/json"),
        (b"&".join(b"a%d=1" % number for number in range(2000)), "application/x-www-form-urlencoded"),
    ],
    ids=["not utf-8", "another charset", "no boundary", "cut off", "json", "too many fields"],
)
def test_a_body_that_is_no_form(visit: Visit, body: bytes, content_type: str) -> None:
    wrong: list[str] = []
    for name, address in visit.addresses():
        wrong += visit.failures("post", name, address, body, content_type=content_type)
    assert not wrong, "\n".join(wrong)
