"""The form that closes an account: a proof, and a tick that nobody else has set."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.accounts.proving import Proof

_LABELS = {
    Proof.APP: _("Code of your authenticator app, or a recovery code"),
    Proof.TEXT: _("Code of 6 digits"),
    Proof.PASSWORD: _("Your password"),
    Proof.NONE: _("Code of 6 digits"),
}


class ClosingForm(forms.Form):
    """`proof` is how the person proves who they are."""

    code = forms.CharField(max_length=128, strip=False)
    understood = forms.BooleanField(
        label=_("I have read what is deleted. It cannot be brought back."),
        error_messages={"required": _("Tick this first, please.")},
    )

    def __init__(self, *args: Any, proof: Proof, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proof = proof
        field = self.fields["code"]
        field.label = _LABELS[proof]
        if proof == Proof.PASSWORD:
            field.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        else:
            field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code"})
