"""Read what staff wrote about places and seasons."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shop.regions.content_models import Banner, BannerSlot, RegionPage, Story, Timed

TimedT = TypeVar("TimedT", bound=Timed)


@dataclass(frozen=True)
class Content:
    """Everything that may stand on the first page and on the places' pages; pages by the slug of their place."""

    banners: tuple[Banner, ...]
    stories: tuple[Story, ...]
    pages: Mapping[str, RegionPage]

    def heroes(self, on: dt.date) -> list[Banner]:
        """Return the large banners of that day, the first to be shown first."""
        return [one for one in self._banners(on) if one.slot == BannerSlot.HERO]

    def promos(self, on: dt.date) -> list[Banner]:
        """Return the small banners of that day in order."""
        return [one for one in self._banners(on) if one.slot == BannerSlot.PROMO]

    def home_stories(self, on: dt.date) -> list[Story]:
        """Return the stories that the first page shows on that day."""
        return [one for one in standing(self.stories, on) if one.on_home]

    def stories_on(self, on: dt.date) -> list[Story]:
        """Return the stories of all places on that day."""
        return standing(self.stories, on)

    def stories_of(self, slug: str, on: dt.date) -> list[Story]:
        """Return the stories of a place on that day."""
        return [one for one in standing(self.stories, on) if one.region.slug == slug]

    def _banners(self, on: dt.date) -> list[Banner]:
        return [one for one in standing(self.banners, on) if not one.months or on.month in one.months]


def standing(rows: Iterable[TimedT], on: dt.date) -> list[TimedT]:
    """Return those that are active on that day, both ends inclusive."""
    return [
        one
        for one in rows
        if one.active
        and (one.starts_on is None or one.starts_on <= on)
        and (one.ends_on is None or one.ends_on >= on)
    ]


def read_content() -> Content:
    """Return all of it, what begins later and what is over too. Three queries; pages ask the shelf to remember it."""
    return Content(
        banners=tuple(Banner.objects.order_by("position", "pk")),
        stories=tuple(Story.objects.select_related("region").order_by("position", "pk")),
        pages={page.region.slug: page for page in RegionPage.objects.select_related("region")},
    )
