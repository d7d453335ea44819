"""Notices whose receivers are to be forgotten: once nobody sends them any more, address and words are gone.

Those of closed accounts, the last one among them, and invitations, whose numbers may belong to anybody.
"""

from django.db import transaction
from django.db.models import Q, QuerySet

from shop.accounts.models import User
from shop.core import clock
from shop.core.locks import lock
from shop.notifications.invitation_handlers import KIND as INVITATION
from shop.notifications.models import BuyerNotice, MailboxMessage, NoticeState


def notices_to_forget() -> QuerySet[BuyerNotice]:
    """Return such notices that still have an address; an invitation that was not sent keeps it while it is open."""
    closed = Q(user__closed_at__isnull=False) | Q(record__buyer__closed_at__isnull=False)
    over = Q(state__in=(NoticeState.SENT, NoticeState.STALE)) | Q(good_until__lte=clock.now())
    invited = Q(kind=INVITATION) & over
    return BuyerNotice.objects.filter(closed | invited).exclude(state=NoticeState.PENDING).exclude(address="")


def forget_mailbox(*, user_id: int) -> int:
    """Delete what lies in the mailbox for the number and the address of a person, codes too; return how many.

    For whoever closes an account, while its row still has both. Safe to call twice. What is sent later,
    `forget_notices` deletes.
    """
    person = User.objects.get(pk=user_id)
    own = [address for address in (person.phone, person.email) if address]
    return MailboxMessage.objects.filter(address__in=own).delete()[0]


def forget_notices(*, limit: int = 500) -> int:
    """Take address and words off those notices, the copies in the mailbox too; return off how many. A job.

    Safe to run twice. That something was told, of which kind and when, stays.
    """
    with transaction.atomic():
        found = list(notices_to_forget().order_by("pk").values_list("pk", flat=True)[:limit])
        due = {notice.pk: notice.key for notice in lock(BuyerNotice.objects.filter(pk__in=found))}
        MailboxMessage.objects.filter(notice_key__in=due.values()).delete()
        BuyerNotice.objects.filter(pk__in=due).update(address="", body="", params={}, last_error="")
    return len(due)
