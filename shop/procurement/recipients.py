"""Who gets the goods of a request, read: nothing here writes."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.ordering.deals import Destination
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.quote_parts import QuoteLine
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest
from shop.procurement.roster_models import Roster, RosterPerson

#: Of lines that cannot be shared out so many are named.
LINES_TOLD = 5


def roster_of(request: PurchaseRequest) -> Roster | None:
    """Return a request's confirmed people, None where it has one recipient. No query where they were read along."""
    return getattr(request, "roster", None)


def destinations_of(request: PurchaseRequest) -> tuple[Destination, ...]:
    """Return where the goods of a request go in parcels of their own; none for one recipient. One query at most."""
    roster = roster_of(request)
    return tuple(Destination(*row) for row in roster.destinations) if roster else ()


def uneven_words(request: PurchaseRequest, lines: Sequence[QuoteLine]) -> list[str]:
    """Return a sentence for goods that cannot be shared out evenly over the sets of a request's people."""
    roster = roster_of(request)
    if roster is None:
        return []
    uneven = [line for line in lines if line.quantity % roster.sets]
    words = [
        _("“%(product)s”: %(units)d units cannot be shared out evenly over %(sets)d sets; %(next)d can.")
        % {
            "product": line.title,
            "units": line.quantity,
            "sets": roster.sets,
            "next": -(-line.quantity // roster.sets) * roster.sets,
        }
        for line in uneven[:LINES_TOLD]
    ]
    return words + (["…"] if len(uneven) > LINES_TOLD else [])


def require_even(request: PurchaseRequest, lines: Sequence[QuoteLine]) -> None:
    """Raise ProcurementError (uneven) when goods cannot be shared out evenly over a request's people."""
    for words in uneven_words(request, lines):
        raise ProcurementError(words, code="uneven", field="lines")


def people_of(roster: Roster) -> QuerySet[RosterPerson]:
    """Return the people in the order of the list."""
    return RosterPerson.objects.filter(roster=roster).order_by("number")


def set_words(record: OrderRecord, roster: Roster) -> list[str]:
    """Return what one set of an order holds: each of its goods with the units of it. One query."""
    shares = LineShare.objects.filter(record=record).select_related("line").order_by("number")
    return [f"{share.line.title} × {share.units // roster.sets}" for share in shares]
