"""allauth's adapter: how it finds people by phone and where its codes go."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.accounts.challenge import note_text
from shop.accounts.consents import note_consent, texts_to_agree
from shop.accounts.devices import known_device, remember_device
from shop.accounts.forms import PhoneField
from shop.accounts.models import User
from shop.accounts.phones import masked_phone
from shop.accounts.ports import TextMessage, TextsUnavailable, send_text
from shop.accounts.second_factor import has_second_factor
from shop.accounts.selectors import is_anothers_email
from shop.accounts.sign_ins import note_sign_in
from shop.core import clock
from shop.journal.services import record


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signs people in by phone or e-mail."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is not right."),
        "phone_password_mismatch": gettext_lazy("The mobile number or the password is not right."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait five minutes, then try again."),
        "incorrect_code": gettext_lazy("The code is not right."),
        "rate_limited": gettext_lazy("Too many requests. Wait a minute, then try again."),
    }

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Return the field that takes numbers as people here type them."""
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the user's number and whether it is verified."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store the number. Raises IntegrityError when another person has it."""
        before = user.phone
        user.phone, user.phone_verified = phone, verified
        with transaction.atomic():
            user.save(update_fields=["phone", "phone_verified"])
            if before not in (None, phone):
                record(
                    actor_id=user.pk,
                    action="accounts.phone_set",
                    object_type="user",
                    object_key=str(user.pk),
                    before={"phone": masked_phone(before)},
                    after={"phone": masked_phone(phone)},
                )

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Store the number as verified.

        Whoever proves an unverified number by logging in with a code may not be the person who signed up
        with it: a password set before the proof is dropped, a WeChat too, so that nobody can lie in wait with them.
        """
        if not user.phone_verified and not self._proves_own_signup():
            user.set_unusable_password()
            user.save(update_fields=["password"])
            SocialAccount.objects.filter(user=user).delete()
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the person with this number (E.164)."""
        return User.objects.filter(phone=phone).first()

    def new_user(self, request: HttpRequest) -> User:
        """Return a person not yet stored."""
        return User()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store who signed up. The number goes in at once: a person has a phone or an e-mail address."""
        user.phone = form.cleaned_data.get("phone")
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if form.cleaned_data.get("agreed"):
                note_consent(user_id=saved.pk)
        return saved

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Send a login or verification code."""
        text = _("Your code is %(code)s. It is good for a few minutes. Tell it to nobody.") % {"code": code}
        _send(TextMessage(phone=phone, text=text, kind="login_code", params={"code": code}))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark an address as proved; refuse one that the shop keeps for another person."""
        if is_anothers_email(email_address.user_id, email_address.email):
            texts = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, texts, {"email": email_address.email})
            return False
        return bool(super().confirm_email(request, email_address))

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Tell a number without an account, so that the page need not tell anyone else."""
        text = _("Somebody asked for a login code for this number. It has no account; you can sign up.")
        _send(TextMessage(phone=phone, text=text, kind="no_account"))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell a number that signed up again, so that the page need not tell anyone else."""
        text = _("This number has an account already. Log in with a code instead of signing up.")
        _send(TextMessage(phone=phone, text=text, kind="account_exists"))

    def set_password(self, user: User, password: str) -> None:
        """Store a password that its owner chose: sessions end, but for the one that chose it. Journalled."""
        user.set_password(password)
        with transaction.atomic():
            # Nothing else of the row: it may have changed since it was read.
            user.save(update_fields=["password"])
            record(
                actor_id=user.pk, action="accounts.password_set", object_type="user", object_key=str(user.pk)
            )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Say whether a change of the second factor needs another proof: not within minutes of the login."""
        return bool(super().is_reauthentication_required(app=app, **kwargs)) and not self._just_proved()

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return how a person proves who they are: whoever has a second factor by that, never by the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] == "mfa_reauthenticate"]
        return factors or methods

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session and write down whose it is, since when and from where."""
        super().login(request, user)
        if request.session.session_key is None:
            request.session.save()
        note_sign_in(
            user_id=user.pk,
            session_key=request.session.session_key or "",
            agent=self.get_http_user_agent(request),
            address=self.address_of(request),
        )

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Lead on - where a text has changed, over the page that asks for it - and know this browser again."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if texts_to_agree(user):
            target = urlencode({"next": response.get("Location", "")})
            response = redirect(f"{reverse('account_consent')}?{target}")
        remember_device(request, response, user)
        return response

    def address_of(self, request: HttpRequest) -> str | None:
        """Return where a request comes from, None where that cannot be told."""
        try:
            return str(ip_address(self.get_client_ip(request)))
        except (PermissionDenied, ValueError):
            return None

    def _just_proved(self) -> bool:
        user = context.request.user
        wanted = {"mfa"} if has_second_factor(user.pk) else {"mfa", "password", "code"}
        proofs = [
            proof for proof in get_authentication_records(context.request, user) if proof["method"] in wanted
        ]
        age = clock.now().timestamp() - proofs[-1]["at"] if proofs else app_settings.REAUTHENTICATION_TIMEOUT
        return bool(age < app_settings.REAUTHENTICATION_TIMEOUT)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts failed logins by e-mail only: without this every phone would share one counter.
        login = str(credentials.get("phone") or credentials.get("email") or "")
        if "phone" in credentials and "email" not in credentials:
            account = f"phone:{login}"
        else:
            account = str(super()._get_login_attempts_cache_key(request, **credentials))
        # Whoever guesses elsewhere does not use up the attempts of a browser that its owner knows.
        device = known_device(request, login)
        return f"{account}:{device}" if device else account

    @staticmethod
    def _proves_own_signup() -> bool:
        match = context.request.resolver_match
        return match is not None and match.url_name == "account_verify_phone"


def _send(message: TextMessage) -> None:
    """Send a text, or lead back to the login with a word: the same whether the number has an account or not.

    A login with a password gets here too when the number was never proved.
    """
    note_text(context.request, message.phone)
    try:
        send_text(message)
    except TextsUnavailable as refused:
        messages.error(context.request, str(refused))
        raise ImmediateHttpResponse(redirect("account_login")) from refused
