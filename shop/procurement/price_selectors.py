"""What of the asked prices a caller may read."""

import datetime as dt

from django.db.models import Count, Prefetch, Q, QuerySet

from shop.accounts.scope import Scope
from shop.procurement.price_models import (
    UNANSWERED,
    PriceOffer,
    PriceOfferLine,
    PriceRequest,
    PriceRequestLine,
    PriceSide,
    PriceState,
)


def side_of(scope: Scope) -> PriceSide:
    """Return for whom the holder of a scope speaks."""
    if scope.everything:
        return PriceSide.STAFF
    return PriceSide.SUPPLIER if scope.suppliers else PriceSide.UNIT


def price_requests(scope: Scope) -> QuerySet[PriceRequest]:
    """Return the asked prices of the scope's units or suppliers, the latest first."""
    found = PriceRequest.objects.select_related("organisation", "supplier").order_by("-asked_at", "-pk")
    if scope.everything:
        return found
    return found.filter(Q(organisation__code__in=scope.organisations) | Q(supplier__code__in=scope.suppliers))


def to_answer(scope: Scope) -> QuerySet[PriceRequest]:
    """Return what the staff is asked and has not answered, the longest waiting first; to those who see everything."""
    if not scope.everything:
        return PriceRequest.objects.none()
    found = PriceRequest.objects.filter(supplier=None, state__in=UNANSWERED)
    return found.order_by("waiting_since", "pk")


def state_counts(found: QuerySet[PriceRequest]) -> dict[str, int]:
    """Return how many of the requests are in each state. One query."""
    rows = PriceRequest.objects.filter(pk__in=found.order_by().values("pk")).values_list("state")
    counts = dict(rows.annotate(number=Count("pk")).order_by("state"))
    return {state: counts.get(state, 0) for state in PriceState.values}


def asked_lines(request_ids: list[int]) -> dict[int, list[PriceRequestLine]]:
    """Return the goods of requests by its id, in the order they were asked. One query."""
    found: dict[int, list[PriceRequestLine]] = {pk: [] for pk in request_ids}
    lines = PriceRequestLine.objects.filter(request__in=request_ids)
    for line in lines.select_related("product").order_by("pk"):
        found[line.request_id].append(line)
    return found


def offers_of(request: PriceRequest) -> list[PriceOffer]:
    """Return every revision with its prices, the first one first. Two queries."""
    lines = PriceOfferLine.objects.order_by("pk")
    return list(
        PriceOffer.objects.filter(request=request)
        .prefetch_related(Prefetch("lines", lines))
        .order_by("revision")
    )


def last_offers(requests: list[PriceRequest]) -> dict[int, PriceOffer]:
    """Return the last offer of each of the requests that has one, by the request's id, with prices. Two queries."""
    wanted = Q(pk=None)
    for request in requests:
        wanted |= Q(request=request, revision=request.revisions)
    lines = PriceOfferLine.objects.order_by("pk")
    found = PriceOffer.objects.filter(wanted).prefetch_related(Prefetch("lines", lines))
    return {offer.request_id: offer for offer in found}


def holds(offer: PriceOffer, now: dt.datetime) -> bool:
    """Say whether an offer still holds at a moment."""
    return now < offer.valid_until
