"""Forms of signing in: allauth's, with phone numbers as people here type them."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.core import context
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from shop.accounts import challenge
from shop.accounts.models import User
from shop.accounts.phones import normalise_phone
from shop.accounts.ports import TextsUnavailable, require_texts
from shop.accounts.selectors import has_email
from shop.core.exceptions import ShopError


class PhoneField(forms.CharField):
    """A mobile number; its value is E.164, or None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
        )
        super().__init__(max_length=32, empty_value=None, **kwargs)

    def to_python(self, value: object) -> str | None:
        """Return E.164. Raises ValidationError with a sentence that says what to type."""
        typed = super().to_python(value)
        if typed is None:
            return None
        try:
            return normalise_phone(typed)
        except ShopError as error:
            raise ValidationError(str(error), code=error.code) from error


class TextedPhone:
    """Mixed into a form whose number is sent a code: without a provider that is said at the number."""

    cleaned_data: dict[str, Any]

    def clean_phone(self) -> str:
        """Return the number. Raises ValidationError where nothing can be sent."""
        try:
            require_texts()
        except TextsUnavailable as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        inherited = getattr(super(), "clean_phone", None)
        return str(inherited() if inherited else self.cleaned_data["phone"])


class ChallengedPhone(TextedPhone):
    """Mixed into a form that anybody may send: from the second text on a question has to be answered first."""

    fields: dict[str, forms.Field]
    data: Any
    is_bound: bool
    _errors: Any
    _is_challenged = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound and challenge.is_wanted(context.request):
            self._ask()

    def clean_phone(self) -> str:
        """Return the number; without a right answer nothing is counted against it, let alone sent."""
        phone = self.cleaned_data["phone"] or ""
        self._is_challenged = challenge.is_wanted(context.request, phone)
        typed = [str(self.data.get(name, "")) for name in ("question", "answer")]
        if self._is_challenged and not challenge.is_answered(*typed):
            raise ValidationError(_("Please answer this question first."), code="challenge")
        return super().clean_phone()

    def full_clean(self) -> None:
        """Check, and ask anew where the form comes back: a question is good once."""
        super().full_clean()  # type: ignore[misc]
        if self._errors and (self._is_challenged or challenge.is_wanted(context.request)):
            self._ask()
            if self._errors.get("phone") and self._errors["phone"].as_data()[0].code == "challenge":
                self._errors["answer"] = self._errors.pop("phone")

    def _ask(self) -> None:
        question = challenge.ask()
        self.fields["question"] = forms.CharField(
            widget=forms.HiddenInput, required=False, initial=question.token
        )
        self.fields["answer"] = forms.CharField(
            label=question.text,
            help_text=_("This keeps scripts from flooding a number with texts."),
            max_length=8,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        )
        if self.is_bound:
            self.data = self.data.copy()
            self.data["question"], self.data["answer"] = question.token, ""


class LoginForm(account_forms.LoginForm):  # type: ignore[misc]
    """Log in with a phone number or an e-mail address, and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Mobile number or e-mail")
        self.fields["login"].widget.attrs.update({"placeholder": "", "autocomplete": "username"})
        self.fields["password"].widget.attrs["placeholder"] = ""
        # The way to a new password stands below the form, as a link of its own.
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Keep me logged in on this device")

    def clean_login(self) -> str:
        """Return an e-mail address as typed, or a phone number in E.164."""
        login: str = super().clean_login()
        try:
            validate_email(login)
        except ValidationError:
            try:
                return normalise_phone(login)
            except ShopError as error:
                message = _("Type a mobile number of 11 digits or an e-mail address.")
                raise ValidationError(message, code="login_invalid") from error
        return login


class RequestLoginCodeForm(ChallengedPhone, account_forms.RequestLoginCodeForm):  # type: ignore[misc]
    """Ask for a login code by text message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An e-mail address logs in with its password; a code goes to a phone.
        del self.fields["email"]
        self.fields["phone"].required = True


class ResetPasswordForm(account_forms.ResetPasswordForm):  # type: ignore[misc]
    """Ask for a link that sets a new password, sent to an address that was proved or that the shop entered."""

    users: list[User]

    def clean_email(self) -> str:
        """Keep only people whose address it is: a typed one may be anybody's mailbox."""
        email = str(super().clean_email())
        self.users = [user for user in self.users if has_email(user, email)]
        return email


class ChangePhoneForm(TextedPhone, account_forms.ChangePhoneForm):  # type: ignore[misc]
    """Give another number."""


class ConfirmLoginCodeForm(account_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    """Type the code that was sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self.fields["code"])


class VerifyPhoneForm(account_forms.VerifyPhoneForm):  # type: ignore[misc]
    """Type the code that proves the phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_code(self.fields["code"])


class Agreed(forms.Form):
    """Mixed into a form that makes an account: nobody has ticked it before."""

    agreed = forms.BooleanField(
        label=_("I have read the privacy notice and the terms of purchase and agree to them."),
        error_messages={"required": _("Please read both texts and tick this, then sign up.")},
    )

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Store the person; whoever took the number in this moment is answered for like one who had it before."""
        make: Any = super()
        try:
            with transaction.atomic():
                saved: tuple[User | None, HttpResponse | None] = make.try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            saved = make.try_save(request)
        return saved


class SignupForm(ChallengedPhone, Agreed, account_forms.SignupForm):  # type: ignore[misc]
    """Sign up with a phone number, agreeing to the texts; a password may follow now or never."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("Mobile number")
        self.fields["password1"].help_text = _(
            "Without a password you log in with a code by text message. A password has at least 8 characters."
        )
        self.fields["password1"].widget.attrs["placeholder"] = ""


class WeixinSignupForm(ChallengedPhone, Agreed, SocialSignupForm):  # type: ignore[misc]
    """Sign up coming from WeChat: the number is proved and the texts are agreed to as by everybody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("Mobile number")

    def _get_signup_fields(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        # allauth's form insists on an e-mail field whenever it is told whether one is required.
        kwargs.pop("email_required", None)
        fields: dict[str, Any] = super()._get_signup_fields(kwargs)
        return fields


class ConsentForm(forms.Form):
    """Agree to texts that have changed; nobody has ticked it before."""

    agreed = forms.BooleanField(
        label=_("I have read the privacy notice and the terms of purchase and agree to them."),
        error_messages={"required": _("Please read both texts and tick this, then go on.")},
    )


def dress_code(field: forms.Field) -> None:
    """Label a field for a code, with the right keyboard."""
    field.label = _("Code of 6 digits")
    field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code", "placeholder": ""})
