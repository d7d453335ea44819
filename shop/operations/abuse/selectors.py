"""Signs of abuse as staff read them."""

from django.db.models import QuerySet

from shop.accounts.scope import Scope
from shop.operations.abuse_models import AbuseFinding, AbuseState


def findings(scope: Scope) -> QuerySet[AbuseFinding]:
    """Return every finding, the latest first; only for a scope over everything."""
    found = AbuseFinding.objects.select_related("organisation", "supplier", "record")
    return (found if scope.everything else found.none()).order_by("-found_at", "-pk")


def to_judge(scope: Scope) -> QuerySet[AbuseFinding]:
    """Return what nobody has judged, as work of the staff."""
    return findings(scope).filter(state=AbuseState.OPEN)


def to_look_at(scope: Scope) -> QuerySet[AbuseFinding]:
    """Return what waits for a second person, as work of the staff."""
    return findings(scope).filter(state=AbuseState.JUDGED)
