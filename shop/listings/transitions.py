"""Which state an origin claim may follow which. docs/states.md is written from it."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.listings.models import ClaimState

_VERIFY = ("listings.verify_claim",)
_REJECT = ("listings.reject_claim",)
CLAIM = StateTable(
    "Origin claim of a product",
    "listings.ProductOrigin.claim_state",
    (
        Move(
            BEGINNING,
            ClaimState.PENDING,
            "the product is written down",
            ("listings.save_listing",),
            "listing.created",
        ),
        Move(
            BEGINNING,
            ClaimState.VERIFIED,
            "the catalogue's own data, whose sources were compared before",
            ("listings.save_listing",),
            "listing.created",
        ),
        Move(
            ClaimState.PENDING,
            ClaimState.VERIFIED,
            "a person has compared the proof",
            _VERIFY,
            "claim.verified",
        ),
        Move(ClaimState.REJECTED, ClaimState.VERIFIED, "a new proof holds", _VERIFY, "claim.verified"),
        Move(ClaimState.PENDING, ClaimState.REJECTED, "it cannot be proved", _REJECT, "claim.rejected"),
        Move(ClaimState.VERIFIED, ClaimState.REJECTED, "it is found wrong later", _REJECT, "claim.rejected"),
    ),
)
TABLES = (CLAIM,)
