"""The second factor of a person: a code is good once, a change ends sessions and stands in the journal.

The rows are allauth's (`mfa.Authenticator`); secrets are encrypted in them and never in the journal.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shop.accounts import totp
from shop.accounts.models import User
from shop.accounts.services import drop_sessions
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record

_APP, _CODES = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


def has_second_factor(user_id: int) -> bool:
    """Say whether the person has an authenticator app. One query."""
    return Authenticator.objects.filter(user_id=user_id, type=_APP).exists()


def spend_code(*, user_id: int, typed: str) -> Authenticator | None:
    """Take a code of the person's app, or one of their recovery codes; None when it fits neither.

    A code is good once, by the database: whoever looks over a shoulder comes too late. Only the demonstration
    logins, which people share, may use one again. The use of a recovery code is journalled.
    """
    plain = totp.plain_code(typed)
    with transaction.atomic():
        held = lock(Authenticator.objects.filter(user_id=user_id, type__in=(_APP, _CODES)))
        rows = {row.type: row for row in held}
        if _APP not in rows:
            return None
        if _spend_step(rows[_APP], plain):
            return rows[_APP]
        if _CODES in rows and rows[_CODES].wrap().validate_code(plain):
            _record(user_id, user_id, "recovery_code_used")
            return rows[_CODES]
    return None


def give_second_factor(*, user_id: int, secret: str, actor_id: int | None) -> bool:
    """Let a known secret be the person's app: demonstration logins. False when they have one (safe twice)."""
    with transaction.atomic():
        _row, created = Authenticator.objects.get_or_create(
            user_id=user_id, type=_APP, defaults={"data": {"secret": encrypt(secret)}}
        )
        if created:
            drop_sessions(user_id=user_id)
            _record(actor_id, user_id, "second_factor_set_up")
    return created


def note_set_up(*, user_id: int, step: int) -> None:
    """Finish a set-up in its own transaction: the code just typed is spent, sessions end, the journal knows."""
    row = lock(Authenticator.objects.filter(user_id=user_id, type=_APP)).get()
    row.data["last_step"] = step
    row.save(update_fields=["data"])
    drop_sessions(user_id=user_id)
    _record(user_id, user_id, "second_factor_set_up")


def note_removed(*, user_id: int) -> None:
    """Finish a person's own removal in its own transaction: sessions end, the journal knows."""
    drop_sessions(user_id=user_id)
    _record(user_id, user_id, "second_factor_removed")


def note_new_codes(*, user_id: int) -> None:
    """Tell the journal that a person has new recovery codes; call it in the transaction that made them."""
    _record(user_id, user_id, "recovery_codes_made")


def reset_second_factor(*, user_id: int, actor_id: int | None, reason: str) -> bool:
    """Take a person's app and recovery codes away: they log in and set up a new one before anything else.

    Their sessions end. False when there was none (safe twice). Raises ShopError without a reason, and for
    oneself: a stolen session must not free itself of the factor.
    """
    if not reason.strip():
        raise ShopError(_("Say why the second factor is reset."), code="reason_missing", field="reason")
    if actor_id == user_id:
        raise ShopError(_("Nobody resets their own second factor. Ask a colleague."), code="own_factor")
    with transaction.atomic():
        held = lock(Authenticator.objects.filter(user_id=user_id))
        kinds = sorted(held.values_list("type", flat=True))
        if not kinds:
            return False
        Authenticator.objects.filter(user_id=user_id).delete()
        drop_sessions(user_id=user_id)
        record(
            actor_id=actor_id,
            action="accounts.second_factor_reset",
            object_type="user",
            object_key=str(user_id),
            before={"factors": kinds},
            after={"factors": []},
            reason=reason.strip(),
        )
    return True


def demo_code(user: User) -> str:
    """Return the code that fits a demonstration login now; "" for everybody else. One query at most."""
    if not settings.SHOP_DEMO:
        return ""
    row = Authenticator.objects.filter(user_id=user.pk, type=_APP).first()
    if row is None or decrypt(row.data["secret"]) != totp.DEMO_SECRET:
        return ""
    return totp.code_at(totp.DEMO_SECRET, clock.now().timestamp())


def _spend_step(row: Authenticator, plain: str) -> bool:
    secret = decrypt(row.data["secret"])
    if secret == totp.DEMO_SECRET and not settings.SHOP_DEMO:
        return False
    steps = list(totp.matching_steps(secret, plain, clock.now().timestamp()))
    if secret == totp.DEMO_SECRET:
        return bool(steps)
    fresh = [step for step in steps if step > row.data.get("last_step", 0)]
    if not fresh:
        return False
    row.data["last_step"] = fresh[-1]
    row.save(update_fields=["data"])
    return True


def _record(actor_id: int | None, user_id: int, what: str) -> None:
    record(actor_id=actor_id, action=f"accounts.{what}", object_type="user", object_key=str(user_id))
