"""Questions about people."""

import unicodedata
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Concat

from shop.accounts.models import ScopeGrant, User
from shop.accounts.scope import ROLES_WITHOUT_SECOND_FACTOR, Scope

#: So many digits at the end of a phone number are asked for at least.
LAST_DIGITS = 4
#: A mobile number of mainland China without its country code.
MOBILE_DIGITS = 11


def is_anothers_email(user_id: int, email: str) -> bool:
    """Say whether a person other than this one has the address, proved or entered by the shop. One query."""
    return User.objects.exclude(pk=user_id).filter(email__iexact=email).exists()


def has_email(user: User, email: str) -> bool:
    """Say whether the address is the person's: proved by them, or entered by the shop. One query at most."""
    if user.email and user.email.lower() == email.lower():
        return True
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()


def everybody(scope: Scope) -> QuerySet[User]:
    """Return everybody with roles, the newest first; nobody to who does not see the whole shop.

    Each with `has_app`, and `lacks_app` where a role waits for one.
    """
    apps = Authenticator.objects.filter(user_id=OuterRef("pk"), type=Authenticator.Type.TOTP)
    needing = ScopeGrant.objects.filter(user_id=OuterRef("pk")).exclude(role__in=ROLES_WITHOUT_SECOND_FACTOR)
    lacking = ExpressionWrapper(Exists(needing) & ~Exists(apps), output_field=BooleanField())
    found = (
        User.objects.annotate(has_app=Exists(apps), lacks_app=lacking)
        .prefetch_related(Prefetch("grants", ScopeGrant.objects.order_by("role", "kind", "code")))
        .order_by("-pk")
    )
    return found if scope.everything else found.none()


def found_people(scope: Scope, typed: str) -> QuerySet[User]:
    """Return who fits what was typed; those who hold a role for an empty search.

    Digits are the end of a mobile number (four at least), what holds an @ a part of an e-mail address, anything else
    a part of the name.
    """
    if not typed.strip():
        return everybody(scope).filter(Exists(ScopeGrant.objects.filter(user_id=OuterRef("pk"))))
    return matching(everybody(scope), typed)


def matching(found: QuerySet[User], typed: str) -> QuerySet[User]:
    """Narrow what `everybody` returns to who fits."""
    query = unicodedata.normalize("NFKC", typed).strip()
    plain = "".join(query.split()).replace("-", "").removeprefix("+")
    if plain.isdigit():
        if len(plain) < LAST_DIGITS:
            return found.none()
        return found.filter(phone__endswith=plain.removeprefix("86") if len(plain) > MOBILE_DIGITS else plain)
    if "@" in query:
        return found.filter(email__icontains=query)
    whole = found.annotate(full_name=Concat("last_name", "first_name"))
    return whole.filter(full_name__icontains="".join(query.split()))


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of these people; one who has left the list is absent. One query."""
    found = User.objects.filter(pk__in={pk for pk in user_ids if pk}).only("pk", "last_name", "first_name")
    return {person.pk: str(person) for person in found}
