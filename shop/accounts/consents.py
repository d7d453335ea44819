"""What people have agreed to: which version of which text, and when. A changed text asks again."""

from django.conf import settings
from django.db import transaction

from shop.accounts.models import Consent, User
from shop.core import clock


def current_versions() -> dict[str, str]:
    """Return the version in force of every text that an account agrees to."""
    return {"privacy": settings.PRIVACY_VERSION, "terms": settings.TERMS_VERSION}


def note_consent(*, user_id: int) -> int:
    """Write down that a person agrees to the texts in force; return how many were new. Safe to call twice."""
    with transaction.atomic():
        agreed = set(Consent.objects.filter(user_id=user_id).values_list("document", "version"))
        missing = [pair for pair in current_versions().items() if pair not in agreed]
        now = clock.now()
        Consent.objects.bulk_create(
            [
                Consent(user_id=user_id, document=name, version=version, given_at=now)
                for name, version in missing
            ],
            ignore_conflicts=True,
        )
    return len(missing)


def texts_to_agree(user: User) -> list[str]:
    """Return which texts have changed since this person agreed to them. One query.

    Whoever never agreed, because the shop itself made the account, is asked for nothing.
    """
    agreed = set(Consent.objects.filter(user=user).values_list("document", "version"))
    return (
        [name for name, version in current_versions().items() if (name, version) not in agreed]
        if agreed
        else []
    )
