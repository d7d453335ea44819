"""The inbox of those who answer, supplier and staff alike: what its lists and a conversation's page show."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from shop.accounts.access import ScopedRequest
from shop.accounts.scope import Scope
from shop.conversations.forms import TalkForm
from shop.conversations.models import Conversation, Side, TalkState
from shop.conversations.people import buyer_label, subject_of
from shop.conversations.selectors import conversations, with_last_words
from shop.conversations.services import write_message
from shop.conversations.thread import Reader, thread_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.listings.presentation import in_language

PAGE_SIZE = 20
TABS = (TalkState.OPEN, TalkState.ANSWERED, TalkState.CLOSED)


def inbox_context(request: ScopedRequest, side: Side) -> dict[str, Any]:
    """Return the list that the address asks for: what waits longest first, else the last written. Three queries.

    Raises Http404 for another list.
    """
    tab = request.GET.get("tab") or TalkState.OPEN
    if tab not in TABS:
        raise Http404
    found = with_last_words(conversations(request.scope)).filter(state=tab)
    order = ("waiting_since", "pk") if tab == TalkState.OPEN else ("-last_message_at", "-pk")
    page = page_of(request, found.order_by(*order), size=PAGE_SIZE)
    return {
        "tab": tab,
        "tabs": [(state.value, state.label) for state in TABS],
        "page_obj": page,
        "rows": inbox_rows(page.object_list, side),
        "query": f"tab={tab}",
        "now": clock.now(),
    }


def inbox_rows(found: Iterable[Any], side: Side) -> list[dict[str, Any]]:
    """Return the rows of shop/conversations/_rows.html. No query."""
    return [
        {
            "pk": talk.pk,
            "who": buyer_label(talk),
            "about": subject_of(talk),
            "supplier": in_language(talk.supplier.name_zh, talk.supplier.name_en) if talk.supplier else "",
            "last_words": talk.last_words,
            "at": talk.last_message_at,
            "waiting_since": talk.waiting_since,
            "is_staffs": talk.is_staffs,
            "unread": talk.staff_unread if side == Side.STAFF else talk.supplier_unread,
        }
        for talk in found
    ]


def talk_in(scope: Scope, pk: int) -> Conversation:
    """Return a conversation of the scope; raises Http404 alike for none and for another's."""
    found = conversations(scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def talk_context(
    request: ScopedRequest, found: Conversation, reader: Reader, form: TalkForm
) -> dict[str, Any]:
    """Return what a conversation's page of those who answer shows. Three queries at most."""
    return {
        "talk": found,
        "buyer": buyer_label(found),
        "about": subject_of(found),
        "product_url": found.product.get_absolute_url() if found.product else "",
        "thread": thread_of(request, found, reader),
        "form": form,
        "now": clock.now(),
    }


def answered(
    request: ScopedRequest, found: Conversation, side: Side, form: TalkForm, address: str
) -> HttpResponse | None:
    """Write what a form holds and lead back to the page; None where something is refused, which the form tells."""
    if not form.is_valid():
        return None
    try:
        write_message(
            scope=request.scope,
            conversation_id=found.pk,
            side=side,
            words=form.words(),
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        form.refuse(refused)
        return None
    return redirect(f"{address}#last")
