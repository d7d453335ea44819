"""The supplier's inbox on the phone: its own conversations only, whatever address is asked for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.conversations.forms import TalkForm
from shop.conversations.inbox import answered, inbox_context, talk_context, talk_in
from shop.conversations.models import Side
from shop.conversations.services import close_conversation
from shop.conversations.thread import Reader, is_poll, poll_answer
from shop.suppliers.frame import frame


@require_GET
@require_roles(Role.SUPPLIER)
def inbox(request: ScopedRequest) -> HttpResponse:
    """What buyers ask: unanswered, answered, closed."""
    context = frame(request, "messages") | inbox_context(request, Side.SUPPLIER)
    return render(request, "shop/conversations/inbox.html", context)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def talk(request: ScopedRequest, pk: int) -> HttpResponse:
    """Read one conversation and answer."""
    found = talk_in(request.scope, pk)
    reader = Reader(Side.SUPPLIER, request.user.pk)
    if is_poll(request):
        return poll_answer(request, found, reader)
    form = TalkForm(request.POST, request.FILES) if request.method == "POST" else TalkForm()
    if request.method == "POST":
        address = reverse("conversations:talk", args=[pk])
        sent = answered(request, found, Side.SUPPLIER, form, address)
        if sent is not None:
            return sent
    context = frame(request, "messages") | talk_context(request, found, reader, form)
    return render(request, "shop/conversations/talk.html", context, status=422 if form.errors else 200)


@require_POST
@require_roles(Role.SUPPLIER)
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    """Nothing is left to answer; a second press changes nothing."""
    found = talk_in(request.scope, pk)
    close_conversation(scope=request.scope, conversation_id=found.pk, actor_id=request.user.pk)
    messages.success(request, _("Closed. The buyer opens it again by writing."))
    return redirect("conversations:inbox")
