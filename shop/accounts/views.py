"""allauth's pages where they would fail or believe too much."""

from typing import Any

from allauth.account.views import EmailView as AllauthEmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop.accounts.selectors import is_anothers_email


class EmailView(AllauthEmailView):  # type: ignore[misc]
    """The e-mail addresses of a person; an address logs in only after its link has proved it."""

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        address = self._get_email_address(request)
        if address is None or not address.verified or is_anothers_email(address.user_id, address.email):
            messages.error(request, _("Open the link in the mail we sent you first; it proves the address."))
            return None
        answer: HttpResponse | None = super()._action_primary(request, *args, **kwargs)
        return answer
