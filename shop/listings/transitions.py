"""Which state may follow which: origin claims, suppliers' proposals, product drafts. docs/states.md comes from them."""

from typing import Any

from shop.core.states import BEGINNING, Move, StateTable
from shop.listings.exceptions import ListingMoved
from shop.listings.models import ClaimState
from shop.listings.supplier_models import DraftState, ProductDraft, Proposal, ProposalState

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

_APPROVE = ("listings.approve_price", "ordering.approve_stock")

PROPOSAL = StateTable(
    "Proposed price or stock",
    "listings.Proposal.state",
    (
        Move(
            BEGINNING,
            ProposalState.OPEN,
            "asked for by the supplier",
            ("listings.propose_price", "ordering.propose_stock"),
            "proposal.opened",
        ),
        Move(
            ProposalState.OPEN,
            ProposalState.APPLIED,
            "approved by another person, and its day has come",
            _APPROVE,
            "proposal.applied",
        ),
        Move(
            ProposalState.OPEN,
            ProposalState.DUE,
            "a price approved by another person for a later day",
            ("listings.approve_price",),
            "proposal.due",
        ),
        Move(
            ProposalState.DUE,
            ProposalState.APPLIED,
            "its day has come",
            ("listings.apply_due_prices",),
            "proposal.applied",
        ),
        Move(
            ProposalState.DUE,
            ProposalState.LAPSED,
            "its day has come, but the price is another one meanwhile",
            ("listings.apply_due_prices",),
            "proposal.lapsed",
        ),
        Move(
            ProposalState.OPEN,
            ProposalState.REFUSED,
            "refused by another person, with a reason",
            ("listings.refuse_proposal",),
            "proposal.refused",
        ),
        Move(
            ProposalState.OPEN,
            ProposalState.WITHDRAWN,
            "taken back by the supplier",
            ("listings.withdraw_proposal",),
            "proposal.withdrawn",
        ),
    ),
)
DRAFT = StateTable(
    "Product draft",
    "listings.ProductDraft.state",
    (
        Move(
            BEGINNING,
            DraftState.DRAFT,
            "begun by the supplier, anew or as the next version of a product; an earlier version is restored",
            ("listings.begin_draft", "listings.edit_product", "listings.restore_version"),
            "product_draft.begun, product_draft.restored",
        ),
        Move(
            DraftState.DRAFT,
            DraftState.SUBMITTED,
            "complete, and handed to the shop",
            ("listings.submit_draft",),
            "product_draft.submitted",
        ),
        Move(
            DraftState.RETURNED,
            DraftState.SUBMITTED,
            "put right, and handed to the shop again",
            ("listings.submit_draft",),
            "product_draft.submitted",
        ),
        Move(
            DraftState.SUBMITTED,
            DraftState.RETURNED,
            "sent back by another person, with remarks",
            ("listings.return_draft",),
            "product_draft.returned",
        ),
        Move(
            DraftState.SUBMITTED,
            DraftState.PUBLISHED,
            "approved by another person; its lots are in stock",
            ("ordering.publish_draft",),
            "product_draft.published",
        ),
        Move(
            DraftState.DRAFT,
            DraftState.WITHDRAWN,
            "thrown away by the supplier",
            ("listings.withdraw_draft",),
            "product_draft.withdrawn",
        ),
        Move(
            DraftState.RETURNED,
            DraftState.WITHDRAWN,
            "thrown away by the supplier",
            ("listings.withdraw_draft",),
            "product_draft.withdrawn",
        ),
    ),
)
TABLES = (CLAIM, PROPOSAL, DRAFT)


def move_proposal(proposal: Proposal, new: ProposalState, **columns: Any) -> None:
    """Move a locked proposal and write the columns with it. Raises ListingMoved when the table has no such move."""
    _move(PROPOSAL, proposal, new, columns)


def move_draft(draft: ProductDraft, new: DraftState, **columns: Any) -> None:
    """Move a locked draft and write the columns with it. Raises ListingMoved when the table has no such move."""
    _move(DRAFT, draft, new, columns)


def _move(table: StateTable, row: Proposal | ProductDraft, new: str, columns: dict[str, Any]) -> None:
    if not table.allows(row.state, new):
        raise ListingMoved(what=table.name, old=str(row.state), new=str(new))
    for name, value in {"state": new, **columns}.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *columns])
