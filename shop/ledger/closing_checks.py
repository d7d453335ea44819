"""What speaks against closing a month (counting rules, section 6); each a sentence that names what is wrong."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.together import Asked, together
from shop.gateways.bank_models import Difference, DifferenceKind
from shop.gateways.bill_coverage import WITHOUT_BILL, is_covered, spans_asked
from shop.gateways.models import Payment
from shop.ledger.closing_models import Statement
from shop.ledger.models import EntryKind, LedgerEntry, Leg, PostedEvent, Stage
from shop.ledger.periods import month_end
from shop.ledger.selectors import with_posted_fen
from shop.ledger.services import TOPICS, payment_keys
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage

#: So many rows of one kind are named; the sentence says how many there are.
NAMED = 5
Texts = Iterator[str]
Rows = list[Any]
_SIDES = (Leg.APPLY, Leg.REFUND)


def obstacles(month: dt.date) -> list[str]:
    """Return every reason why a month cannot be closed; empty when nothing speaks against it. One query."""
    return [text for texts in together(*(check(month) for check in _CHECKS)) for text in texts]


def _not_over(month: dt.date) -> Asked[Texts]:
    def read() -> Texts:
        if clock.today() < month_end(month):
            yield _("The month is not over.")

    return Asked((), read)


def _not_posted(month: dt.date) -> Asked[Texts]:
    """Messages of the month that the ledger has not taken in: on their way, or given up."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    stuck = OutboxDelivery.objects.filter(state__in=(DeliveryState.PENDING, DeliveryState.DEAD))
    waiting = OutboxMessage.objects.filter(
        ~Exists(posted), topic__in=TOPICS, occurred_at__lt=_start(month_end(month))
    )
    unrouted = waiting.filter(routed_at=None)
    routed = waiting.filter(pk__in=stuck.values("message_id")).exclude(routed_at=None)

    def read(unrouted: Rows, routed: Rows) -> Texts:
        late = [*sorted(unrouted), *sorted(routed)]
        if late:
            yield ngettext(
                "%(count)d event of the month has not reached the ledger: %(names)s.",
                "%(count)d events of the month have not reached the ledger: %(names)s.",
                len(late),
            ) % {"count": len(late), "names": _named(f"{topic} {stream}" for _pk, topic, stream in late)}

    return Asked(tuple(rows.values_list("pk", "topic", "stream") for rows in (unrouted, routed)), read)


def _bridge(month: dt.date) -> Asked[Texts]:
    """Paid gross less refunded is the sum of all stages; moves sum to zero."""
    entries = LedgerEntry.objects.filter(
        booked_on__gte=month, booked_on__lt=month_end(month), kind=EntryKind.GOODS
    ).exclude(stage=Stage.RECEIVABLE)
    side = Case(*(When(leg=leg, then=Value(str(leg))) for leg in (*_SIDES, Leg.MOVE)), default=Value("pair"))
    sums = entries.annotate(side=side).values_list("demo", "side").annotate(total=Sum("fen"))
    moved = entries.filter(leg=Leg.MOVE).values("event_id", "source_key", "payment_key")
    broken = moved.annotate(total=Sum("fen")).exclude(total=0).order_by("source_key")

    def read(sums: Rows, keys: Rows) -> Texts:
        for demo, which, total in sorted(sums):
            if which not in _SIDES and total:
                yield _("The bridge of %(data)s does not hold: %(yuan)s yuan unexplained.") % {
                    "data": _("demonstration data") if demo else _("real data"),
                    "yuan": shown_yuan(total),
                }
        if keys:
            yield _("Moves that do not sum to zero: %(names)s.") % {"names": _named(sorted(_first(keys)))}

    return Asked((sums, broken.values_list("source_key")[: NAMED + 1]), read)


def _payments(month: dt.date) -> Asked[Texts]:
    """What the ledger holds of each payment of the month is what came in less what went back."""
    start, end = _start(month), _start(month_end(month))
    booked = LedgerEntry.objects.filter(booked_on__gte=month, booked_on__lt=month_end(month))
    touched = booked.exclude(payment_key="none").values("payment_key")
    payments = Payment.objects.filter(Q(key__in=touched) | Q(captured_at__gte=start, captured_at__lt=end))
    left = F("fen") - F("refunded_fen") - F("returned_fen") - F("moved_fen")
    held: Any = with_posted_fen(payments)
    rows = held.annotate(left=left).exclude(posted_fen=F("left"))

    def read(keys: Rows, payloads: Rows) -> Texts:
        found = sorted({*_first(keys)} - _payments_in(_first(payloads)))
        if found:
            yield ngettext(
                "%(count)d payment differs from what the ledger holds of it: %(names)s.",
                "%(count)d payments differ from what the ledger holds of them: %(names)s.",
                len(found),
            ) % {"count": len(found), "names": _named(found)}

    return Asked((rows.values_list("key"), _on_their_way()), read)


def _on_their_way() -> QuerySet[Any]:
    """Return the payloads of messages that are not posted yet: nothing can be said of their payments before."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    waiting = OutboxMessage.objects.filter(~Exists(posted), topic__in=TOPICS).filter(
        Q(routed_at=None) | Q(deliveries__state__in=(DeliveryState.PENDING, DeliveryState.DEAD))
    )
    return waiting.distinct().values_list("payload").order_by()


def _payments_in(payloads: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for payload in payloads:
        found |= set(payment_keys(payload))
        parts = [part for item in payload.get("items", []) for part in item.get("parts", [])]
        found |= {part["payment_key"] for part in parts}
    return found


def _bills(month: dt.date) -> Asked[Texts]:
    """Every day with payments has the bill of its channel; the bank's own word comes line by line."""
    came_in = Payment.objects.filter(
        captured_at__gte=_start(month), captured_at__lt=_start(month_end(month)), moved_from=None
    ).exclude(provider__in=WITHOUT_BILL)
    days = came_in.annotate(day=TruncDate("captured_at", tzinfo=clock.SHANGHAI))
    covered = spans_asked()

    def read(days: Rows, *bills: Rows) -> Texts:
        spans = covered.read(*bills)
        missing: dict[str, list[str]] = {}
        for provider, day in sorted(days):
            if not is_covered(spans.get(provider, []), day):
                missing.setdefault(provider, []).append(f"{day}")
        for provider, found in missing.items():
            yield _("The bill of %(channel)s is missing for %(days)s.") % {
                "channel": provider,
                "days": _named(found),
            }

    return Asked((days.values_list("provider", "day").distinct().order_by(), *covered.questions), read)


def _differences(month: dt.date) -> Asked[Texts]:
    """What bank or channel say differently, and nobody has explained. Money without an order is only unapplied."""
    end = month_end(month)
    until = _start(end)
    about = (
        Q(line__booked_on__lt=end)
        | Q(claim__booked_on__lt=end)
        | Q(bill_line__occurred_at__lt=until)
        | Q(payment__captured_at__lt=until)
        | Q(execution__finished_at__lt=until)
    )
    open_ones = Difference.objects.filter(about, resolved_at=None).exclude(
        kind__in=(DifferenceKind.NO_ORDER, DifferenceKind.NO_BILL)
    )

    def read(rows: Rows) -> Texts:
        if rows:
            yield ngettext(
                "%(count)d difference with bank or channel is not explained: %(names)s.",
                "%(count)d differences with bank or channel are not explained: %(names)s.",
                len(rows),
            ) % {"count": len(rows), "names": _named(key for _at, _pk, key in sorted(rows))}

    return Asked((open_ones.values_list("opened_at", "pk", "key"),), read)


def _statements(month: dt.date) -> Asked[Texts]:
    """The statements so far still say what they said."""

    def read(rows: Rows) -> Texts:
        for _month, _demo, number, body, digest in sorted(rows):
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                yield _("Statement %(number)s is not what was released.") % {"number": number}

    return Asked((Statement.objects.values_list("month", "demo", "number", "body", "digest"),), read)


def _first(rows: Rows) -> list[Any]:
    return [row[0] for row in rows]


def _named(names: Iterable[str]) -> str:
    found = list(names)
    return "、".join(found[:NAMED]) + ("…" if len(found) > NAMED else "")


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.SHANGHAI)


_CHECKS: tuple[Callable[[dt.date], Asked[Texts]], ...] = (
    _not_over,
    _not_posted,
    _bridge,
    _payments,
    _bills,
    _differences,
    _statements,
)
