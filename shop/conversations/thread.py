"""The messages of a conversation as a page shows them, the newest below, thirty at a time."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.conversations.models import Conversation, Message, MessageText, Side, TalkState
from shop.conversations.services import PHOTO_OWNER, mark_read
from shop.files.links import ShownFile, shown
from shop.files.selectors import files_of
from shop.listings.presentation import in_language

PAGE_SIZE = 30
#: Digits of a message's number: what is longer is none.
_LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Reader:
    """Who looks: a side, and the account for whom the photos' addresses are made out (None: a guest).

    With `marks` the side has read what the page shows.
    """

    side: Side
    user_id: int | None
    marks: bool = True


@dataclass(frozen=True)
class Said:
    """One message; `text` is None where its words are erased, "" where there are only photos."""

    number: int
    who: str
    is_mine: bool
    text: str | None
    photos: list[ShownFile]
    at: dt.datetime


@dataclass(frozen=True)
class Thread:
    """A page of messages; `earlier` is the number before which older ones stand, 0 when these are the first."""

    messages: list[Said]
    earlier: int
    is_newest: bool
    poll_url: str


def thread_of(request: HttpRequest, found: Conversation | None, reader: Reader) -> Thread:
    """Return the page of messages that the address asks for (`before`), and mark all as read. Four queries at most."""
    if found is None:
        return Thread([], 0, is_newest=True, poll_url="")
    before = _number(request.GET.get("before", ""))
    rows = Message.objects.filter(conversation=found)
    if before:
        rows = rows.filter(number__lt=before)
    page = list(rows.order_by("-number")[: PAGE_SIZE + 1])
    messages = _said(found, page[:PAGE_SIZE][::-1], reader)
    if reader.marks:
        mark_read(conversation=found, side=reader.side)
    may_poll = not before and found.state != TalkState.CLOSED
    return Thread(
        messages,
        messages[0].number if len(page) > PAGE_SIZE else 0,
        is_newest=not before,
        poll_url=_poll_url(request, found, messages) if may_poll else "",
    )


def is_poll(request: HttpRequest) -> bool:
    """Say whether the page asks only for what is new."""
    return request.GET.get("part") == "thread"


def poll_answer(request: HttpRequest, found: Conversation, reader: Reader) -> HttpResponse:
    """Answer what the page asks every few seconds: the messages as they stand now, or nothing while nothing is new."""
    if _number(request.GET.get("after", "")) == found.messages_written and found.state != TalkState.CLOSED:
        return HttpResponse(status=204)
    context = {"thread": thread_of(request, found, reader)}
    return render(request, "shop/conversations/_thread.html", context)


def _said(found: Conversation, rows: list[Message], reader: Reader) -> list[Said]:
    keys = [row.pk for row in rows]
    texts = dict(MessageText.objects.filter(pk__in=keys).values_list("pk", "text"))
    photos = files_of(PHOTO_OWNER, map(str, keys))
    names = _names(found)
    return [
        Said(
            number=row.number,
            who=pgettext("conversation", "You") if row.side == reader.side else names[row.side],
            is_mine=row.side == reader.side,
            text=texts.get(row.pk) if row.has_text or found.erased_at else "",
            photos=shown(photos.get(str(row.pk), []), user_id=reader.user_id),
            at=row.sent_at,
        )
        for row in rows
    ]


def _names(found: Conversation) -> dict[str, str]:
    supplier = found.supplier
    return {
        Side.BUYER: pgettext("conversation", "Buyer"),
        Side.SUPPLIER: in_language(supplier.name_zh, supplier.name_en) if supplier else "",
        Side.STAFF: _("The shop's customer service"),
    }


def _poll_url(request: HttpRequest, found: Conversation, messages: list[Said]) -> str:
    """Return where the page asks; without a number, and so answered in full, while a photo is being prepared."""
    waits = any(not photo.url and not photo.failed for said in messages for photo in said.photos)
    after = "" if waits else f"&after={found.messages_written}"
    return f"{request.path}?part=thread{after}"


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _LONGEST_NUMBER else 0
