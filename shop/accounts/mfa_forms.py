"""Forms of the second factor: attempts are counted by person and by address, a code is spent where it is checked."""

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from shop.accounts import totp
from shop.accounts.forms import dress_code
from shop.accounts.models import User
from shop.accounts.second_factor import spend_code
from shop.core import clock


def _counted(user: User) -> Any:
    """Count an attempt and return it, to be taken back. Raises ValidationError when there were too many."""
    usage = ratelimit.consume(
        context.request, app="allauth.account", action="second_factor", key=f"second-factor:{user.pk}"
    )
    if not usage:
        raise get_adapter().validation_error("second_factor_locked")
    return usage


class _CodeForm(forms.Form):
    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self.fields["code"])
        self.fields["code"].label = _("Code of your authenticator app, or a recovery code")

    def clean_code(self) -> str:
        """Spend the code. allauth's own way would forget the failures of an address with every success."""
        usage = _counted(self.user)
        code: str = self.cleaned_data["code"]
        self.authenticator = spend_code(user_id=self.user.pk, typed=code)
        if self.authenticator is None:
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator.user = self.user
        usage.rollback()
        return code


class AuthenticateForm(_CodeForm, base_forms.AuthenticateForm):  # type: ignore[misc]
    """The code that follows the password."""


class ReauthenticateForm(_CodeForm, base_forms.ReauthenticateForm):  # type: ignore[misc]
    """The code that comes before a change of the second factor."""


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""

    user: User
    secret: str
    #: The step of the code that fitted.
    step = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self.fields["code"])

    def clean_code(self) -> str:
        """Return the code when the app that was shown makes it."""
        usage = _counted(self.user)
        code: str = self.cleaned_data["code"]
        steps = list(totp.matching_steps(self.secret, code, clock.now().timestamp()))
        if not steps:
            raise account_adapter().validation_error("incorrect_code")
        self.step = steps[-1]
        usage.rollback()
        return code
