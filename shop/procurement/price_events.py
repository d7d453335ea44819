"""What asked prices tell others: who is waited for, and what was said. Ids only."""

from shop.outbox.services import append
from shop.procurement.price_models import PriceRequest, PriceSide


def tell_price(request: PriceRequest, what: str, side: PriceSide) -> None:
    """Leave `price.<what>` behind: asked, offered, countered, accepted or refused, by a side."""
    append(
        topic=f"price.{what}",
        stream=request.number,
        payload={
            "price_request": request.number,
            "price_request_id": request.pk,
            "organisation_id": request.organisation_id,
            "supplier_id": request.supplier_id,
            "asked_by": request.asked_by,
            "side": str(side),
            "revision": request.revisions,
        },
    )
