"""What a unit has agreed with the shop for a request."""

from shop.ordering.deals import Deal
from shop.procurement.agreed_prices import agreed_prices
from shop.procurement.models import PurchaseRequest
from shop.procurement.recipients import destinations_of


def deal_of(request: PurchaseRequest) -> Deal:
    """Return at whose prices a request is quoted and ordered: its unit's lists, and offers that still hold.

    And where its goods go, when there is a list of people. The request comes with its organisation. Two queries at
    most, one more where it comes without its people.
    """
    prices = agreed_prices(request)
    return Deal(
        buyer=request.organisation.code,
        agreed=prices.units,
        valid_until=prices.valid_until,
        destinations=destinations_of(request),
    )
