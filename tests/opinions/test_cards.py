"""The cards of goods: what buyers think, fresh on kept pages, and the hearts of whoever looks."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.fulfilment.services import confirm_receipt
from shop.listings.models import Listing
from shop.listings.rating_models import Rating
from shop.listings.services import index_outdated
from shop.opinions.forgetting import forget_author
from shop.opinions.models import Review, Wish
from shop.opinions.reviews import ReviewDraft, hide_review, reply_to_review, show_review, write_review
from shop.opinions.wishes import keep_wish
from shop.storefront.keeping.middleware import looker, store
from tests.factories import make_product, make_user
from tests.fulfilment.cast import Mixed, mixed_order, ship
from tests.storefront.keeping.pages import is_kept

pytestmark = pytest.mark.django_db
LISTS = ("/", "/catalogue/", "/search/?q=黄茶", "/regions/wangcang/", "/suppliers/tea-co/")
WISHES = "/account/wishes/"


@pytest.fixture
def buyer() -> User:
    return make_user()


@pytest.fixture
def mixed(buyer: User) -> Mixed:
    """Tea and honey have arrived; the search knows the goods."""
    found = mixed_order(buyer=buyer)
    index_outdated()
    parcel = ship(found.first)
    confirm_receipt(record_id=found.record.pk, actor_id=buyer.pk, parcel_ids=[parcel.pk])
    return found


@pytest.fixture
def pages(settings: Any) -> Any:
    """Whole pages are kept, as in the shop."""
    settings.KEPT_PAGES_MB = 1
    store.clear()
    looker.forget()
    yield
    store.clear()
    looker.forget()


def write(mixed: Mixed, share: Any = None, *, stars: int = 5) -> Review:
    line = (share or mixed.tea).line
    return write_review(
        record_id=mixed.record.pk,
        line_id=line.pk,
        draft=ReviewDraft(stars=stars, text="很香"),
        actor_id=mixed.record.buyer_id,
    )


def html(address: str, client: Client | None = None) -> str:
    return str((client or Client()).get(address).content.decode())


def hearts(page: str) -> tuple[int, int]:
    """Count the hearts on a page, and those that are filled."""
    return page.count('class="heart"'), page.count('aria-pressed="true"')


@pytest.mark.data
def test_cards_show_the_average_where_there_is_a_review(mixed: Mixed) -> None:
    Listing.objects.filter(product=mixed.pears.line.product).update(state="withdrawn")
    for address in LISTS:
        assert "条评价" not in html(address)
    write(mixed, stars=4)
    for address in LISTS:
        assert html(address).count("1 条评价") == 1, address
        assert '<b class="text-ink-2">4.0</b>' in html(address)
    assert html("/catalogue/").count("条评价") == 1


@pytest.mark.data
def test_every_change_of_a_review_changes_what_lists_show(mixed: Mixed, buyer: User) -> None:
    review, staff = write(mixed), make_user(phone="+8613800000009")

    def shown() -> tuple[int, int]:
        found = Rating.objects.get(product=review.product)
        return found.reviews, found.tenths

    versions = [Rating.objects.get().version]
    for change, expected in (
        (
            lambda: reply_to_review(
                scope=Scope(suppliers=frozenset({"tea-co"})), review_id=review.pk, text="谢谢", actor_id=1
            ),
            (1, 50),
        ),
        (lambda: hide_review(review_id=review.pk, reason="广告", actor_id=staff.pk), (0, 0)),
        (lambda: show_review(review_id=review.pk, actor_id=staff.pk), (1, 50)),
        (lambda: forget_author(user_id=buyer.pk), (1, 50)),
    ):
        change()
        assert shown() == expected
        versions.append(Rating.objects.get(product=review.product).version)
    assert versions == [1, 2, 3, 4, 5]


@pytest.mark.data
def test_the_table_takes_no_average_without_reviews(mixed: Mixed) -> None:
    write(mixed)
    for change in ("reviews = 0", "tenths = 51", "tenths = 0"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE listings_rating SET {change}")


@pytest.mark.data
def test_kept_pages_show_a_review_and_its_reply_within_five_seconds(mixed: Mixed, pages: None) -> None:
    product = mixed.tea.line.product
    addresses = ["/catalogue/", product.get_absolute_url()]
    now = timezone.now().replace(second=10, microsecond=0)
    with time_machine.travel(now, tick=False) as moment:

        def kept() -> list[str]:
            found = []
            for address in addresses:
                answers = [Client().get(address) for _again in range(3)]
                assert is_kept(answers[-1]), address
                found.append(answers[-1].content.decode())
            return found

        def after() -> list[str]:
            moment.shift(dt.timedelta(seconds=4))
            return [html(address) for address in addresses]

        assert not any("很香" in page or "条评价" in page for page in kept())
        review = write(mixed)
        listed, page = after()
        assert "1 条评价" in listed and "很香" in page
        kept()
        reply_to_review(
            scope=Scope(suppliers=frozenset({"tea-co"})), review_id=review.pk, text="欢迎再来", actor_id=1
        )
        assert "欢迎再来" in after()[1]
        kept()
        hide_review(review_id=review.pk, reason="广告", actor_id=1)
        listed, page = after()
        assert "条评价" not in listed and "很香" not in page


def test_hearts_are_empty_for_nobody_and_filled_for_who_kept(client: Client, mixed: Mixed) -> None:
    tea = mixed.tea.line.product
    person = make_user(phone="+8613800000007")
    keep_wish(owner_id=person.pk, product_id=tea.pk)
    client.force_login(person)
    for address in LISTS:
        many, none = hearts(html(address))
        assert many and not none, address
        assert hearts(html(address, client)) == (many, 1), address
    assert f'action="{WISHES}{tea.pk}/forget/"' in html("/catalogue/", client)
    assert f'data-heart="{WISHES}{tea.pk}/forget/"' in html("/catalogue/")


def test_a_kept_page_has_nobodys_hearts(client: Client, mixed: Mixed, pages: None) -> None:
    person = make_user(phone="+8613800000007")
    keep_wish(owner_id=person.pk, product_id=mixed.tea.line.product_id)
    client.force_login(person)
    for _again in range(3):
        assert hearts(html("/catalogue/", client))[1] == 1
        assert hearts(html("/catalogue/"))[1] == 0


def test_hearts_cost_one_query_for_a_person_and_none_for_nobody(client: Client, mixed: Mixed) -> None:
    person = make_user(phone="+8613800000007")
    client.force_login(person)

    def asked(who: Client, address: str) -> int:
        who.get(address)
        with CaptureQueriesContext(connection) as captured:
            who.get(address)
        return sum("opinions_" in query["sql"] for query in captured)

    for many in (0, 1, 3):
        for number in range(many):
            keep_wish(owner_id=person.pk, product_id=make_product(sku=f"more-{many}-{number}").pk)
        for address in LISTS:
            assert (asked(client, address), asked(Client(), address)) == (1, 0), address


def test_a_heart_on_a_card_keeps_and_leads_back_to_the_list(
    client: Client, mixed: Mixed, buyer: User
) -> None:
    tea = mixed.tea.line.product
    client.force_login(buyer)
    done = client.post(f"{WISHES}{tea.pk}/keep/", {"next": "/catalogue/?sort=price"})
    assert done["Location"] == "/catalogue/?sort=price"
    assert list(Wish.objects.values_list("owner_id", "product_id")) == [(buyer.pk, tea.pk)]
    assert client.post(f"{WISHES}{tea.pk}/forget/", {"next": "/catalogue/"})["Location"] == "/catalogue/"
    assert Wish.objects.count() == 0


def test_a_script_keeps_in_place_and_is_told_what_cannot_be(
    client: Client, mixed: Mixed, buyer: User
) -> None:
    tea, gone = mixed.tea.line.product, mixed.pears.line.product
    Listing.objects.filter(product=gone).update(state="withdrawn")
    client.force_login(buyer)
    as_script = {"X-Requested-With": "fetch"}
    assert client.post(f"{WISHES}{tea.pk}/keep/", headers=as_script).status_code == 204
    assert client.post(f"{WISHES}{gone.pk}/keep/", headers=as_script).status_code == 409
    assert [wish.product_id for wish in Wish.objects.all()] == [tea.pk]
    assert client.post(f"{WISHES}{tea.pk}/forget/", headers=as_script).status_code == 204
    assert Wish.objects.count() == 0
    asked = Client().post(f"{WISHES}{tea.pk}/keep/", headers=as_script)
    assert asked["Location"] == f"/accounts/login/?next={WISHES}waiting/"
