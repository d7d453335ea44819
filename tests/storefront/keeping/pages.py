"""What the tests of kept pages ask for."""

import re
from typing import Any

from django.test import Client

from shop.listings.selectors import category_tree
from tests.factories import make_region, make_target
from tests.forks.shopping import make_categories, shiitake, tea

_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=)"[A-Za-z0-9]{64}"')


def shop_with_goods() -> dict[str, str]:
    """Return an address of each kind of page that is kept, of a shop with two products of two places."""
    make_categories()
    make_target(region=make_region(), year=2026)
    product, _other = tea(), shiitake()
    return {
        "home": "/",
        "list": "/catalogue/?sort=price&min_price=1",
        "category": category_tree()[0].url,
        "product": product.get_absolute_url(),
    }


def is_kept(answer: Any) -> bool:
    """Say whether an answer of the test client came without a view."""
    return answer.context is None


def without_token(answer: Any) -> bytes:
    written: bytes = answer.content
    return _TOKEN.sub(rb"\1", written)


def headers(answer: Any) -> dict[str, str]:
    """Return the headers but the name of the request."""
    return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}


def kept(address: str, **headers: str) -> Any:
    """Return the answer that a third visitor gets, after two others have asked."""
    answers = [Client(headers=headers).get(address) for _ in range(3)]
    assert is_kept(answers[-1])
    return answers[-1]
