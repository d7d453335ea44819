"""Change people and what they may see. Every change is in the journal, a password never."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.phones import masked_phone, normalise_phone
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record


def save_user(
    *,
    actor_id: int | None,
    user_id: int | None = None,
    phone: str | None = None,
    email: str | None = None,
    last_name: str = "",
    first_name: str = "",
    password: str | None = None,
    phone_verified: bool = False,
    is_active: bool = True,
) -> User:
    """Create a person, or set all of these fields of an existing one; a password of None is left as it is.

    Raises ShopError naming the field when phone and e-mail are both missing, malformed or another person's,
    or the password is too weak, and for an account that its owner has closed; nothing is written then. Journalled
    when something changed.
    """
    values = _cleaned(phone, email) | {
        "last_name": last_name,
        "first_name": first_name,
        "phone_verified": phone_verified and bool(phone),
        "is_active": is_active,
    }
    with transaction.atomic():
        user = User() if user_id is None else lock(User.objects.filter(pk=user_id)).get()
        if user.closed_at is not None:
            raise ShopError(_("Its owner has closed this account for good."), code="gone")
        before = {name: getattr(user, name) for name in values} if user_id is not None else {}
        for name, value in values.items():
            setattr(user, name, value)
        new_password = password is not None and not (user.pk and user.check_password(password))
        if new_password:
            _set_password(user, password)
        elif user_id is None:
            user.set_unusable_password()
        if before != values or new_password:
            _store(user)
            if user_id is not None and (new_password or not is_active):
                drop_sessions(user_id=user_id)
            after = _trace(values) | {"password_set": new_password}
            _record(actor_id, "accounts.save_user", user.pk, _trace(before), after)
    return user


def grant_role(
    *,
    user_id: int,
    role: Role,
    kind: ScopeKind = ScopeKind.ALL,
    code: str = "",
    actor_id: int | None,
    reason: str = "",
) -> bool:
    """Give a person a role over everything, or over one region, supplier or organisation.

    Their sessions end. False when they hold it already (safe twice). Raises ShopError when the code does not fit
    the kind, and when people would raise themselves.
    """
    if (kind == ScopeKind.ALL) != (code == ""):
        raise ShopError(
            _("A role is over everything, or names what it is over."), code="grant_code", field="code"
        )
    if actor_id == user_id:
        raise ShopError(_("Nobody gives a role to themselves. Ask a colleague."), code="own_role")
    with transaction.atomic():
        _row, created = ScopeGrant.objects.get_or_create(user_id=user_id, role=role, kind=kind, code=code)
        if created:
            drop_sessions(user_id=user_id)
            _record(actor_id, "accounts.grant_role", user_id, {}, _grant(role, kind, code), reason)
    return created


def revoke_role(
    *,
    user_id: int,
    role: Role,
    kind: ScopeKind = ScopeKind.ALL,
    code: str = "",
    actor_id: int | None,
    reason: str = "",
) -> bool:
    """Take a role away: the next request is refused, sessions end. False when they did not hold it (safe twice)."""
    with transaction.atomic():
        removed, _rows = ScopeGrant.objects.filter(user_id=user_id, role=role, kind=kind, code=code).delete()
        if removed:
            drop_sessions(user_id=user_id)
            _record(actor_id, "accounts.revoke_role", user_id, _grant(role, kind, code), {}, reason)
    return bool(removed)


def drop_sessions(*, user_id: int) -> None:
    """End every session of a person at its next request; call it in the transaction of the change that asks for it."""
    User.objects.filter(pk=user_id).update(session_version=F("session_version") + 1)


def _record(
    actor_id: int | None,
    action: str,
    user_id: int,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> None:
    record(
        actor_id=actor_id,
        action=action,
        object_type="user",
        object_key=str(user_id),
        before=before,
        after=after,
        reason=reason,
    )


def unbind_weixin(*, user_id: int) -> bool:
    """Take a person's WeChat off the account. Journalled. False when none is bound (safe twice)."""
    with transaction.atomic():
        gone, _kinds = SocialAccount.objects.filter(user_id=user_id).delete()
        if gone:
            record(
                actor_id=user_id,
                action="accounts.wechat_unbound",
                object_type="user",
                object_key=str(user_id),
            )
    return bool(gone)


def _grant(role: Role, kind: ScopeKind, code: str) -> dict[str, Any]:
    return {"role": str(role), "kind": str(kind), "code": code}


def _cleaned(phone: str | None, email: str | None) -> dict[str, Any]:
    if not phone and not email:
        raise ShopError(
            _("A person needs a mobile number or an e-mail address."), code="no_login", field="phone"
        )
    return {"phone": normalise_phone(phone) if phone else None, "email": _email(email) if email else None}


def _trace(values: dict[str, Any]) -> dict[str, Any]:
    # The journal can never be changed, so it holds no phone number and no address of a person who may leave.
    shown = {name: value for name, value in values.items() if name in ("phone_verified", "is_active")}
    if values.get("phone"):
        shown["phone"] = masked_phone(values["phone"])
    return shown | ({"email": "set" if values["email"] else ""} if "email" in values else {})


def _email(typed: str) -> str:
    # allauth looks people up in lower case, so that is how addresses are stored.
    email = typed.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ShopError(_("This is not an e-mail address."), code="email_invalid", field="email") from error
    return email


def _set_password(user: User, password: str | None) -> None:
    try:
        validate_password(password or "", user)
    except ValidationError as error:
        raise ShopError(" ".join(error.messages), code="password_weak", field="password") from error
    user.set_password(password)


def _store(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    for name, message in (
        ("phone", _("Another person has this mobile number.")),
        ("email", _("Another person has this e-mail address.")),
    ):
        value = getattr(user, name)
        if value is not None and others.filter(**{name: value}).exists():
            raise ShopError(message, code=f"{name}_taken", field=name)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # Somebody took it between the look and the write.
        message = _("Another person has this mobile number or e-mail address.")
        raise ShopError(message, code="login_taken", field="phone") from error
