"""What a web process makes ready before its first visitor."""

import gc
import logging

import pytest
from django.db import OperationalError, connections
from django.test import Client

from shop.storefront import cards, pieces, warm
from tests.forks.shopping import tea


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)


@pytest.mark.django_db
def test_the_first_visitor_finds_the_pieces_of_the_goods(client: Client) -> None:
    product = tea()
    cards._card.cache_clear()
    warm.warm_up()
    written = cards._card.cache_info().misses
    assert product.get_absolute_url() in client.get("/catalogue/").content.decode()
    assert cards._card.cache_info().misses == written > 0


@pytest.mark.django_db
def test_the_first_visitor_finds_the_pages_of_the_goods_drawn(client: Client) -> None:
    products = [tea(), tea(sku="tea-002"), tea(sku="tea-003")]
    pieces._kept.cache_clear()
    warm.warm_up()
    drawn = pieces._kept.cache_info().misses
    for product in products:
        assert client.get(product.get_absolute_url()).status_code == 200
    assert pieces._kept.cache_info().misses == drawn >= len(products)


@pytest.mark.django_db
def test_nothing_of_a_visitor_is_kept(client: Client) -> None:
    tea()
    asked = [client.get(f"/catalogue/?min_price={low}&in_stock=on").content.decode() for low in ("1", "2.5")]
    for low, page in zip(("1", "2.5"), asked, strict=True):
        assert f'name="min_price" value="{low}"' in page
        assert f'value="/catalogue/?min_price={low}&amp;in_stock=on"' in page
        assert f'href="?min_price={low}&amp;in_stock=on&amp;sort=newest"' in page
    found = client.get("/search/?q=%3Cb%3E%26").content.decode()
    assert "<b>&" not in found
    assert "&lt;b&gt;&amp;" in found
    assert pieces._SECRET not in "".join([*asked, found])


def test_a_database_that_is_not_there_is_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(warm, "current_shelf", refuse)
    caplog.set_level(logging.WARNING)
    warm.warm_up()
    assert "starts cold: OperationalError" in caplog.text
