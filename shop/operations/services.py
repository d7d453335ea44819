"""Who looks after what: a person takes a piece of work of the queue, or leaves it to others again."""

from django.db import transaction

from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.operations.models import WorkClaim


def take_work(*, kind: str, key: str, user_id: int) -> WorkClaim:
    """Make a person look after a piece of work, also in the place of another one; journalled.

    Taking one's own again only renews it.
    """
    with transaction.atomic():
        claim, created = lock(WorkClaim.objects.all()).get_or_create(
            kind=kind, key=key, defaults={"user_id": user_id, "taken_at": clock.now()}
        )
        before = None if created else claim.user_id
        if not created:
            claim.user_id, claim.taken_at = user_id, clock.now()
            claim.save(update_fields=["user", "taken_at"])
        if before != user_id:
            _note(kind, key, user_id, "work.taken", before, user_id)
    return claim


def leave_work(*, kind: str, key: str, user_id: int) -> bool:
    """Leave a piece of work to others; False, and nothing is written, when it is not this person's."""
    with transaction.atomic():
        gone, _rows = WorkClaim.objects.filter(kind=kind, key=key, user_id=user_id).delete()
        if gone:
            _note(kind, key, user_id, "work.left", user_id, None)
    return bool(gone)


def _note(kind: str, key: str, actor_id: int, action: str, before: int | None, after: int | None) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="work",
        object_key=f"{kind}:{key}"[:64],
        before={"owner": before},
        after={"owner": after},
    )
