import datetime as dt

import pytest

from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.regions import services
from shop.regions.exceptions import RegionError
from shop.regions.models import Pairing, PartnerRegion, SupportTarget
from shop.regions.selectors import active_pairing, active_pairings, regions_with_programme, targets_for
from tests.factories import make_pairing, make_programme, make_region

pytestmark = pytest.mark.django_db


def draft(**changes):
    values = {
        "slug": "kangding",
        "name_zh": "康定市",
        "name_en": "Kangding City",
        "short_zh": "康定",
        "seal": "康",
        "parent_zh": "四川省甘孜藏族自治州",
        "division_code": "513301",
        "blurb_zh": "高原",
        "blurb_en": "Plateau",
    }
    return services.RegionDraft(**{**values, **changes})


def test_a_region_is_created_changed_and_left_alone():
    first = services.save_region(draft=draft(), actor_id=7)
    again = services.save_region(draft=draft(), actor_id=7)
    changed = services.save_region(draft=draft(blurb_zh="雪山"), actor_id=8)
    assert [first.change, again.change, changed.change] == [Change.CREATED, Change.UNCHANGED, Change.CHANGED]
    assert PartnerRegion.objects.get(slug="kangding").blurb_zh == "雪山"
    entries = JournalEntry.objects.filter(object_type="partnerregion", object_key="kangding").order_by("pk")
    assert [(entry.actor_id, entry.action) for entry in entries] == [
        (7, "partnerregion.created"),
        (8, "partnerregion.changed"),
    ]
    assert (entries[1].before, entries[1].after) == ({"blurb_zh": "高原"}, {"blurb_zh": "雪山"})


def pair(region, programme, starts_on, ends_on=None):
    return services.save_pairing(
        region=region, programme=programme, starts_on=starts_on, ends_on=ends_on, note="", actor_id=None
    )


def test_a_pairing_holds_on_both_of_its_days():
    region = services.save_region(draft=draft(), actor_id=None).row
    programme = make_programme()
    pair(region, programme, dt.date(2021, 6, 1), dt.date(2025, 12, 31))
    days = [dt.date(2021, 5, 31), dt.date(2021, 6, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    assert [active_pairing(region.pk, day) is not None for day in days] == [False, True, True, False]
    assert active_pairings([region.pk], days[3]) == {}


def test_a_second_pairing_in_the_same_time_is_refused():
    region = services.save_region(draft=draft(), actor_id=None).row
    old = services.save_programme(slug="old", name_zh="旧", name_en="Old", actor_id=None).row
    new = services.save_programme(slug="new", name_zh="新", name_en="New", actor_id=None).row
    pair(region, old, dt.date(2020, 1, 1))
    with pytest.raises(RegionError) as refused:
        pair(region, new, dt.date(2024, 1, 1))
    assert (refused.value.code, refused.value.field) == ("pairing_overlaps", "starts_on")
    pair(region, old, dt.date(2020, 1, 1), dt.date(2023, 12, 31))
    pair(region, new, dt.date(2024, 1, 1))
    assert Pairing.objects.filter(region=region).count() == 2


def test_a_pairing_that_ends_before_it_starts_is_refused():
    region = services.save_region(draft=draft(), actor_id=None).row
    with pytest.raises(RegionError) as refused:
        pair(region, make_programme(), dt.date(2024, 1, 2), dt.date(2024, 1, 1))
    assert refused.value.field == "ends_on"
    assert not Pairing.objects.filter(region=region).exists()


def test_regions_come_with_their_programme_and_without(django_assert_num_queries):
    paired = make_pairing(region=make_region())
    alone = services.save_region(draft=draft(position=9), actor_id=None).row
    with django_assert_num_queries(2):
        found = {one.region.slug: one.pairing for one in regions_with_programme(dt.date(2026, 1, 1))}
    assert found[paired.region.slug] == paired
    assert found[alone.slug] is None


def test_targets_of_the_demonstration_never_mix_with_real_ones():
    region, programme = make_region(), make_programme()
    for fen, demo in ((100, True), (200, False)):
        services.save_target(
            region=region,
            programme=programme,
            year=2031,
            target_fen=fen,
            demo=demo,
            note="",
            actor_id=None,
        )
    assert [target.target_fen for target in targets_for(2031, True)] == [100]
    assert [target.target_fen for target in targets_for(2031, False)] == [200]


def test_a_target_of_nothing_is_refused():
    with pytest.raises(RegionError) as refused:
        services.save_target(
            region=make_region(),
            programme=make_programme(),
            year=2031,
            target_fen=0,
            demo=True,
            note="",
            actor_id=None,
        )
    assert refused.value.field == "target_fen"
    assert not SupportTarget.objects.filter(year=2031).exists()
