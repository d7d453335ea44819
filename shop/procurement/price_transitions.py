"""Which state of asked prices may follow which. docs/states.md is written from this."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.procurement.price_models import OPEN, PriceState

PRICE_REQUEST = StateTable(
    "Asked prices",
    "procurement.PriceRequest.state",
    (
        Move(
            BEGINNING,
            PriceState.ASKED,
            "a unit asks a supplier or the shop",
            ("procurement.ask_price",),
            "price_request.asked",
        ),
        *(
            Move(
                old,
                PriceState.OFFERED,
                "who is asked gives prices",
                ("procurement.offer_price",),
                "price_request.offered",
            )
            for old in OPEN
        ),
        *(
            Move(
                old,
                PriceState.COUNTERED,
                "the unit gives prices of its own",
                ("procurement.counter_price",),
                "price_request.countered",
            )
            for old in (PriceState.OFFERED, PriceState.COUNTERED)
        ),
        *(
            Move(
                old,
                PriceState.ACCEPTED,
                "the other side takes the last offer while it holds",
                ("procurement.accept_price",),
                "price_request.accepted",
            )
            for old in (PriceState.OFFERED, PriceState.COUNTERED)
        ),
        *(
            Move(
                old,
                PriceState.REFUSED,
                "a side ends the talk and says why",
                ("procurement.refuse_price",),
                "price_request.refused",
            )
            for old in OPEN
        ),
        *(
            Move(
                old,
                PriceState.WITHDRAWN,
                "the unit no longer asks",
                ("procurement.withdraw_price",),
                "price_request.withdrawn",
            )
            for old in OPEN
        ),
        *(
            Move(
                old,
                PriceState.EXPIRED,
                "the last offer, or the time for one, is over",
                ("procurement.expire_prices",),
                "price_request.expired",
            )
            for old in OPEN
        ),
    ),
)
TABLES = (PRICE_REQUEST,)
