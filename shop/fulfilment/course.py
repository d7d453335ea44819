"""The course of a parcel as people read it: what the shop knows and what the courier tells, newest first."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.fulfilment.models import Parcel, ParcelEvent
from shop.fulfilment.tracking_models import ReplacementStep, StepStatus, ToldStep
from shop.ordering.desk_models import Reshipment


@dataclass(frozen=True)
class CourseStep:
    """A step: what happened, in more words if there are any, and when."""

    title: str
    detail: str
    at: dt.datetime


def course_of(parcel: Parcel, *, details: Mapping[str, str] | None = None) -> list[CourseStep]:
    """Return the steps of a parcel whose `events` and `tracking_events` were read before, newest first. No query.

    `details` says in other words what an event of the shop has as its text.
    """
    told = list(parcel.tracking_events.all())
    # The courier says itself where and by whom it was signed for.
    signed = any(event.status == StepStatus.SIGNED for event in told)
    own = [event for event in parcel.events.all() if not (signed and event.kind == "signed")]
    steps = [
        *((event.at, 1, event.pk, _own_step(event, details or {})) for event in own),
        *((event.at, 0, event.pk, _told_step(event)) for event in told),
    ]
    return [step for *_order, step in sorted(steps, key=lambda row: row[:3], reverse=True)]


def replacement_course(reshipments: Iterable[Reshipment]) -> list[CourseStep]:
    """Return what couriers tell of replacements, newest first. One query."""
    told = ReplacementStep.objects.filter(reshipment__in=list(reshipments)).order_by("-at", "-pk")
    return [_told_step(step) for step in told]


def _own_step(event: ParcelEvent, details: Mapping[str, str]) -> CourseStep:
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


def _told_step(event: ToldStep) -> CourseStep:
    title = event.text if event.status == StepStatus.OTHER else event.get_status_display()
    return CourseStep(title, "" if title == event.text else event.text, event.at)
