"""Read what was sent."""

from django.db.models import QuerySet

from shop.accounts.scope import Scope
from shop.notifications.models import MailboxMessage


def mailbox_messages(scope: Scope) -> QuerySet[MailboxMessage]:
    """Return the mailbox, newest first, for a scope over everything; nothing for any other."""
    return MailboxMessage.objects.all() if scope.everything else MailboxMessage.objects.none()
