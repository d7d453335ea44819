"""Pictures on pages: none makes the page jump, and rows ask for a file that is no larger than their slot."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from oscar.apps.catalogue.models import Product

from shop.core import clock
from shop.listings.models import ProductPicture
from shop.opinions.models import Wish
from shop.ordering.models import OrderRecord
from tests.browser.addresses import OWN, PAGES
from tests.factories import make_user, place
from tests.forks.shopping import make_categories, put_in, shiitake, tea

pytestmark = pytest.mark.django_db
_IMAGE = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_MADE = "/media/pictures/page-pictures-tea"


class Shop:
    """Tea with a picture and mushrooms with a drawing, both on every list there is; and who sees them."""

    def __init__(self, client: Client) -> None:
        make_categories()
        self.client, self.tea, self.buyer = client, tea(category="tea/green-tea"), make_user()
        ProductPicture.objects.create(product=self.tea, key="page-pictures-tea", ready_at=clock.now())
        client.force_login(self.buyer)
        goods = (self.tea, shiitake())
        for product in goods:
            put_in(client, product)
            Wish.objects.create(owner=self.buyer, product=product, price_fen=1, kept_at=clock.now())
        self.order: OrderRecord = place(lines=[(product, 1) for product in goods], buyer=self.buyer)

    def images(self, address: str, client: Client | None = None) -> Iterator[dict[str, str]]:
        answer = (client or self.client).get(address)
        assert answer.status_code == 200, address
        for tag in _IMAGE.findall(answer.content.decode()):
            yield dict(_ATTRIBUTE.findall(tag))


@pytest.fixture
def shop(client: Client) -> Shop:
    return Shop(client)


def test_every_picture_has_its_size_and_its_words(shop: Shop) -> None:
    goods = shop.tea.get_absolute_url()
    # These two are of the seed's catalogue.
    public = {*PAGES, goods} - {"/regions/lvyuan/", "/suppliers/wc-05/"}
    pages = [(address, Client()) for address in sorted(public)]
    pages += [(address, shop.client) for address in (*OWN, "/checkout/", f"/orders/{shop.order.number}/")]
    seen = 0
    for address, client in pages:
        for image in shop.images(address, client):
            seen += 1
            assert {"width", "height", "alt"} <= set(image), f"{address}: {image}"
            assert image["width"].isdigit() and image["height"].isdigit(), f"{address}: {image}"
    assert seen > len(pages)


@pytest.mark.parametrize(
    "address",
    [
        "/catalogue/",
        "/catalogue/?region=wangcang",
        "/basket/",
        "/checkout/",
        "/orders/",
        "/account/wishes/",
        "order",
    ],
)
def test_rows_offer_the_file_of_160_pixels(shop: Shop, address: str) -> None:
    address = f"/orders/{shop.order.number}/" if address == "order" else address
    found = [image for image in shop.images(address) if image["src"] == f"{_MADE}-400.webp"]
    assert found, address
    for image in found:
        assert image["srcset"] == f"{_MADE}-160.webp 160w, {_MADE}-400.webp 400w", address
        assert image["sizes"].endswith(("80px", "53px")), address


def test_the_large_picture_is_there_without_webp_too(shop: Shop) -> None:
    html = shop.client.get(shop.tea.get_absolute_url()).content.decode()
    gallery = re.findall(r"<picture>(.*?)</picture>", html)
    [(source, image)] = [re.findall(r"<(?:source|img)[^>]*>", one) for one in gallery]
    assert dict(_ATTRIBUTE.findall(source)) == {
        "type": "image/webp",
        "srcset": f"{_MADE}-400.webp 400w, {_MADE}-800.webp 800w",
        "sizes": "(min-width: 64rem) 464px, 100vw",
    }
    plain = dict(_ATTRIBUTE.findall(image))
    assert (plain["src"], "srcset" in plain) == (f"{_MADE}-800.jpg", False)
    # A drawing that stands for a picture is one file for all.
    other = shop.client.get(Product.objects.get(title="龙泉香菇").get_absolute_url()).content.decode()
    assert re.findall(r"<picture>(<source|<img)", other) == ["<img"]


def test_what_is_below_the_first_view_waits_and_what_is_in_it_does_not(shop: Shop) -> None:
    for address in ("/", "/basket/", "/orders/", "/account/wishes/", "/catalogue/"):
        goods = [image for image in shop.images(address) if image["src"] == f"{_MADE}-400.webp"]
        assert [image.get("loading") for image in goods] == ["lazy"] * len(goods), address
        assert goods, address
    [narrowed] = [image for image in shop.images("/catalogue/?region=wangcang") if _MADE in image["src"]]
    assert "loading" not in narrowed
    first = next(image for image in shop.images(shop.tea.get_absolute_url()) if _MADE in image["src"])
    assert ("loading" in first, first["fetchpriority"]) == (False, "high")
