"""Questions about people."""

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
