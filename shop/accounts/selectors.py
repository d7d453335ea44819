"""Questions about people."""

from shop.accounts.models import User


def is_anothers_email(user_id: int, email: str) -> bool:
    """Say whether a person other than this one has the address, proved or entered by the shop. One query."""
    return User.objects.exclude(pk=user_id).filter(email__iexact=email).exists()
