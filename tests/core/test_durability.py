"""A commit that does not wait for the disk."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from shop.core.durability import may_be_lost


@pytest.fixture
def asked(transactional_db: None) -> Iterator[Callable[[], str]]:
    """Give what a commit does now; PostgreSQL waits for its disk, as it does in a shop and not in the tests."""
    if connection.vendor != "postgresql":
        yield lambda: ""
        return
    with connection.cursor() as cursor:

        def ask() -> str:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

        cursor.execute("SET synchronous_commit TO on")
        yield ask
        cursor.execute("RESET synchronous_commit")


def test_only_the_transaction_that_says_so_does_not_wait(asked: Callable[[], str]) -> None:
    waits = asked()
    with transaction.atomic():
        may_be_lost()
        assert asked() == ("off" if waits else "")
    assert asked() == waits


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_there_is_nothing_to_let_go() -> None:
    with pytest.raises(RuntimeError):
        may_be_lost()
