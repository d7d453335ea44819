"""Messages and handlers that the outbox's tests share. An effect is a journal entry: it cannot be undone."""

import dataclasses

from django.db import transaction

from shop.journal.models import JournalEntry
from shop.journal.services import record
from shop.outbox import services
from shop.outbox.events import Event, Route, Routes
from shop.outbox.models import OutboxMessage


def say(stream: str = "YS20261001-AAAA0001", topic: str = "order.paid", **payload: object) -> OutboxMessage:
    with transaction.atomic():
        return services.append(topic=topic, stream=stream, payload=payload)


def note(event: Event) -> None:
    record(
        actor_id=None,
        action="noted",
        object_type=event.topic,
        object_key=f"{event.stream}#{event.seq}",
        after={"event": str(event.event_id)},
    )


def noted() -> list[str]:
    return list(
        JournalEntry.objects.filter(action="noted").order_by("pk").values_list("object_key", flat=True)
    )


def effects() -> list[str]:
    return list(
        JournalEntry.objects.filter(action="noted").order_by("pk").values_list("after__event", flat=True)
    )


class Poison(Exception):
    pass


@dataclasses.dataclass
class Picky:
    """Notes every event, then fails for those of its bad streams, so that a lost rollback would show."""

    bad: set[str]

    def __call__(self, event: Event) -> None:
        note(event)
        if f"{event.stream}#{event.seq}" in self.bad:
            raise Poison("cannot take this one")


ROUTES: Routes = {"order.paid": (Route("tests.note", note),)}
ORDERED: Routes = {"order.paid": (Route("tests.note", note, ordered=True),)}
