"""What the law asks of every page: nothing ticked beforehand, no price crossed out without basis, the filing number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from oscar.apps.catalogue.models import Category
from PIL import Image
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from shop.listings.models import ProductPicture
from shop.listings.pictures import FILES, store_derivatives
from shop.listings.services.indexing import index_products
from tests.factories import make_user
from tests.forks.shopping import make_categories, open_checkout, put_in, tea
from tests.url_matrix import ROWS, Who, World

ROOT = Path(__file__).resolve().parents[2]
#: Every address that a resident may open, by its name.
RESIDENTS = [name for name, row in ROWS.items() if row.get[Who.RESIDENT] == 200]
TICKED = re.compile(r'<input(?=[^>]*type="?checkbox)(?=[^>]*\schecked[\s>=])[^>]*>')
CROSSED_OUT = re.compile(r"<(?:del|s|strike)[\s>]|line-through")


@dataclass
class Pages:
    """The text of every page that a resident may open, and the names of those that opened a picture."""

    texts: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Pages]:
    """Open every page of a resident, in a shop where each has something to show; all is rolled back."""
    found = Pages()
    with django_db_blocker.unblock(), transaction.atomic():
        cast = World().cast
        for name in RESIDENTS:
            with transaction.atomic():
                world = World()
                world.cast = cast
                address, client = reverse(name, kwargs=ROWS[name].arguments(world)), Client()
                client.force_login(cast.resident)
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(
                        Image, "open", lambda *_args, name=name, **_kwargs: found.opened.append(name)
                    )
                    answer = client.get(address)
                if answer.streaming:
                    list(answer)  # Reading a file to its end closes it.
                elif answer["Content-Type"].startswith("text/html"):
                    found.texts[name] = answer.content.decode()
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert {"home", "storefront:address_new", "storefront:return_new", "certificates:own"} <= set(found.texts)
    yield found


def test_no_form_of_a_resident_is_ticked_beforehand(pages: Pages) -> None:
    assert {name: TICKED.findall(text) for name, text in pages.texts.items() if TICKED.search(text)} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [True, False])
def test_on_the_way_of_an_order_only_the_goods_in_the_basket_are_ticked(
    client: Client, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(make_user())
    put_in(client, tea())
    ticked = TICKED.findall(client.get("/basket/").content.decode())
    assert [one for one in ticked if 'name="selected"' not in one and "data-check-all" not in one] == []
    assert len(ticked) > 0
    open_checkout(client)
    text = client.get("/checkout/").content.decode()
    assert 'name="consent"' in text
    assert TICKED.findall(text) == []


def test_no_price_is_crossed_out(pages: Pages) -> None:
    """A former price needs a stored basis, and the shop stores none."""
    assert [name for name, text in pages.texts.items() if CROSSED_OUT.search(text)] == []
    assert "line-through" not in (ROOT / "shop" / "static" / "shop" / "shop.css").read_text("utf-8")
    words = (ROOT / "shop" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert re.findall("原价|划线价|市场价|建议零售价", words) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["浙ICP备2026000001号", ""])
def test_the_filing_number_stands_on_every_page_when_there_is_one(
    client: Client, settings: Settings, number: str
) -> None:
    settings.ICP_NUMBER = number
    make_categories()
    for address in (
        "/",
        "/catalogue/",
        tea().get_absolute_url(),
        "/basket/",
        "/account/",
        "/accounts/login/",
    ):
        text = client.get(address).content.decode()
        linked = re.findall(r'<a href="https://beian\.miit\.gov\.cn/"[^>]*>(?:<[^>]*>)*([^<]+)<', text)
        assert linked == ([number] if number else []), address


def test_no_page_of_a_resident_opens_a_picture(pages: Pages) -> None:
    assert pages.opened == []


@pytest.mark.django_db
def test_pages_that_show_pictures_open_none(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has made the files; a page names them."""

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a picture was opened in a request")

    settings.MEDIA_ROOT = str(tmp_path)
    make_categories()
    client.force_login(make_user())
    product = tea(category="tea/green-tea")
    picture = ProductPicture.objects.create(product=product, key="pictured")
    store_derivatives([(picture, dict.fromkeys(FILES, b"no picture at all"))])
    index_products(product_ids=[product.pk])
    monkeypatch.setattr(Image, "open", refuse)
    put_in(client, product)
    open_checkout(client)
    category = Category.objects.get(slug="tea").get_absolute_url()
    for address in ("/", "/catalogue/", category, "/search/?q=茶", product.get_absolute_url(), "/basket/"):
        assert "pictured-" in client.get(address).content.decode(), address
    for address in ("/checkout/", "/regions/", "/account/"):
        assert client.get(address).status_code == 200
