"""Which state may follow which in what people do to the ledger: closing a month, putting it right."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.ledger.closing_models import ClosingState as State
from shop.ledger.fact_models import CollisionState, CorrectionState

_OPEN = (State.PREPARED, State.REVIEWED)

CLOSING = StateTable(
    name="Closing of a month",
    column="ledger.MonthClosing.state",
    moves=(
        Move(
            BEGINNING,
            State.PREPARED,
            "the month is over and nothing speaks against it",
            ("ledger.prepare_month",),
            "month.prepared",
        ),
        Move(
            State.PREPARED,
            State.REVIEWED,
            "another person has looked at the same figures",
            ("ledger.review_month",),
            "month.reviewed",
        ),
        Move(
            State.REVIEWED,
            State.RELEASED,
            "a third person lets the statement out; the month takes no entry any more",
            ("ledger.release_month",),
            "month.released",
        ),
        *(
            Move(
                old,
                State.WITHDRAWN,
                "sent back, with a reason; it can be prepared again",
                ("ledger.send_month_back",),
                "month.sent_back",
            )
            for old in _OPEN
        ),
    ),
)

CORRECTION = StateTable(
    name="Correction of the ledger",
    column="ledger.Correction.state",
    moves=(
        Move(
            BEGINNING,
            CorrectionState.REQUESTED,
            "asked for with an attachment",
            ("ledger.request_correction",),
            "correction.requested",
        ),
        Move(
            CorrectionState.REQUESTED,
            CorrectionState.APPROVED,
            "by another person; the pair is posted",
            ("ledger.decide_correction",),
            "correction.approved",
        ),
        Move(
            CorrectionState.REQUESTED,
            CorrectionState.REFUSED,
            "by another person, with a reason",
            ("ledger.decide_correction",),
            "correction.refused",
        ),
    ),
)

COLLISION = StateTable(
    name="Number claimed twice",
    column="ledger.KeyCollision.state",
    moves=(
        Move(
            BEGINNING,
            CollisionState.OPEN,
            "a second thing claims a registered number",
            ("ledger.claim_key",),
            "seen_at",
        ),
        *(
            Move(
                CollisionState.OPEN,
                new,
                when,
                ("ledger.decide_collision",),
                f"key.{new}",
            )
            for new, when in (
                (CollisionState.SEPARATE, "both are right, with a reason"),
                (CollisionState.SAME, "the second is refused, with a reason"),
            )
        ),
    ),
)

TABLES: tuple[StateTable, ...] = (CLOSING, CORRECTION, COLLISION)
