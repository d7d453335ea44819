"""allauth's pages where they would fail or believe too much, and a person's own sessions."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import EmailView as AllauthEmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from shop.accounts.access import require_login
from shop.accounts.models import User
from shop.accounts.selectors import is_anothers_email
from shop.accounts.sessions import keep_session
from shop.accounts.sign_ins import end_other_sign_ins, end_sign_in, open_sign_ins


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
