"""The course of a parcel as people read it: what the shop knows and what the courier tells, newest first."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Value
from django.utils.translation import gettext as _

from shop.fulfilment.models import Parcel, ParcelEvent
from shop.fulfilment.tracking_models import ReplacementStep, StepStatus, TrackingEvent
from shop.ordering.desk_models import Reshipment


@dataclass(frozen=True)
class CourseStep:
    """A step: what happened, in more words if there are any, and when."""

    title: str
    detail: str
    at: dt.datetime


class News(NamedTuple):
    """What the shop (`is_own`) or the courier says of a parcel; `kind` is an event's kind or a StepStatus."""

    parcel_id: int
    at: dt.datetime
    is_own: int
    pk: int
    kind: str
    text: str


def news_of(parcels: Iterable[Parcel]) -> dict[int, list[News]]:
    """Return what is known of the course of each parcel, by its id. One query."""
    wanted = [parcel.pk for parcel in parcels]
    own = ParcelEvent.objects.filter(parcel__in=wanted).order_by()
    told = TrackingEvent.objects.filter(parcel__in=wanted).order_by()
    rows = own.values_list("parcel_id", "at", Value(1), "pk", "kind", "text").union(
        told.values_list("parcel_id", "at", Value(0), "pk", "status", "text"), all=True
    )
    found: dict[int, list[News]] = {pk: [] for pk in wanted}
    for row in rows if wanted else ():
        found[row[0]].append(News(*row))
    return found


def course_of(news: Iterable[News], *, details: Mapping[str, str] | None = None) -> list[CourseStep]:
    """Return the steps of a parcel, newest first, of its `news_of`. No query.

    `details` says in other words what an event of the shop has as its text.
    """
    rows = sorted(news, key=lambda one: one[1:4], reverse=True)
    # The courier says itself where and by whom it was signed for.
    signed = any(one.kind == StepStatus.SIGNED and not one.is_own for one in rows)
    return [
        _own_step(one, details or {}) if one.is_own else _told_step(one.kind, one.text, one.at)
        for one in rows
        if not (signed and one.is_own and one.kind == "signed")
    ]


def replacement_course(reshipments: Iterable[Reshipment]) -> list[CourseStep]:
    """Return what couriers tell of replacements, newest first. One query."""
    told = ReplacementStep.objects.filter(reshipment__in=list(reshipments)).order_by("-at", "-pk")
    return [_told_step(step.status, step.text, step.at) for step in told]


def _own_step(event: News, details: Mapping[str, str]) -> CourseStep:
    titles = {
        "shipped": _("Handed to the courier"),
        "signed": _("Signed for"),
        "received": _("Received"),
        "corrected": _("Courier number corrected"),
    }
    return CourseStep(
        titles.get(event.kind, event.text or event.kind),
        details.get(event.text, event.text if event.kind == "corrected" else ""),
        event.at,
    )


def _told_step(status: str, text: str, at: dt.datetime) -> CourseStep:
    title = text if status == StepStatus.OTHER else str(StepStatus(status).label)
    return CourseStep(title, "" if title == text else text, at)
