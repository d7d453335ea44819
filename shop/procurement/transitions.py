"""The states of what a unit does. `operations.states` writes docs/states.md from these tables."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.procurement.models import ReportState

ACCEPTANCE = StateTable(
    "Acceptance report",
    "procurement.AcceptanceReport.state",
    (
        Move(
            BEGINNING,
            ReportState.REPORTED,
            "a member has counted; nothing counts yet",
            ("procurement.report_acceptance",),
            "acceptance.reported",
        ),
        Move(
            ReportState.REPORTED,
            ReportState.APPROVED,
            "another member approves; the ledger, the order and replacements follow",
            ("procurement.approve_acceptance",),
            "acceptance.approved",
        ),
        Move(
            ReportState.REPORTED,
            ReportState.WITHDRAWN,
            "a member takes it back, to count again",
            ("procurement.withdraw_acceptance",),
            "acceptance.withdrawn",
        ),
    ),
)
TABLES = (ACCEPTANCE,)
