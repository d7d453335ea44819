"""Targets of the annual task statement: set with a reason, in all or by mode."""

import datetime as dt
from typing import Any

import pytest

from shop.core import clock
from shop.core.clock import SHANGHAI
from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.regions.exceptions import RegionError
from shop.regions.models import SupportTarget
from shop.regions.targets import set_target, target_history, whole_targets
from tests.factories import make_pairing, make_programme, make_region, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TODAY = dt.date(2026, 11, 29)


@pytest.fixture(autouse=True)
def november() -> Any:
    """Let it be the end of November 2026."""
    with clock.set_to(dt.datetime(2026, 11, 29, 12, tzinfo=SHANGHAI)):
        yield


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "region": make_region(),
        "programme": make_programme(),
        "year": 2026,
        "mode": "",
        "target_fen": 500_000,
        "demo": True,
        "decided_on": dt.date(2026, 3, 1),
        "reason": "区委 3 号文",
        "actor_id": 7,
    } | changes


def test_a_target_is_set_and_changed_with_a_reason() -> None:
    assert set_target(**asked()).change is Change.CREATED
    changed = set_target(**asked(target_fen=600_000, decided_on=dt.date(2026, 6, 1), reason="年中调整"))
    assert (changed.change, changed.row.target_fen) == (Change.CHANGED, 600_000)
    assert SupportTarget.objects.get().decided_on == dt.date(2026, 6, 1)
    latest, first = target_history(["wangcang/east-west/2026"])
    assert (latest.actor_id, latest.reason, latest.action) == (7, "年中调整", "supporttarget.changed")
    assert (latest.before["target_fen"], latest.after["target_fen"]) == (500_000, 600_000)
    assert (first.action, first.after["decided_on"]) == ("supporttarget.created", "2026-03-01")


def test_the_same_target_again_changes_nothing() -> None:
    set_target(**asked())
    assert set_target(**asked(reason="又一次")).change is Change.UNCHANGED
    assert JournalEntry.objects.filter(object_type="supporttarget").count() == 1
    assert SupportTarget.objects.get().note == "区委 3 号文"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"year": 2025}, "target_of_past_year", "year"),
        ({"year": 2032}, "target_too_far", "year"),
        ({"target_fen": 0}, "target_not_positive", "amount"),
        ({"mode": "barter"}, "mode", "mode"),
        ({"decided_on": dt.date(2026, 11, 30)}, "decided_later", "decided_on"),
        ({"reason": " "}, "target_without_reason", "reason"),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(RegionError) as refused:
        set_target(**asked(**changes))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not SupportTarget.objects.exists()
    assert not JournalEntry.objects.filter(object_type="supporttarget").exists()


def test_the_refusal_of_a_past_year_names_the_year() -> None:
    with pytest.raises(RegionError, match="2025"):
        set_target(**asked(year=2025))


def test_a_region_has_targets_only_under_its_own_programme() -> None:
    with pytest.raises(RegionError) as refused:
        set_target(**asked(programme=make_programme(slug="mountain-sea", name_zh="山海协作")))
    assert refused.value.code == "target_without_pairing"
    ended = make_region(slug="old", name_zh="旧地", paired=False)
    make_pairing(region=ended, ends_on=dt.date(2025, 12, 31))
    with pytest.raises(RegionError) as refused:
        set_target(**asked(region=ended))
    assert refused.value.code == "target_without_pairing"
    assert not SupportTarget.objects.exists()


def test_parts_by_mode_never_exceed_the_whole() -> None:
    set_target(**asked())
    set_target(**asked(mode="direct", target_fen=300_000))
    with pytest.raises(RegionError) as refused:
        set_target(**asked(mode="assisted", target_fen=200_001))
    assert refused.value.code == "target_parts_exceed"
    set_target(**asked(mode="assisted", target_fen=200_000))
    with pytest.raises(RegionError):
        set_target(**asked(target_fen=499_999))
    found = SupportTarget.objects.values_list("mode", "target_fen").order_by("mode")
    assert dict(found) == {"": 500_000, "assisted": 200_000, "direct": 300_000}


def test_demonstration_and_real_targets_stand_apart() -> None:
    set_target(**asked())
    set_target(**asked(demo=False, target_fen=9))
    set_target(**asked(demo=False, mode="direct", target_fen=9))
    assert SupportTarget.objects.filter(demo=True).count() == 1


def test_the_whole_is_its_own_target_or_the_sum_of_the_modes() -> None:
    rows = [("a", "p", "", 10), ("a", "p", "direct", 4), ("b", "p", "direct", 3), ("b", "p", "assisted", 2)]
    assert whole_targets(rows) == {("a", "p"): 10, ("b", "p"): 5}
    assert whole_targets(rows, "direct") == {("a", "p"): 4, ("b", "p"): 3}
    assert whole_targets(rows, "assisted") == {("b", "p"): 2}


def test_the_database_keeps_one_target_of_a_mode(django_assert_num_queries: Any) -> None:
    target = make_target(region=make_region())
    twin = SupportTarget(
        region=target.region, programme=target.programme, year=target.year, mode="direct", target_fen=1
    )
    twin.save()
    assert SupportTarget.objects.count() == 2
