"""A fresh proof that it is the person, for what cannot be taken back: the app, a code by text, or the password."""

from enum import StrEnum

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.phone_codes import ask_code, asked_code, spend_phone_code
from shop.accounts.ports import TextsUnavailable, require_texts
from shop.accounts.second_factor import has_second_factor, spend_code
from shop.core.exceptions import ShopError


class Proof(StrEnum):
    """How somebody proves who they are; NONE has nothing to prove it with."""

    APP = "app"
    TEXT = "text"
    PASSWORD = "password"
    NONE = ""


def proof_of(user: User) -> Proof:
    """Return how this person proves it: never by less than what opens their account. One query."""
    if has_second_factor(user.pk):
        return Proof.APP
    if user.phone and _texts_go_out():
        return Proof.TEXT
    return Proof.PASSWORD if user.has_usable_password() else Proof.NONE


def send_proof(request: HttpRequest, *, user: User, purpose: str) -> None:
    """Send the person's own number a code. Raises what `ask_code` raises."""
    ask_code(request, purpose=purpose, phone=user.phone or "", about=str(user.pk))


def is_proof_sent(request: HttpRequest, *, user: User, purpose: str) -> bool:
    """Say whether a code of this person can be typed now."""
    asked = asked_code(request, purpose)
    return asked is not None and asked.about == str(user.pk)


def require_proof(request: HttpRequest, *, user: User, purpose: str, typed: str) -> None:
    """Take the proof that was typed; attempts are counted by person. Raises ShopError (field "code")."""
    way = proof_of(user)
    if way == Proof.TEXT:
        asked = spend_phone_code(request, purpose=purpose, typed=typed)
        fits = asked.about == str(user.pk) and asked.phone == user.phone
    else:
        # The same counter as at the login's second step: guessing here is no way around it.
        usage = ratelimit.consume(
            request, app="allauth.account", action="second_factor", key=f"second-factor:{user.pk}"
        )
        if not usage:
            raise ShopError(
                _("Too many attempts. Wait five minutes, then try again."), code="code_tried", field="code"
            )
        fits = _fits(user, way, typed)
        if fits:
            usage.rollback()
    if not fits:
        text = _("The password is not right.") if way == Proof.PASSWORD else _("The code is not right.")
        raise ShopError(text, code="code_wrong", field="code")


def _fits(user: User, way: Proof, typed: str) -> bool:
    if way == Proof.APP:
        return spend_code(user_id=user.pk, typed=typed) is not None
    return way == Proof.PASSWORD and user.check_password(typed)


def _texts_go_out() -> bool:
    try:
        require_texts()
    except TextsUnavailable:
        return False
    return True
