"""Anyone verifies a month's statement by its number or digest: it is computed anew, and no person is in it."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from shop.certificates.statements import verified_statement
from shop.ledger.closing_models import Statement
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, share
from tests.ledger.test_verification import sql

pytestmark = [pytest.mark.django_db, pytest.mark.data]
START = reverse("certificates:verify_start")


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    cache.clear()


@pytest.fixture
def closed() -> list[Statement]:
    """September and October of the demonstration data."""
    closers = make_closers()
    Story([share(1, 10_000, 5)], day="2026-09-05").place().pay()
    close("2026-09", closers)
    close("2026-10", closers)
    return list(Statement.objects.filter(demo=True).order_by("month"))


def page(client: Client, statement: Statement) -> Any:
    return client.get(reverse("certificates:verify_statement", args=[statement.number]))


def test_a_number_and_a_digest_lead_to_the_statement(client: Client, closed: list[Statement]) -> None:
    for typed in (" yj-2026-09-demo ", closed[0].digest, closed[0].digest.upper()):
        answer = client.get(START, {"code": typed})
        assert answer["Location"] == f"/verify/statements/{closed[0].number}/"
    for typed in ("YJ-2025-01-DEMO", "0" * 64, "YJ-2026-09"):
        assert client.get(START, {"code": typed}, follow=True).status_code == 404
        assert client.get(f"/verify/statements/{typed}/").status_code == 404


def test_text_chain_and_entries_are_computed_anew(client: Client, closed: list[Statement]) -> None:
    answer = page(client, closed[1])
    found = answer.context["found"]
    assert (found.check.text, found.check.link, found.check.entries) == (True, True, True)
    assert (found.position, found.count, found.before) == (2, 2, closed[0])
    text = answer.content.decode()
    assert closed[1].digest in text
    assert closed[1].previous_digest in text
    assert "与账本一致" in text
    for name in ("许初核", "沈复核", "韩签发"):
        assert name not in text


def test_changed_entries_show_as_not_reliable(client: Client, closed: list[Statement]) -> None:
    sql("UPDATE ledger_ledgerentry SET fen = fen + 1 WHERE fen = 10000")
    check = verified_statement(closed[0]).check
    assert (check.text, check.link, check.entries) == (True, True, False)
    assert "不可信" in page(client, closed[0]).content.decode()


def test_who_walks_through_numbers_is_held_up(client: Client) -> None:
    answers = [client.get("/verify/statements/YJ-2026-09-DEMO/").status_code for _time in range(61)]
    assert set(answers[:60]) == {404}
    assert answers[60] == 429


def test_the_list_of_closed_months_leads_there(client: Client, closed: list[Statement]) -> None:
    assert f"/verify/statements/{closed[0].number}/" in client.get("/regions/").content.decode()
