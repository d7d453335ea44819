"""Nobody reaches another's order, and fields that a form does not have do nothing."""

import pytest
from django.test import Client

from shop.accounts.models import ScopeGrant
from shop.fulfilment.models import SupplierOrder
from shop.ordering.models import OrderRecord
from shop.ordering.numbers import guest_token
from tests.factories import make_cast
from tests.flows.cast import ADDRESS, check_out, fill, goods, signs
from tests.pages import alike

pytestmark = pytest.mark.django_db

PAGES = (
    "/orders/{}/",
    "/orders/{}/cancel/",
    "/orders/{}/refund/",
    "/pay/{}/",
    "/pay/{}/transfer/",
    "/pay/{}/return/",
    "/pay/{}/state/",
)
ACTS = ("/orders/{}/cancel/", "/orders/{}/refund/", "/orders/{}/receive/", "/pay/{}/start/")
NOBODYS = "YS20261101-AAAAAAAA"


@pytest.fixture
def guest() -> Client:
    client = Client()
    fill(client, goods())
    return client


def not_found(client: Client, url: str, *, post: bool = False) -> str:
    answer = client.post(url, {"reason": "x", "method": "demo"}) if post else client.get(url)
    assert answer.status_code == 404, url
    return alike(answer.content.decode(), url)


@pytest.mark.parametrize("who", ["stranger", "other_resident", "supplier_user", "staff"])
def test_a_guessed_number_looks_like_one_that_is_nobodys(guest: Client, who: str) -> None:
    record = check_out(guest)
    client = Client()
    if who != "stranger":
        client.force_login(getattr(make_cast(), who))
    for post, addresses in ((False, PAGES), (True, ACTS)):
        for address in addresses:
            theirs = not_found(client, address.format(record.number), post=post)
            assert theirs == not_found(client, address.format(NOBODYS), post=post)
            assert record.number not in theirs
    record.refresh_from_db()
    assert (record.payment_state, record.attempts.count()) == ("unpaid", 0)


def test_a_tampered_link_looks_like_one_that_is_nobodys(guest: Client) -> None:
    record = check_out(guest)
    token = guest_token(record.number)
    assert len(token) >= 22  # 128 bits
    client = Client()
    nothing = not_found(client, f"/o/{NOBODYS}/{token}/")
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for number, wrong in (
        (record.number, changed),
        (record.number, token.swapcase()),
        (record.number, token[:-1]),
        (record.number, guest_token(NOBODYS)),
        (record.number, "x"),
    ):
        assert not_found(client, f"/o/{number}/{wrong}/") == nothing
    assert client.get(f"/orders/{record.number}/").status_code == 404
    assert client.get(f"/o/{record.number}/{token}/").status_code == 302


def test_a_link_opens_no_order_of_an_account() -> None:
    buyer = Client()
    buyer.force_login(make_cast().resident)
    fill(buyer, goods())
    record = check_out(buyer)
    not_found(Client(), f"/o/{record.number}/{guest_token(record.number)}/")


@pytest.mark.data
def test_extra_fields_at_the_checkout_are_ignored(guest: Client) -> None:
    cast = make_cast()
    forged = {
        "price": "0.01",
        "due_fen": "1",
        "total": "1",
        "is_staff": "1",
        "user": str(cast.staff.pk),
        "buyer": str(cast.staff.pk),
        "buyer_kind": "union",
        "credited_organisation": "U-1",
        "demo": "",
        "partner": "1",
        "payment_state": "paid",
        "paid_fen": "15999",
        "unit_fen": "1",
        "quantity": "-5",
        "freight": "0",
    }
    grants = ScopeGrant.objects.count()
    record = check_out(guest, **forged)
    assert (record.due_fen, record.paid_fen, record.payment_state) == (15_999, 0, "unpaid")
    assert (record.buyer, record.buyer_kind, record.credited_organisation) == (None, "resident", "")
    assert record.demo is True
    assert not SupplierOrder.objects.exists()
    assert ScopeGrant.objects.count() == grants


@pytest.mark.data
@pytest.mark.parametrize("quantity", ["-1", "0", "1.5", "1e3", "99999999999", "viele", ""])
def test_impossible_quantities_reach_no_basket(quantity: str) -> None:
    client, things = Client(), goods()
    client.post(f"/basket/add/{things.tea.pk}/", {"quantity": quantity, "price": "0.01"})
    assert client.get("/checkout/").status_code == 302
    assert not OrderRecord.objects.exists()


@pytest.mark.data
@pytest.mark.parametrize("name", ["digest", "basket", "seen"])
def test_tampered_signs_charge_nobody_silently(guest: Client, name: str) -> None:
    hidden = signs(guest)
    answer = guest.post("/checkout/", hidden | ADDRESS | {"method": "demo", name: "forged:1:x"})
    placed = OrderRecord.objects.first()
    if placed is None:
        assert answer.status_code in (200, 409, 422)
    else:
        # The signed basket only tells which one was shown; the visitor's own is ordered then, at its price.
        assert (name, placed.due_fen) in {("basket", 15_999), ("seen", 15_999)}


@pytest.mark.data
def test_two_submits_of_one_page_are_one_order(guest: Client) -> None:
    form = signs(guest) | ADDRESS | {"method": "demo"}
    first, second = guest.post("/checkout/", form), guest.post("/checkout/", form)
    assert first["Location"] == second["Location"]
    assert OrderRecord.objects.count() == 1
