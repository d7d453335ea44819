"""The page of totals that everyone may see: right to the fen and to the minute, its files, its proofs."""

import csv
import io
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.services import fold_entries
from shop.regions.content_models import Story as RegionStory
from shop.regions.models import PartnerRegion
from tests.certificates.cast import confirmed, places, refunded
from tests.factories import make_region, make_target
from tests.forks.shopping import make_categories
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, at
from tests.reporting.test_views import table_of

pytestmark = pytest.mark.django_db

PAGE, FILE = reverse("storefront:regions"), reverse("storefront:regions_file")
LONGQUAN: dict[str, Any] = {"region": "longquan", "programme": "mountain-sea"}


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    cache.clear()


@pytest.fixture
def sales() -> Story:
    """Wangcang: 10000 in October, 500 last November; Longquan: 6000 now; 77700 are real, not demonstration."""
    places()
    make_target(region=make_region(), year=2026, target_fen=1_000_000)
    first = confirmed(1, 10_000, 5, day="2026-10-03")
    confirmed(2, 6_000, 3, day="2026-11-08", **LONGQUAN)
    confirmed(3, 500, day="2025-11-08")
    confirmed(4, 77_700, day="2026-10-03", demo=False)
    return first


def opened(client: Client, day: str = "2026-11-20", address: str = PAGE) -> str:
    with time_machine.travel(at(day), tick=False):
        answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_totals_stand_by_place_programme_and_month(sales: Story, client: Client) -> None:
    html = opened(client)
    assert table_of(html, "by-place") == [
        ["龙泉市", "山海协作", "60.00", "0.00", "–", "0.00"],
        ["旺苍县", "东西部协作", "100.00", "10,000.00", "1.0%", "5.00"],
        ["合计", "", "160.00", "10,000.00", "1.6%", "5.00"],
    ]
    months = {row[0]: row[1:] for row in table_of(html, "by-month")}
    assert months["2026-10"] == ["100.00", "0.00"]
    assert months["2026-11"] == ["60.00", "5.00"]
    assert months["2026-12"] == ["–", "0.00"]
    assert months["合计"] == ["160.00", "5.00"]
    assert "演示数据" in html
    # 60 and 100 of 160 thousandths, a gap of 3 behind each.
    assert '<g data-region="longquan"><rect class="bar" x="0" width="372"' in html
    assert '<g data-region="wangcang"><rect class="bar" x="375" width="622"' in html
    fold_entries()
    cache.clear()
    assert table_of(opened(client), "by-month")[-1] == ["合计", "160.00", "5.00"]


def test_real_figures_never_stand_among_demonstration_ones(
    sales: Story, client: Client, settings: pytest.FixtureRequest
) -> None:
    settings.SHOP_DEMO = False  # type: ignore[attr-defined]
    html = opened(client)
    assert table_of(html, "by-place")[-1] == ["合计", "", "777.00", "0.00", "–", "0.00"]


def test_the_file_holds_what_the_page_shows(sales: Story, client: Client) -> None:
    lines = list(csv.reader(io.StringIO(opened(client, address=FILE).removeprefix("\ufeff"))))
    assert ["龙泉市", "山海协作", "60.00", "0.00", "–", "0.00"] in lines
    assert ["2026-11", "60.00", "5.00"] in lines
    assert ["数据性质", "演示数据"] in lines
    total = next(line for line in lines if line and line[0] == "合计")
    assert Decimal(total[2]) == Decimal("160.00")


def test_a_posting_shows_at_once_and_a_second_view_adds_nothing_up(sales: Story, client: Client) -> None:
    opened(client)
    with CaptureQueriesContext(connection) as kept:
        opened(client)
    assert not [query for query in kept if "rollup" in query["sql"]]
    refunded(sales, 2_000, 1, day="2026-11-15")
    assert table_of(opened(client), "by-place")[-1][2] == "140.00"


def test_an_entry_that_appears_behind_a_later_one_shows_within_a_minute(sales: Story, client: Client) -> None:
    found = LedgerEntry.objects.filter(stage="confirmed", fen=10_000, demo=True).get()
    last = LedgerEntry.objects.latest("pk").pk
    # Ids as of two transactions of which the first takes longer.
    _insert(found, pk=last + 9, fen=1_000)
    with time_machine.travel(at("2026-11-20T12:00:00"), tick=False):
        assert client.get(PAGE).context["totals"].confirmed_fen == 17_000
    _insert(found, pk=last + 5, fen=300)
    with time_machine.travel(at("2026-11-20T12:00:59"), tick=False):
        assert client.get(PAGE).context["totals"].confirmed_fen == 17_300


def _insert(entry: LedgerEntry, *, pk: int, fen: int) -> None:
    entry.pk, entry.event_id, entry.fen = pk, uuid.uuid4(), fen
    entry.save(force_insert=True)


def test_the_statements_stand_with_number_digest_and_file(sales: Story, client: Client) -> None:
    closers = make_closers()
    first = next(one for one in close("2025-11", closers) if one.demo)
    html = opened(client)
    assert first.number in html
    assert first.digest in html
    address = reverse("storefront:statement_file", args=[first.number])
    said = json.loads(opened(client, address=address))
    assert said["format"] == "yuanshan-statement-public/1"
    assert [each["digest"] for each in said["statements"]] == [first.digest]
    assert set(said["statements"][0]["dimensions"]) == {"region", "programme"}
    for other in ("YJ-2025-11", "YJ-2020-01-DEMO", "x"):
        assert client.get(reverse("storefront:statement_file", args=[other])).status_code == 404


def test_stories_and_places_stand_on_the_page(client: Client) -> None:
    make_categories()
    RegionStory.objects.create(region=make_region(), title_zh="采茶人", body_zh="天不亮就上山。")
    html = opened(client)
    assert "采茶人" in html
    assert reverse("storefront:region", args=["wangcang"]) in html


def test_the_page_costs_the_same_queries_for_any_history(sales: Story, client: Client) -> None:
    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            opened(client)
        return len(captured)

    queries()
    before = queries()
    for number in range(10, 20):
        confirmed(number, 100, day="2026-10-09")
    assert queries() == before
    fold_entries()
    assert queries() == before
    assert PartnerRegion.objects.count() == 2
