"""Read what was sent, what waits, and how suppliers are reached."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, Prefetch, QuerySet

from shop.accounts.scope import Scope
from shop.notifications.models import (
    BuyerNotice,
    ChannelKind,
    Hold,
    MailboxMessage,
    NoticeState,
    SupplierChannel,
    SupplierNotice,
)
from shop.suppliers.models import Supplier, SupplierState

NoticeT = TypeVar("NoticeT", SupplierNotice, BuyerNotice)

#: Who is told, as addresses and forms say it.
RECEIVERS: dict[str, type[SupplierNotice] | type[BuyerNotice]] = {
    "suppliers": SupplierNotice,
    "buyers": BuyerNotice,
}
#: Limits that a person can do something about.
HELD_FOR_A_PERSON = (Hold.SHOP, Hold.COST, Hold.PROVIDER)


@dataclass(frozen=True)
class ChannelCount:
    """How many notices to one kind of receiver stand how, by one channel."""

    channel: str
    pending: int
    sent: int
    dead: int
    stale: int


def mailbox_messages(scope: Scope) -> QuerySet[MailboxMessage]:
    """Return the mailbox, newest first, for a scope over everything; nothing for any other."""
    return MailboxMessage.objects.all() if scope.everything else MailboxMessage.objects.none()


def supplier_notices(scope: Scope, state: str = "", channel: str = "") -> QuerySet[SupplierNotice]:
    """Return notices to suppliers, the latest first; only for a scope over everything."""
    notices = _filtered(SupplierNotice.objects.select_related("record", "supplier"), state, channel)
    return notices if scope.everything else notices.none()


def buyer_notices(scope: Scope, state: str = "", channel: str = "") -> QuerySet[BuyerNotice]:
    """Return notices to buyers, the latest first; only for a scope over everything."""
    notices = _filtered(BuyerNotice.objects.select_related("record"), state, channel)
    return notices if scope.everything else notices.none()


def notice_counts(scope: Scope, receivers: str) -> list[ChannelCount]:
    """Return how many notices stand how, by channel; nothing for a scope not over everything. One query."""
    if not scope.everything:
        return []
    rows = RECEIVERS[receivers]._default_manager.order_by().values_list("channel", "state")
    found = {(channel, state): count for channel, state, count in rows.annotate(count=Count("pk"))}
    return [
        ChannelCount(
            kind.value,
            *(
                found.get((kind.value, state.value), 0)
                for state in (NoticeState.PENDING, NoticeState.SENT, NoticeState.DEAD, NoticeState.STALE)
            ),
        )
        for kind in ChannelKind
    ]


def dead_notices(scope: Scope, receivers: str) -> QuerySet:  # type: ignore[type-arg]
    """Return notices that were given up and not sent another way; only for a scope over everything."""
    notices = RECEIVERS[receivers]._default_manager.filter(state=NoticeState.DEAD)
    return notices.exclude(hold=Hold.PASSED_ON) if scope.everything else notices.none()


def held_notices(scope: Scope, receivers: str) -> QuerySet:  # type: ignore[type-arg]
    """Return texts that wait for a limit of the shop or the provider; only for a scope over everything."""
    notices = RECEIVERS[receivers]._default_manager.filter(
        state=NoticeState.PENDING, channel=ChannelKind.SMS, hold__in=HELD_FOR_A_PERSON
    )
    return notices if scope.everything else notices.none()


def reachable_suppliers(scope: Scope) -> QuerySet[Supplier]:
    """Return the suppliers that sell here with the channels in use, by code; only for a scope over everything."""
    channels = SupplierChannel.objects.filter(is_active=True).order_by("position")
    found = Supplier.objects.exclude(state=SupplierState.SUSPENDED).order_by("code")
    found = found.prefetch_related(Prefetch("channels", channels, to_attr="ways"))
    return found if scope.everything else found.none()


def _filtered(notices: QuerySet[NoticeT], state: str, channel: str) -> QuerySet[NoticeT]:
    if state in NoticeState.values:
        notices = notices.filter(state=state)
    if channel in ChannelKind.values:
        notices = notices.filter(channel=channel)
    return notices.order_by("-created_at", "-pk")
