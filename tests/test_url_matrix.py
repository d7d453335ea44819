"""Role × URL × method: every address of the shop answers every caller as the table says."""

import copy
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from shop.accounts.ports import TextMessage, set_code_sender
from tests.url_matrix import ROWS, Who, World

EXAMPLE = """
    "{name}": Row(
        get=answers(anonymous=302, others=404, staff=200),
        post=everyone(405),
        owner="resident",                                        # when the address names an object:
        arguments=lambda world: {{"number": world.order.number}},  # one that belongs to this owner
    ),"""


def named_patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_patterns(pattern, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


PATTERNS = dict(named_patterns(get_resolver()))


@pytest.fixture(autouse=True)
def nobody_is_texted() -> Iterator[None]:
    def drop(message: TextMessage) -> None:
        """Send nothing."""

    before = set_code_sender(drop)
    yield
    set_code_sender(before)


def test_every_address_has_a_name_and_a_row() -> None:
    nameless = [str(pattern.pattern) for name, pattern in PATTERNS.items() if name.endswith("None")]
    assert not nameless, f"give these addresses a name: {nameless}"
    missing = [name for name in PATTERNS if name not in ROWS]
    assert not missing, "add to ROWS in tests/url_matrix.py, with the statuses that you want:" + "".join(
        EXAMPLE.format(name=name) for name in missing
    )
    gone = [name for name in ROWS if name not in PATTERNS]
    assert not gone, f"take these rows out of tests/url_matrix.py, their addresses are gone: {gone}"


@pytest.mark.parametrize("name", [name for name in ROWS if name in PATTERNS])
def test_a_row_answers_everyone_and_names_the_owner_of_its_object(name: str) -> None:
    row = ROWS[name]
    assert set(row.get) == set(row.post) == set(Who)
    takes_arguments = bool(PATTERNS[name].pattern.regex.groupindex)
    assert bool(row.owner) == takes_arguments, (
        f"{name}: say whose the object is where, and only where, there is one"
    )


class Visitors:
    """The cast with a session each, made once for all rows: every request and every row is rolled back."""

    def __init__(self) -> None:
        self.cast = World().cast
        self.cookies = {who: self._session(who) for who in Who}

    def _session(self, who: Who) -> SimpleCookie:
        client = Client()
        person = self.world().person(who)
        if person is not None:
            client.force_login(person)
        return client.cookies

    def world(self) -> World:
        """Return a world of the same people in which nothing has happened yet."""
        world = World()
        world.cast = self.cast
        return world

    def status(self, who: Who, method: str, address: str, data: dict[str, object]) -> int:
        """Ask once, as this person, and leave no trace."""
        cache.clear()
        client = Client(raise_request_exception=True)
        client.cookies = copy.deepcopy(self.cookies[who])
        with transaction.atomic():
            answer = getattr(client, method)(address, data)
            if answer.streaming:
                list(answer)  # Reading a file to its end closes it.
            transaction.set_rollback(True)
        return int(answer.status_code)


@pytest.fixture(scope="module")
def visitors(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Visitors]:
    """Give the people; they are rolled back in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Visitors()
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", [name for name in ROWS if name in PATTERNS])
def test_the_address_answers_as_the_table_says(name: str, visitors: Visitors, settings: Settings) -> None:
    # Where a login leads is storefront's matter, and not every shop under test has it.
    settings.LOGIN_REDIRECT_URL = "/"
    row, world = ROWS[name], visitors.world()
    with transaction.atomic():
        address = reverse(name, kwargs=row.arguments(world))
        data = row.data(world)
        wrong = [
            f"{method} {address} as {who}: {got}, not {expected}"
            for method, expectations in (("get", row.get), ("post", row.post))
            for who, expected in expectations.items()
            if (got := visitors.status(who, method, address, data if method == "post" else {})) != expected
        ]
        transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
