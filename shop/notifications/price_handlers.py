"""Who is told of asked prices: the supplier that is waited for, the unit of what it was answered, each of the end."""

from django.urls import reverse

from shop.accounts.models import User
from shop.buyers.models import MemberRole
from shop.core.addresses import absolute
from shop.notifications.services import write_supplier_notice
from shop.notifications.unit_handlers import members, tell
from shop.outbox.events import Event
from shop.procurement.price_models import UNANSWERED, PriceRequest, PriceSide


def notify_supplier_of_asking(event: Event) -> None:
    """On `price.asked` and `price.countered`, while it is not answered; what is asked of the shop is staff's work."""
    asked = _asked(event)
    if asked.state in UNANSWERED and asked.revisions == event.payload["revision"]:
        _tell_supplier(event, asked, "supplier_price_asked")


def notify_supplier_of_end(event: Event) -> None:
    """On `price.accepted` and `price.refused` by the unit."""
    if event.payload["side"] == PriceSide.UNIT:
        _tell_supplier(event, _asked(event), "supplier_price_ended")


def notify_unit_of_answer(event: Event) -> None:
    """On `price.offered`, and on `price.accepted` and `price.refused` by who was asked: the buyers of the unit.

    Of an offer that has been followed by another one nobody is told any more.
    """
    asked = _asked(event)
    if event.payload["side"] == PriceSide.UNIT or asked.revisions != event.payload["revision"]:
        return
    people: list[User] = members(asked.organisation_id, but=0, roles=[MemberRole.BUYER])
    who_asked = [person for person in people if person.pk == asked.asked_by]
    url = absolute(reverse("prices:price", args=[asked.number]))
    context = {"request": asked, "what": event.topic.removeprefix("price.")}
    # Whoever asked; the unit's other buyers where that person no longer is one.
    tell(event, "unit_price_answered", who_asked or people, url, **context)


def _tell_supplier(event: Event, asked: PriceRequest, kind: str) -> None:
    if asked.supplier is None:
        return
    facts = {
        "number": asked.number,
        "unit": asked.organisation.name,
        "path": reverse("prices:supplier_price", args=[asked.number]),
        "what": event.topic.removeprefix("price."),
        "note": asked.end_note,
    }
    write_supplier_notice(
        key=f"{event.event_id}:{kind}", kind=kind, record=None, supplier=asked.supplier, facts=facts
    )


def _asked(event: Event) -> PriceRequest:
    found = PriceRequest.objects.select_related("organisation", "supplier")
    return found.get(pk=event.payload["price_request_id"])
