"""The wish list: what it keeps, for whom, and how a guest's wish outlives the login."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from shop.accounts.models import User
from shop.accounts.scope import NOTHING, own_scope
from shop.core import clock
from shop.listings.models import Listing, ListingState
from shop.listings.services import set_price
from shop.opinions.exceptions import WishRefused
from shop.opinions.models import Wish
from shop.opinions.wishes import MOST_WISHES, forget_wish, is_wished, keep_wish, wishes
from tests.factories import make_product, make_user

pytestmark = pytest.mark.django_db

LIST = "/account/wishes/"


@pytest.fixture
def user(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


def told(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


@pytest.mark.data
def test_a_wish_keeps_the_price_of_its_day_and_is_kept_once(user: User) -> None:
    tea = make_product(price_fen=12800)
    first = keep_wish(owner_id=user.pk, product_id=tea.pk)
    assert keep_wish(owner_id=user.pk, product_id=tea.pk) == first
    assert list(Wish.objects.values_list("owner_id", "product_id", "price_fen")) == [(user.pk, tea.pk, 12800)]
    assert is_wished(own_scope(user), tea.pk)
    assert not is_wished(own_scope(make_user(phone="+8613800000002")), tea.pk)
    assert not is_wished(NOTHING, tea.pk)


@pytest.mark.data
def test_the_table_takes_a_product_once_and_no_price_of_nothing(user: User) -> None:
    tea = make_product()
    sql = "INSERT INTO opinions_wish (owner_id, product_id, price_fen, kept_at) VALUES (%s, %s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [user.pk, tea.pk, 1, clock.now()])
        for product_id, fen in ((tea.pk, 1), (make_product(sku="tea-002").pk, 0)):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(sql, [user.pk, product_id, fen, clock.now()])
    assert Wish.objects.count() == 1


@pytest.mark.data
def test_one_more_than_fit_is_refused_and_nothing_is_written(user: User) -> None:
    goods = [make_product(sku=f"tea-{number}") for number in range(2)]
    Wish.objects.bulk_create(
        Wish(
            owner=user,
            product=make_product(sku=f"old-{number}"),
            price_fen=1,
            kept_at=clock.now(),
        )
        for number in range(MOST_WISHES - 1)
    )
    keep_wish(owner_id=user.pk, product_id=goods[0].pk)
    with pytest.raises(WishRefused, match=str(MOST_WISHES)) as refused:
        keep_wish(owner_id=user.pk, product_id=goods[1].pk)
    assert refused.value.code == "too_many"
    assert Wish.objects.count() == MOST_WISHES


@pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.WITHDRAWN])
def test_what_is_not_on_sale_is_refused(user: User, state: ListingState) -> None:
    tea = make_product(state=state)
    for product_id in (tea.pk, tea.pk + 1):
        with pytest.raises(WishRefused) as refused:
            keep_wish(owner_id=user.pk, product_id=product_id)
        assert refused.value.code == "not_on_sale"
    assert Wish.objects.count() == 0


def test_sold_out_goods_can_be_kept(user: User) -> None:
    keep_wish(owner_id=user.pk, product_id=make_product(stock=0).pk)
    assert [wish.product.listing.sku for wish in wishes(own_scope(user))] == ["tea-001"]


def test_forgetting_takes_only_the_own_wish_and_may_happen_twice(user: User) -> None:
    tea, other = make_product(), make_user(phone="+8613800000002")
    for person in (user, other):
        keep_wish(owner_id=person.pk, product_id=tea.pk)
    for _again in range(2):
        forget_wish(owner_id=user.pk, product_id=tea.pk)
    assert list(Wish.objects.values_list("owner_id", flat=True)) == [other.pk]


def test_the_heart_keeps_and_forgets_and_comes_back(client: Client, user: User) -> None:
    tea = make_product()
    address = tea.get_absolute_url()
    page = client.get(address).content.decode()
    assert f'action="{LIST}{tea.pk}/keep/"' in page
    assert f'name="next" value="{address}"' in page
    done = client.post(f"{LIST}{tea.pk}/keep/", {"next": address}, follow=True)
    assert done.redirect_chain == [(address, 302)]
    assert told(done) == ["“旺苍黄茶”已收藏。"]
    assert f'action="{LIST}{tea.pk}/forget/"' in done.content.decode()
    done = client.post(f"{LIST}{tea.pk}/forget/", {"next": address}, follow=True)
    assert told(done) == ["已取消收藏。"]
    assert Wish.objects.count() == 0


def test_by_htmx_the_heart_alone_comes_back_with_the_way_of_the_page(client: Client, user: User) -> None:
    tea, script = make_product(), {"HX-Request": "true"}
    address = tea.get_absolute_url()
    kept = client.post(f"{LIST}{tea.pk}/keep/", {"next": address}, headers=script)
    assert kept.content.decode().count("<form") == 1
    assert f'hx-post="{LIST}{tea.pk}/forget/"' in kept.content.decode()
    assert f'name="next" value="{address}"' in kept.content.decode()
    assert Wish.objects.count() == 1
    forgotten = client.post(f"{LIST}{tea.pk}/forget/", {"next": address}, headers=script)
    assert f'hx-post="{LIST}{tea.pk}/keep/"' in forgotten.content.decode()
    assert Wish.objects.count() == 0
    # The heart itself has told it.
    assert not list(client.get(LIST).context["messages"])
    guest = Client().post(f"{LIST}{tea.pk}/keep/", headers=script)
    assert (guest.status_code, guest["HX-Redirect"]) == (200, f"/accounts/login/?next={LIST}waiting/")


def test_a_refused_wish_makes_htmx_load_the_page_that_tells_it(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop.opinions.wishes.MOST_WISHES", 0)
    full = client.post(f"{LIST}{make_product().pk}/keep/", headers={"HX-Request": "true"})
    assert (full["HX-Refresh"], Wish.objects.count()) == ("true", 0)
    assert len(list(client.get(LIST).context["messages"])) == 1


def test_an_htmx_post_without_the_forms_token_is_refused_and_with_it_taken(user: User) -> None:
    tea, careful = make_product(), Client(enforce_csrf_checks=True)
    careful.force_login(user)
    page = careful.get(tea.get_absolute_url()).content.decode()
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page))
    address, script = f"{LIST}{tea.pk}/keep/", {"HX-Request": "true"}
    assert careful.post(address, headers=script).status_code == 403
    assert Wish.objects.count() == 0
    assert careful.post(address, {"csrfmiddlewaretoken": token}, headers=script).status_code == 200
    assert Wish.objects.count() == 1


def test_a_guests_wish_is_kept_once_the_guest_has_signed_in(client: Client) -> None:
    tea = make_product()
    asked = client.post(f"{LIST}{tea.pk}/keep/", {"next": tea.get_absolute_url()})
    assert asked["Location"] == f"/accounts/login/?next={LIST}waiting/"
    assert Wish.objects.count() == 0
    user = make_user()
    user.phone_verified = True
    user.set_password("a-long-pass-phrase-1")
    user.save()
    done = client.post(
        asked["Location"],
        {"login": str(user.phone), "password": "a-long-pass-phrase-1", "next": f"{LIST}waiting/"},
        follow=True,
    )
    assert [address for address, _status in done.redirect_chain] == [
        f"{LIST}waiting/",
        tea.get_absolute_url(),
    ]
    assert list(Wish.objects.values_list("owner_id", "product_id")) == [(user.pk, tea.pk)]
    # The wish has been taken out of the session: the address does nothing the second time.
    forget_wish(owner_id=user.pk, product_id=tea.pk)
    assert client.get(f"{LIST}waiting/")["Location"] == LIST
    assert Wish.objects.count() == 0


def test_the_page_shows_price_stock_and_what_is_gone(client: Client, user: User) -> None:
    cheaper, sold_out = make_product(price_fen=12800), make_product(sku="tea-002", stock=0)
    gone = make_product(sku="tea-003", name_zh="青瓷杯")
    for product in (cheaper, sold_out, gone):
        keep_wish(owner_id=user.pk, product_id=product.pk)
    set_price(sku="tea-001", price_fen=12000, expected_fen=12800, actor_id=user.pk)
    Listing.objects.filter(product=gone).update(state="withdrawn")
    page = client.get(LIST)
    rows = [
        (row["card"].sku, row["state_text"], row["is_gone"], row["less_fen"]) for row in page.context["rows"]
    ]
    assert rows == [
        ("tea-003", "已下架", True, 0),
        ("tea-002", "售罄", False, 0),
        ("tea-001", "库存 10", False, 800),
    ]
    html = page.content.decode()
    assert html.count('action="/basket/add/') == 1
    assert "比收藏时降 ¥8.00" in html


def test_the_basket_takes_a_wish_and_leads_back_to_the_list(client: Client, user: User) -> None:
    tea = make_product()
    keep_wish(owner_id=user.pk, product_id=tea.pk)
    done = client.post(f"/basket/add/{tea.pk}/", {"quantity": "1", "next": LIST})
    assert done["Location"] == LIST
    assert Wish.objects.count() == 1


def test_strangers_sign_in_first_and_see_nothing_of_others(client: Client, user: User) -> None:
    keep_wish(owner_id=user.pk, product_id=make_product().pk)
    assert LIST in client.get("/account/").content.decode()
    stranger = Client()
    assert stranger.get(LIST)["Location"] == f"/accounts/login/?next={LIST}"
    stranger.force_login(make_user(phone="+8613800000002"))
    assert stranger.get(LIST).context["rows"] == []
