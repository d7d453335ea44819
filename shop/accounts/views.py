"""allauth's pages where they would fail or believe too much, and a person's own sessions."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import EmailView as AllauthEmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from shop.accounts.access import require_login
from shop.accounts.consents import note_consent, texts_to_agree
from shop.accounts.forms import ConsentForm
from shop.accounts.models import User
from shop.accounts.selectors import is_anothers_email
from shop.accounts.sessions import keep_session
from shop.accounts.sign_ins import end_other_sign_ins, end_sign_in, open_sign_ins
from shop.core.addresses import local_address


class EmailView(AllauthEmailView):  # type: ignore[misc]
    """The e-mail addresses of a person; an address logs in only after its link has proved it."""

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        address = self._get_email_address(request)
        if address is None or not address.verified or is_anothers_email(address.user_id, address.email):
            messages.error(request, _("Open the link in the mail we sent you first; it proves the address."))
            return None
        answer: HttpResponse | None = super()._action_primary(request, *args, **kwargs)
        return answer


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def sign_ins(request: HttpRequest) -> HttpResponse:
    """Show where the person is signed in; a POST ends the session `end`, or with `end_others` all but this one."""
    user, adapter = request.user, get_adapter()
    assert isinstance(user, User)
    shown = open_sign_ins(
        user,
        request.session.session_key or "",
        adapter.get_http_user_agent(request),
        adapter.address_of(request),
    )
    if request.method == "POST":
        if "end_others" in request.POST:
            _end_others(request, user)
        else:
            others = {str(one.pk): one.pk for one in shown if not one.is_current}
            _end(request, user, others.get(request.POST.get("end", ""), 0))
        return redirect("account_sign_ins")
    return render(request, "account/sign_ins.html", {"sign_ins": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def consent(request: HttpRequest) -> HttpResponse:
    """Ask a person to agree to texts that have changed since; a POST writes it down and leads on to `next`."""
    user = request.user
    assert isinstance(user, User)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    target = local_address(request, request.GET.get("next", ""), reverse("storefront:account"))
    if request.method == "POST" and form.is_valid():
        note_consent(user_id=user.pk)
        messages.success(request, _("Thank you. That is written down with today's date."))
        return HttpResponseRedirect(target)
    context = {"form": form, "changed": texts_to_agree(user), "target": target}
    return render(request, "account/consent.html", context, status=422 if form.errors else 200)


def _end(request: HttpRequest, user: User, sign_in_id: int) -> None:
    if end_sign_in(user_id=user.pk, sign_in_id=sign_in_id):
        messages.success(request, _("Ended. That device has to sign in again."))
    else:
        messages.error(request, _("This session is over already."))


def _end_others(request: HttpRequest, user: User) -> None:
    ended = end_other_sign_ins(user_id=user.pk, current_key=request.session.session_key or "")
    keep_session(request)
    text = ngettext(
        "%(count)d other session is ended; only this device is signed in.",
        "%(count)d other sessions are ended; only this device is signed in.",
        ended,
    )
    messages.success(request, text % {"count": ended})
