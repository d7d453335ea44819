"""The verbs of conversations.

start_conversation (a buyer asks, or goes on) → write_message (the supplier or the shop answers) → close_conversation;
hand_to_staff where the supplier does not answer.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.closing import hold_open
from shop.accounts.scope import SYSTEM, Scope
from shop.conversations.about import About
from shop.conversations.exceptions import TalkRefused
from shop.conversations.limits import hold_to_limit
from shop.conversations.models import (
    MOST_PHOTOS,
    TEXT_LENGTH,
    Conversation,
    Message,
    MessageText,
    Side,
    TalkState,
)
from shop.conversations.selectors import in_scope
from shop.conversations.transitions import CONVERSATION
from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.selectors import files_of
from shop.files.services import remove_file, store_file
from shop.journal.services import record as journal
from shop.outbox.services import append

#: How shop.files knows whose photos they are.
PHOTO_OWNER = "message"
#: So long a supplier may take to answer before the shop does.
ANSWER_WITHIN = dt.timedelta(hours=24)
_UNREAD = {Side.BUYER: "buyer_unread", Side.SUPPLIER: "supplier_unread", Side.STAFF: "staff_unread"}


@dataclass(frozen=True)
class Words:
    """What somebody writes: plain text, photos or both, and the key of the form that sends it."""

    text: str
    key: str
    photos: Sequence["UploadedFile[Any]"] = ()


@transaction.atomic
def start_conversation(*, about: About, words: Words, actor_id: int | None) -> Conversation:
    """The buyer asks, or goes on asking: the subject's conversation is there from now on, open, with the message in it.

    The same form twice writes one message, with other words it is refused. The caller has checked that the buyer
    may ask about it. Raises TalkRefused (required, too_long, photos, limit, resent, erased) and FileRefused; nothing
    is written then.
    """
    text = _checked(words)
    if not hold_open(user_id=about.buyer_id):
        raise TalkRefused(_("Its owner has closed this account for good."), code="erased")
    now = clock.now()
    found, _created = Conversation.objects.get_or_create(
        **about.key,
        defaults={
            "buyer_id": about.buyer_id,
            "supplier_id": about.supplier_id,
            "opened_at": now,
            "last_message_at": now,
            "waiting_since": now,
        },
    )
    return _write(_locked(found.pk, SYSTEM), Side.BUYER, text, words, actor_id)


@transaction.atomic
def write_message(
    *, scope: Scope, conversation_id: int, side: Side, words: Words, actor_id: int
) -> Conversation:
    """The supplier or the shop answers. The same form twice writes one message.

    An answer of the shop takes the conversation over; a supplier's late answer takes it back from a shop that has
    not begun. Raises Conversation.DoesNotExist outside the scope, WrongMove for a closed one, TalkRefused
    (required, too_long, photos, limit, resent) and FileRefused; nothing is written then.
    """
    text = _checked(words)
    return _write(_locked(conversation_id, scope), side, text, words, actor_id)


def mark_read(*, conversation: Conversation, side: Side) -> None:
    """A side has looked at the conversation: it has nothing unread there. Safe to call twice."""
    column = _UNREAD[side]
    if getattr(conversation, column):
        # What has been written since the caller read it is not seen yet.
        as_read = {"pk": conversation.pk, "messages_written": conversation.messages_written}
        Conversation.objects.filter(**as_read).update(**{column: 0})


@transaction.atomic
def close_conversation(*, scope: Scope, conversation_id: int, actor_id: int) -> Conversation:
    """Nothing is left to answer; the buyer opens it again by writing. Journalled. A second call changes nothing.

    Raises Conversation.DoesNotExist outside the scope.
    """
    found = _locked(conversation_id, scope)
    if found.state != TalkState.CLOSED:
        _close(found)
        found.save()
        _journal(found, "conversation.closed", actor_id)
    return found


@transaction.atomic
def hand_to_staff(*, scope: Scope, conversation_id: int, actor_id: int | None) -> Conversation:
    """The shop answers for the supplier from now on: somebody of the staff took it over, or the clock did (None).

    Journalled. A second call changes nothing, but for a person who takes what the clock handed over; the clock
    leaves alone what is answered. Raises Conversation.DoesNotExist outside the scope.
    """
    found = _locked(conversation_id, scope)
    if found.supplier_id is None or found.staff_by is not None:
        return found
    if actor_id is None and (found.staff_since is not None or found.state != TalkState.OPEN):
        return found
    found.staff_unread = max(found.staff_unread, found.supplier_unread)
    found.staff_since = found.staff_since or clock.now()
    found.staff_by = actor_id
    found.save()
    _journal(found, "conversation.handed", actor_id)
    return found


def hand_over_unanswered(*, limit: int = 200) -> int:
    """Hand what suppliers have not answered within a day to the staff, and return how many; a job."""
    late = Conversation.objects.filter(
        state=TalkState.OPEN,
        supplier__isnull=False,
        staff_since=None,
        waiting_since__lt=clock.now() - ANSWER_WITHIN,
    )
    numbers = list(late.order_by("waiting_since").values_list("pk", flat=True)[:limit])
    for pk in numbers:
        hand_to_staff(scope=SYSTEM, conversation_id=pk, actor_id=None)
    return len(numbers)


@transaction.atomic
def forget_person(*, user_id: int) -> int:
    """Erase what was said in the conversations of a person whose account is closed, and return in how many.

    Words and photos of both sides go, open conversations are closed; that there was a conversation, about which
    product or order and when, stays, and so does everything about the orders. For whoever closes an account for
    good, in one transaction with the rest. Safe to call twice. Journalled.
    """
    own = list(lock(Conversation.objects.filter(buyer=user_id, erased_at=None)))
    keys = Message.objects.filter(conversation__in=own).values_list("pk", flat=True)
    for files in files_of(PHOTO_OWNER, map(str, keys)).values():
        for file in files:
            remove_file(file=file, actor_id=None, reason="account closed")
    MessageText.objects.filter(message__conversation__in=own).delete()
    for found in own:
        if found.state != TalkState.CLOSED:
            _close(found)
        found.erased_at = clock.now()
        found.buyer_unread = 0
        found.save()
        _journal(found, "conversation.erased", None)
    return len(own)


def _checked(words: Words) -> str:
    """Return the text as it is stored; refuses what is empty or too much."""
    text = words.text.replace("\r\n", "\n").strip()
    if not text and not words.photos:
        raise TalkRefused(_("Please write something, or add a photo."), code="required", field="text")
    if len(text) > TEXT_LENGTH:
        raise TalkRefused(
            _("At most %(most)d characters fit here.") % {"most": TEXT_LENGTH}, code="too_long", field="text"
        )
    if len(words.photos) > MOST_PHOTOS:
        raise TalkRefused(
            _("At most %(most)d photos, please.") % {"most": MOST_PHOTOS}, code="photos", field="photos"
        )
    return text


def _require_same(found: Conversation, earlier: Message, text: str, words: Words) -> None:
    """Refuse other words under the key of a message that is written: they would be lost unnoticed."""
    if found.erased_at is not None:
        return
    said = MessageText.objects.filter(message=earlier).values_list("text", flat=True).first() or ""
    if (said, earlier.photos) != (text, len(words.photos)):
        raise TalkRefused(
            _(
                "Your message was sent already. To send these words as another message, press the button again."
            ),
            code="resent",
            field="text",
        )


def _write(found: Conversation, side: Side, text: str, words: Words, author_id: int | None) -> Conversation:
    if earlier := found.messages.filter(side=side, key=words.key).first():
        _require_same(found, earlier, text, words)
        return found
    if found.erased_at is not None:
        raise TalkRefused(_("This conversation has ended."), code="erased")
    wanted = TalkState.OPEN if side == Side.BUYER else TalkState.ANSWERED
    if found.state != wanted:
        CONVERSATION.require(found.state, wanted)
    hold_to_limit(found, side=side, author_id=author_id)
    message = Message.objects.create(
        conversation=found,
        number=found.messages_written + 1,
        side=side,
        author_id=author_id,
        key=words.key,
        has_text=bool(text),
        photos=len(words.photos),
        sent_at=clock.now(),
    )
    if text:
        MessageText.objects.create(message=message, text=text)
    for photo in words.photos:
        store_file(
            upload=photo,
            kind=FileKind.PHOTO,
            owner_type=PHOTO_OWNER,
            owner_key=str(message.pk),
            uploaded_by=author_id,
            account=_account(found, side, author_id),
        )
    _take_up(found, message)
    append(
        topic="conversation.written",
        stream=f"conversation:{found.pk}",
        payload={"conversation_id": found.pk, "number": message.number, "side": message.side},
        occurred_at=message.sent_at,
    )
    return found


def _take_up(found: Conversation, message: Message) -> None:
    """Bring the conversation's row to what its last message makes of it."""
    found.messages_written = message.number
    found.last_message_at = message.sent_at
    if message.side == Side.BUYER:
        found.state, found.closed_at = TalkState.OPEN, None
        found.waiting_since = found.waiting_since or message.sent_at
        unread = [Side.SUPPLIER] if found.supplier_id is not None else []
        unread += [Side.STAFF] if found.is_staffs else []
    else:
        found.state, found.waiting_since = TalkState.ANSWERED, None
        unread = [Side.BUYER]
        _settle_who_answers(found, message)
    for side in unread:
        setattr(found, _UNREAD[side], getattr(found, _UNREAD[side]) + 1)
    found.save()


def _settle_who_answers(found: Conversation, message: Message) -> None:
    if message.side == Side.SUPPLIER:
        found.supplier_unread = 0
        if found.staff_by is None:
            found.staff_since, found.staff_unread = None, 0
    else:
        found.staff_unread = 0
        if found.supplier_id is not None:
            found.staff_since = found.staff_since or message.sent_at
            found.staff_by = found.staff_by or message.author_id


def _account(found: Conversation, side: Side, author_id: int | None) -> str:
    """Return whose quota of files the photos take."""
    if side != Side.BUYER:
        # Of this conversation alone: answers are many, and nobody clears them away.
        return f"talk:{side}:{found.pk}"
    return f"talk:user:{author_id}" if author_id is not None else f"talk:order:{found.record_id}"


def _locked(conversation_id: int, scope: Scope) -> Conversation:
    return lock(in_scope(scope).filter(pk=conversation_id)).get()


def _close(found: Conversation) -> None:
    CONVERSATION.require(found.state, TalkState.CLOSED)
    found.state, found.closed_at, found.waiting_since = TalkState.CLOSED, clock.now(), None
    found.supplier_unread = found.staff_unread = 0


def _journal(found: Conversation, action: str, actor_id: int | None) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="conversation",
        object_key=str(found.pk),
        after={"state": str(found.state)},
    )
