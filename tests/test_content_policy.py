"""No answer to a stranger lets a page run or dress itself with what stands in its text."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import Cast
from tests.url_matrix import ROWS, Who, World

PUBLIC = [name for name, row in ROWS.items() if row.get[Who.ANONYMOUS] == 200]
#: What may come from a page's own text, or from anywhere, by the name of what it loads.
FROM_ITS_TEXT = {"img-src": {"data:"}}


def allowed_too_much(answer: HttpResponseBase) -> list[str]:
    """Return what the policy of an answer allows beyond the shop itself; where a form leads to is another matter."""
    directives = {
        words[0]: set(words[1:])
        for words in (part.split() for part in answer["Content-Security-Policy"].split(";"))
        if words
    }
    assert directives["default-src"] == {"'self'"}
    return [
        f"{name} {source}"
        for name, sources in directives.items()
        for source in sources - {"'self'", "'none'"} - FROM_ITS_TEXT.get(name, set())
        if name != "form-action" or "unsafe" in source
    ]


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Give the people of the matrix, made once; they are rolled back in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World().cast
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_allows_nothing_inline(name: str, cast: Cast) -> None:
    with transaction.atomic():
        world = World()
        world.cast = cast
        answer = Client().get(reverse(name, kwargs=ROWS[name].arguments(world)))
        if answer.streaming:
            list(answer)  # Reading a file to its end closes it.
        transaction.set_rollback(True)
    assert answer.status_code == 200
    assert allowed_too_much(answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [("get", "/no-such-page/", 404), ("get", "/accounts/logout/?next=//", 302), ("post", "/catalogue/", 405)],
)
def test_a_refusal_allows_nothing_inline(method: str, address: str, status: int) -> None:
    answer = getattr(Client(), method)(address)
    assert answer.status_code == status
    assert allowed_too_much(answer) == []


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_under_the_same_policy() -> None:
    answer = Client(enforce_csrf_checks=True).post("/basket/")
    assert answer.status_code == 403
    assert allowed_too_much(answer) == []
