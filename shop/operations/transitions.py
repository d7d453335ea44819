"""Which state may follow which in what people do at the desk itself. docs/states.md is written from it."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.operations.abuse_models import AbuseState

ABUSE = StateTable(
    "Sign of abuse",
    "operations.AbuseFinding.state",
    (
        Move(
            BEGINNING,
            AbuseState.OPEN,
            "the worker found it in what happened; nothing is blocked by it",
            ("operations.watch_abuse",),
            "found_at, detail",
        ),
        Move(
            AbuseState.OPEN,
            AbuseState.JUDGED,
            "a person says what it is, with a reason",
            ("operations.judge_finding",),
            "abuse.judged",
        ),
        Move(
            AbuseState.JUDGED,
            AbuseState.CLOSED,
            "another person agrees",
            ("operations.confirm_finding",),
            "abuse.confirmed",
        ),
        Move(
            AbuseState.JUDGED,
            AbuseState.OPEN,
            "sent back with a reason, to be looked at anew",
            ("operations.return_finding",),
            "abuse.returned",
        ),
    ),
)
TABLES: tuple[StateTable, ...] = (ABUSE,)
