"""Questions about people."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress

from shop.accounts.models import User


def is_anothers_email(user_id: int, email: str) -> bool:
    """Say whether a person other than this one has the address, proved or entered by the shop. One query."""
    return User.objects.exclude(pk=user_id).filter(email__iexact=email).exists()


def has_email(user: User, email: str) -> bool:
    """Say whether the address is the person's: proved by them, or entered by the shop. One query at most."""
    if user.email and user.email.lower() == email.lower():
        return True
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of these people; one who has left the list is absent. One query."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={pk for pk in user_ids if pk})}
