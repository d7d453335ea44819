"""The staff's inbox: every conversation, of a county's liaison those of its suppliers; auditors only read."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.scope import Scope, scope_of
from shop.conversations.forms import TalkForm
from shop.conversations.inbox import answered, inbox_context, talk_context, talk_in
from shop.conversations.models import Side
from shop.conversations.selectors import conversations
from shop.conversations.services import close_conversation, hand_to_staff
from shop.conversations.thread import Reader, is_poll, poll_answer

ANSWERERS = (Role.STAFF, Role.LIAISON)
READERS = (*ANSWERERS, Role.AUDITOR)


@require_GET
@require_roles(*READERS)
def inbox(request: ScopedRequest) -> HttpResponse:
    """What buyers ask: unanswered, answered, closed."""
    return render(request, "shop/operations/talks.html", inbox_context(request, Side.STAFF))


@require_http_methods(["GET", "POST"])
@require_roles(*READERS)
def talk(request: ScopedRequest, pk: int) -> HttpResponse:
    """Read one conversation; who may answer answers, and takes it over by that."""
    found = talk_in(request.scope, pk)
    may_answer = conversations(_answering(request)).filter(pk=pk).exists()
    # An auditor who looks leaves what the staff has not read unread.
    reader = Reader(Side.STAFF, request.user.pk, marks=may_answer)
    if is_poll(request):
        return poll_answer(request, found, reader)
    form = TalkForm(request.POST, request.FILES) if request.method == "POST" else TalkForm()
    if request.method == "POST":
        if not may_answer:
            raise Http404
        sent = answered(request, found, Side.STAFF, form, reverse("operations:talk", args=[pk]))
        if sent is not None:
            return sent
    context = talk_context(request, found, reader, form) | {"may_answer": may_answer}
    return render(request, "shop/operations/talk.html", context, status=422 if form.errors else 200)


@require_POST
@require_roles(*ANSWERERS)
def take(request: ScopedRequest, pk: int) -> HttpResponse:
    """The shop answers for the supplier from now on; a second press changes nothing."""
    found = talk_in(request.scope, pk)
    hand_to_staff(scope=request.scope, conversation_id=found.pk, actor_id=request.user.pk)
    messages.success(request, _("Taken over. The shop answers from now on."))
    return redirect("operations:talk", pk=pk)


@require_POST
@require_roles(*ANSWERERS)
def close(request: ScopedRequest, pk: int) -> HttpResponse:
    """Nothing is left to answer; a second press changes nothing."""
    found = talk_in(request.scope, pk)
    close_conversation(scope=request.scope, conversation_id=found.pk, actor_id=request.user.pk)
    messages.success(request, _("Closed. The buyer opens it again by writing."))
    return redirect("operations:talks")


def _answering(request: ScopedRequest) -> Scope:
    """Return for which conversations the person may answer. One query."""
    return scope_of(request.user, *ANSWERERS)
