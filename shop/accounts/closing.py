"""An account that its owner closes: what is left is a code that orders and certificates refer to."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from shop.accounts.models import SignIn, User
from shop.core import clock
from shop.core.locks import held_values, lock
from shop.journal.services import record
from shop.outbox.services import append


def hold_open(*, user_id: int | None) -> bool:
    """Keep an account from being closed until the transaction ends, for whoever writes something of the person.

    False for one that its owner has closed: what is written then would outlive the closing. A guest has none to close.
    To be called before other rows are locked, as closing does. Any number may hold the same account. One query.
    """
    if user_id is None:
        return True
    found = held_values(User.objects.filter(pk=user_id), "closed_at")
    return found == [(None,)]


def forget_person(*, user_id: int) -> bool:
    """Take name, number, addresses, password, WeChat and second factor off a person, and end every session.

    The number is free for a new account, which gets nothing of this one. `account.closed` tells whoever keeps more
    of the person; the journal knows no more than that it happened. False when closed already (safe twice).
    """
    with transaction.atomic():
        person = lock(User.objects.filter(pk=user_id, closed_at=None)).first()
        if person is None:
            return False
        keys = list(SignIn.objects.filter(user_id=user_id).values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        SignIn.objects.filter(user_id=user_id).delete()
        EmailAddress.objects.filter(user_id=user_id).delete()
        Authenticator.objects.filter(user_id=user_id).delete()
        SocialAccount.objects.filter(user_id=user_id).delete()
        person.set_unusable_password()
        User.objects.filter(pk=user_id).update(
            phone=None,
            phone_verified=False,
            email=None,
            first_name="",
            last_name="",
            password=person.password,
            last_login=None,
            is_active=False,
            session_version=F("session_version") + 1,
            closed_at=clock.now(),
        )
        record(
            actor_id=user_id,
            action="accounts.closed_by_owner",
            object_type="user",
            object_key=str(user_id),
            before={"is_active": True},
            after={"is_active": False},
        )
        append(topic="account.closed", stream=f"user:{user_id}", payload={"user_id": user_id})
    return True
