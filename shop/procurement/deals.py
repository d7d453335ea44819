"""What a unit has agreed with the shop for a request."""

from shop.ordering.deals import Deal
from shop.procurement.models import PurchaseRequest


def deal_of(request: PurchaseRequest) -> Deal:
    """Return at whose prices a request is quoted and ordered. The request comes with its organisation."""
    return Deal(buyer=request.organisation.code)
