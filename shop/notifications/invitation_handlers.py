"""A mobile number is told that a unit invites whoever has it."""

from django.urls import reverse

from shop.accounts.models import User
from shop.buyers.models import Invitation
from shop.core import clock
from shop.notifications.services import write_text_notice
from shop.outbox.events import Event

KIND = "unit_invitation"


def notify_invited(event: Event) -> None:
    """On `organisation.invited`: the number, by SMS, while the invitation is open; after that it names none.

    The message leads to the page where whoever has proved the number finds their invitations: the link's token is
    kept nowhere.
    """
    found = Invitation.objects.select_related("organisation").get(pk=event.payload["invitation_id"])
    if found.closed_at is not None or found.expires_at <= clock.now():
        return
    write_text_notice(
        key=f"{event.event_id}:{KIND}",
        kind=KIND,
        phone=found.phone,
        user=User.objects.filter(phone=found.phone, is_active=True).first(),
        path=reverse("buyers:join"),
        number=found.organisation.name,
        good_until=found.expires_at,
    )
