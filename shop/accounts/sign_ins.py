"""A person's sessions: written down at the login, shown to their owner, ended by their owner."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from shop.accounts.devices import device_name
from shop.accounts.models import SignIn, User
from shop.accounts.services import drop_sessions
from shop.accounts.sessions import SessionStore
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record

#: So many sessions of a person are shown; whoever has more ends them all.
MOST_SHOWN = 50
_AGENT_LENGTH = 200


@dataclass(frozen=True)
class ShownSignIn:
    """A session that is open: `pk` of 0 is the reader's own from before sessions were written down."""

    pk: int
    device: str
    address: str
    begun_at: datetime | None
    is_current: bool


def note_sign_in(*, user_id: int, session_key: str, agent: str, address: str | None) -> SignIn:
    """Write down a session that has just begun. Safe to call twice: the second login in it counts."""
    row, _created = SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user_id": user_id,
            "begun_at": clock.now(),
            "device": agent[:_AGENT_LENGTH],
            "address": address,
        },
    )
    return row


def open_sign_ins(user: User, current_key: str, agent: str, address: str | None) -> list[ShownSignIn]:
    """Return the person's open sessions, the current one first, then the latest. Two queries."""
    rows = list(SignIn.objects.filter(user=user).order_by("-begun_at", "-pk")[:MOST_SHOWN])
    keys = _open_keys(user, [row.session_key for row in rows])
    shown = [
        ShownSignIn(
            pk=row.pk,
            device=device_name(row.device),
            address=row.address or "",
            begun_at=row.begun_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
        if row.session_key in keys
    ]
    if not any(one.is_current for one in shown):
        shown.append(ShownSignIn(0, device_name(agent), address or "", None, is_current=True))
    return sorted(shown, key=lambda one: not one.is_current)


def end_sign_in(*, user_id: int, sign_in_id: int) -> bool:
    """End one session of a person at its next request. False when it is none of theirs, or over (safe twice)."""
    with transaction.atomic():
        row = lock(SignIn.objects.filter(pk=sign_in_id, user_id=user_id)).first()
        if row is None:
            return False
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
        _record(user_id, "accounts.session_ended", {"device": device_name(row.device)})
    return True


def end_other_sign_ins(*, user_id: int, current_key: str) -> int:
    """End every session of a person but one, those too that nobody wrote down; return how many were.

    The caller makes the one that stays fit the person's new session version. Safe to call twice.
    """
    with transaction.atomic():
        others = lock(SignIn.objects.filter(user_id=user_id).exclude(session_key=current_key))
        keys = [row.session_key for row in others]
        Session.objects.filter(session_key__in=keys).delete()
        SignIn.objects.filter(session_key__in=keys).delete()
        drop_sessions(user_id=user_id)
        _record(user_id, "accounts.other_sessions_ended", {"sessions": len(keys)})
    return len(keys)


def sweep_sessions() -> int:
    """Delete sessions that have expired, and what was written down of those that are gone; return how many of these."""
    SessionStore.clear_expired()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    return SignIn.objects.exclude(Exists(alive)).delete()[0]


def _open_keys(user: User, keys: list[str]) -> frozenset[str]:
    """Return those keys whose session would be let in now: not expired, and of the person's present version."""
    fitting = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    found = Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return frozenset(row.session_key for row in found if row.get_decoded().get(HASH_SESSION_KEY) in fitting)


def _record(user_id: int, action: str, after: dict[str, object]) -> None:
    record(actor_id=user_id, action=action, object_type="user", object_key=str(user_id), after=after)
