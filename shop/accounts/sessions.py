"""Where sessions are kept: Django's table, and beside it whose each one is (`SignIn`)."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from shop.accounts.models import SignIn, User


class SessionStore(db.SessionStore):
    """Django's store; a session that gets another key stays the same sign-in."""

    def _get_new_session_key(self) -> str:
        """Return a random key without asking whether it is taken: `create` writes it, or takes another one."""
        return get_random_string(32, VALID_KEY_CHARS)

    def cycle_key(self) -> None:
        """Change the key. A query more, at a login and at a change of what proves a person."""
        before = self.session_key
        super().cycle_key()
        if before:
            SignIn.objects.filter(session_key=before).update(session_key=self.session_key)


def keep_session(request: HttpRequest) -> None:
    """Let the session of this request, of all the person's, go on after `drop_sessions`."""
    user = request.user
    assert isinstance(user, User)
    user.refresh_from_db(fields=["session_version"])
    update_session_auth_hash(request, user)
