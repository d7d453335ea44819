"""What a later decision about an origin claim does to sales before it (counting rules, section 3)."""

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from shop.core import clock
from shop.ledger.models import EntryKind, LedgerEntry, Leg, PostedEvent
from shop.listings.models import ClaimDecision, ClaimState
from shop.ordering.models import LineShare
from shop.ordering.status import Eligibility
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from shop.outbox.services import append

Fact = tuple[str, str]
#: A sale that never depended on the claim keeps its reason, whatever becomes of the claim.
_BY_CLAIM = (Eligibility.ELIGIBLE, Eligibility.PENDING)
_FALSE: Fact = (Eligibility.INELIGIBLE, "claim_rejected")


def follow_claim(event: Event) -> None:
    """`claim.decided`: tell the order of every paid share of the product that now counts otherwise."""
    shares = LineShare.objects.filter(line__product__listing__sku=event.payload["sku"])
    _tell(shares, event, only_posted=True)


def follow_claims_of_order(event: Event) -> None:
    """`order.paid`: what was decided between placing and payment holds for the money, too."""
    shares = LineShare.objects.filter(record__number=event.payload["order"])
    _tell(shares, event, only_posted=False)


def _tell(found: QuerySet[LineShare], event: Event, *, only_posted: bool) -> None:
    by_claim = found.filter(eligibility__in=_BY_CLAIM).select_related("record", "line")
    shares = list(by_claim.order_by("record_id", "number"))
    decisions = _decisions({share.line.product_id for share in shares if share.line.product_id})
    posted = _posted([share.source_key for share in shares]) if only_posted else {}
    told = _told({share.record.number for share in shares}) if only_posted else set()
    items: dict[str, list[dict[str, object]]] = {}
    for share in shares:
        now = _decided(share, decisions.get(share.line.product_id, []))
        before = posted.get(share.source_key) if only_posted else (share.eligibility, share.reason)
        # What an earlier decision has told of, and is not posted yet, would else have the last word.
        if before is not None and (now != before or share.record.number in told):
            facts = {"eligibility": str(now[0]), "ineligible_reason": now[1]}
            items.setdefault(share.record.number, []).append({"source_key": share.source_key, "facts": facts})
    for number in sorted(items):
        payload = {"order": number, "cause": str(event.event_id), "items": items[number]}
        append(topic="claim.applied", stream=number, payload=payload)


def _decisions(products: set[int]) -> dict[int | None, list[ClaimDecision]]:
    found: dict[int | None, list[ClaimDecision]] = {}
    for decision in ClaimDecision.objects.filter(product_id__in=products).order_by("decided_at", "pk"):
        found.setdefault(decision.product_id, []).append(decision)
    return found


def _decided(share: LineShare, decisions: list[ClaimDecision]) -> Fact:
    """Return how the share counts by the last decision since it was placed."""
    day = clock.local_date(share.record.placed_at)
    fact: Fact = (share.eligibility, share.reason)
    for decision in decisions:
        if decision.decided_at <= share.record.placed_at:
            continue
        if decision.state == ClaimState.REJECTED:
            fact = _FALSE
        elif _holds_on(decision, day):
            fact = (Eligibility.ELIGIBLE, "")
    return fact


def _holds_on(decision: ClaimDecision, day: dt.date) -> bool:
    first, last = decision.valid_from, decision.valid_until
    return first is not None and last is not None and first <= day <= last


def _told(numbers: set[str]) -> set[str]:
    """Return the orders that a decision has told of and whose ledger has not taken it in."""
    posted = PostedEvent.objects.filter(event_id=OuterRef("event_id"))
    waiting = OutboxMessage.objects.filter(~Exists(posted), topic="claim.applied", stream__in=numbers)
    return set(waiting.values_list("stream", flat=True))


def _posted(keys: list[str]) -> dict[str, Fact]:
    """Return how paid shares count in the ledger now: as the last of their entries that said so."""
    entries = LedgerEntry.objects.filter(
        source_key__in=keys, kind=EntryKind.GOODS, leg__in=(Leg.APPLY, Leg.RESTATE)
    ).order_by("id")
    rows = entries.values_list("source_key", "eligibility", "ineligible_reason")
    return {key: (eligibility, reason) for key, eligibility, reason in rows}
