"""Who may read which conversations."""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.conversations.models import Conversation, MessageText, TalkState


def conversations(scope: Scope) -> QuerySet[Conversation]:
    """Return the conversations that the suppliers, or the places, of the scope are asked; all in one over everything.

    What the shop itself is asked belongs to no place.
    """
    return with_subject(in_scope(scope))


def in_scope(scope: Scope) -> QuerySet[Conversation]:
    """Return the same without what they are about: for locks."""
    found = Conversation.objects.all()
    if scope.everything:
        return found
    return found.filter(Q(supplier__code__in=scope.suppliers) | Q(supplier__region__slug__in=scope.regions))


def own_conversations(user_id: int) -> QuerySet[Conversation]:
    """Return a person's own, the last written first."""
    own = Conversation.objects.filter(buyer=user_id, erased_at=None)
    return with_subject(own).order_by("-last_message_at", "-pk")


def waiting_for_staff(scope: Scope) -> QuerySet[Conversation]:
    """Return what the shop has to answer: it was asked, or the supplier has not answered; the oldest first.

    Only for a scope over everything.
    """
    waiting = conversations(scope).filter(
        Q(supplier=None) | Q(staff_since__isnull=False), state=TalkState.OPEN
    )
    return waiting.order_by("waiting_since", "pk") if scope.everything else waiting.none()


def with_last_words(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Return the same conversations with the text of their last message as `last_words`, in the same query."""
    last = MessageText.objects.filter(
        message__conversation=OuterRef("pk"), message__number=OuterRef("messages_written")
    )
    return found.annotate(last_words=Subquery(last.values("text")[:1]))


def unread_of(user_id: int) -> int:
    """Return how many messages a buyer has not read. One query."""
    found = Conversation.objects.filter(buyer=user_id, buyer_unread__gt=0)
    return found.aggregate(unread=Sum("buyer_unread"))["unread"] or 0


def unread_of_order(record_id: int) -> QuerySet[Any]:
    """Return (supplier's code, "" for the shop, the buyer's unread messages) of what is said about an order."""
    found = Conversation.objects.filter(record=record_id, buyer_unread__gt=0)
    return found.values_list(Coalesce("supplier__code", Value("")), "buyer_unread")


def with_subject(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Return the same conversations with all that says what they are about, in the same query."""
    return found.select_related("product__listing", "record", "supplier__region", "buyer")
