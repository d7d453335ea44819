"""Several questions in one statement: each has the answer that it has alone."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import Case, CharField, Count, F, Max, QuerySet, Sum, Value, When
from django.test.utils import CaptureQueriesContext

from shop.core.together import _compiled, _statement, answers
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.rollups.selectors import grouped, parts_of
from shop.ledger.rollups.services import fold_entries
from shop.regions.models import Pairing, PartnerRegion, SupportTarget
from tests.ledger.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def questions() -> list[QuerySet[Any]]:
    why = Case(
        When(eligibility="eligible", then=Value("yes")), default=F("eligibility"), output_field=CharField()
    )
    parts = parts_of(PlaceRollup, dt.date(2026, 1, 1), dt.date(2026, 12, 31), mark=0)
    return [
        JournalEntry.objects.values_list("at", "before", "after", "action"),
        Pairing.objects.select_related("region", "programme").annotate(of=F("region__slug")),
        PartnerRegion.objects.filter(slug__in=[]),
        grouped(
            parts, lambda part: part.annotate(why=why).values("region", "why").annotate(total=Sum("fen"))
        ),
        LedgerEntry.objects.order_by("-booked_on", "-pk")[:3],
        SupportTarget.objects.values("region__slug", "demo").annotate(
            fen=Sum("target_fen"), rows=Count("pk")
        ),
        LedgerEntry.objects.values_list("order_number")
        .annotate(last=Max("booked_on"))
        .filter(last__gt="2026-01-01"),
    ]


def told(row: Any) -> Any:
    """Return what a row says, whatever it is."""
    if isinstance(row, Pairing):
        return row.pk, row.starts_on, row.region.name_zh, row.programme.slug, row.of  # type: ignore[attr-defined]
    if isinstance(row, LedgerEntry):
        return row.pk, row.event_id, row.booked_on, row.fen, row.demo
    return sorted(row.items()) if isinstance(row, dict) else tuple(row)


def test_each_question_has_the_answer_that_it_has_alone(sales: Story) -> None:
    JournalEntry.objects.create(
        at=dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), action="a", before={}, after={"n": [1]}, reason=""
    )
    fold_entries()
    with CaptureQueriesContext(connection) as captured:
        found = answers(*questions())
    assert len(captured) == 1
    alone = [list(question) for question in questions()]
    assert all(alone[:2]) and alone[2] == [] and all(alone[3:])
    for one, other in zip(found, alone, strict=True):
        assert [type(row) for row in one] == [type(row) for row in other]
        assert sorted(map(repr, map(told, one))) == sorted(map(repr, map(told, other)))


def scans(sql: str, params: Any) -> list[str]:
    """Return how the database would get at its rows, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(f"{connection.ops.explain_query_prefix()} {sql}", params)
        told = [str(row[-1]) for row in cursor.fetchall()]
    found = [match[0] for line in told if (match := re.search(r"(SCAN|SEARCH|\w+ Scan) .*", line))]
    # Where two parts read one table PostgreSQL numbers it, and it tells how wide the rows are that it hands on.
    found = [re.sub(r"( on \w+)( \w+)?  \(cost.*", r"\1", line) for line in found]
    return sorted(line for line in found if not re.match(r"(SCAN asked|Subquery Scan|SCAN CONSTANT)", line))


def test_the_database_gets_at_the_rows_of_each_as_if_it_were_asked_alone(sales: Story) -> None:
    asked = [question.order_by() for question in questions() if not question.query.is_sliced]
    compiled = [made for question in asked if (made := _compiled(question)) is not None]
    alone = [line for _compiler, sql, params in compiled for line in scans(sql, params)]
    assert len(alone) >= len(compiled) == 5
    assert scans(*_statement(compiled)) == sorted(alone)


def test_objects_bring_what_they_are_joined_with(sales: Story) -> None:
    [pairings] = answers(Pairing.objects.select_related("region"))
    with CaptureQueriesContext(connection) as captured:
        assert {pairing.region.slug for pairing in pairings} >= {"wangcang"}
    assert len(captured) == 0


def test_where_nothing_can_be_an_answer_nothing_is_asked(sales: Story) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert answers(PartnerRegion.objects.none(), PartnerRegion.objects.filter(pk__in=[])) == [[], []]
        assert answers() == []
    assert len(captured) == 0
