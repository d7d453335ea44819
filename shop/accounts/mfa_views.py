"""allauth's pages of the second factor: every change is journalled and ends the person's other sessions."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect

from shop.accounts.access import require_login
from shop.accounts.mfa_forms import SetUpForm
from shop.accounts.second_factor import demo_code, note_new_codes, note_removed, note_set_up
from shop.accounts.sessions import keep_session


class CodeView(AuthenticateView):  # type: ignore[misc]
    """The code that follows the password."""

    def _build_forms(self) -> Form:
        # allauth's takes a form without a code for a security key, which nobody here has.
        sent = self.request.POST if self.request.method == "POST" else None
        self.webauthn_form = None
        self.auth_form: Form = self.get_form_class()(user=self.stage.login.user, data=sent)
        return self.auth_form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the code of a demonstration login."""
        return super().get_context_data(**kwargs) | {"demo_code": demo_code(self.stage.login.user)}


class ConfirmView(ReauthenticateView):  # type: ignore[misc]
    """The code that comes before a change."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the code of a demonstration login."""
        return super().get_context_data(**kwargs) | {"demo_code": demo_code(self.request.user)}


class SetUpView(ActivateTOTPView):  # type: ignore[misc]
    """Scan, type the first code, done."""

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        """Keep the app; only this session lives on."""
        try:
            with transaction.atomic():
                response: HttpResponse = super().form_valid(form)
                note_set_up(user_id=form.user.pk, step=form.step)
        except IntegrityError:  # The form was sent twice at once: the other one has set it up.
            return redirect("mfa_index")
        keep_session(self.request)
        record_authentication(self.request, form.user, "mfa", type="totp", reauthenticated=True)
        return response


class RemoveView(DeactivateTOTPView):  # type: ignore[misc]
    """Take the app off, to set up another."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Remove it; only this session lives on."""
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            note_removed(user_id=self.request.user.pk)
        keep_session(self.request)
        return response


class NewCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes in the place of the old."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Make them and tell the journal."""
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            note_new_codes(user_id=self.request.user.pk)
        return response


code = CodeView.as_view()
confirm = require_login(ConfirmView.as_view())
overview = require_login(IndexView.as_view())
set_up = require_login(SetUpView.as_view())
remove = require_login(RemoveView.as_view())
codes = require_login(ViewRecoveryCodesView.as_view())
new_codes = require_login(NewCodesView.as_view())
