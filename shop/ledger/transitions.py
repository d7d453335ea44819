"""Which state may follow which in what people do to the ledger: closing a month."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.ledger.closing_models import ClosingState as State

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

TABLES: tuple[StateTable, ...] = (CLOSING,)
