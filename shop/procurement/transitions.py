"""The states of what a unit does. `operations.states` writes docs/states.md from these tables."""

from shop.core.states import BEGINNING, Move, StateTable
from shop.procurement.lead_models import LeadState
from shop.procurement.models import ReportState, RequestState

_DRAFT, _SUBMITTED = RequestState.DRAFT, RequestState.SUBMITTED
REQUEST = StateTable(
    "A unit's purchase request",
    "procurement.PurchaseRequest.state",
    (
        Move(
            BEGINNING,
            _DRAFT,
            "begun, also in place of one whose order was called off",
            ("procurement.create_request", "procurement.copy_request"),
            "request.created, request.copied",
        ),
        Move(
            _DRAFT,
            _SUBMITTED,
            "handed in at the prices of the moment; a round of approvals begins",
            ("procurement.submit_request",),
            "request.submitted",
        ),
        Move(
            _SUBMITTED,
            RequestState.PLACED,
            "the last step of its chain agreed; the order is placed in the same transaction",
            ("procurement.approve_request",),
            "request.approved",
        ),
        Move(
            _SUBMITTED,
            _DRAFT,
            "its buyer takes it back, or something had changed when the last step agreed",
            ("procurement.reopen_request", "procurement.approve_request"),
            "request.reopened, request.sent_back",
        ),
        Move(
            _SUBMITTED,
            RequestState.REJECTED,
            "an approver says no, with a reason",
            ("procurement.reject_request",),
            "request.rejected",
        ),
        Move(
            RequestState.REJECTED,
            _DRAFT,
            "its buyer changes it",
            ("procurement.reopen_request",),
            "request.reopened",
        ),
        *(
            Move(
                old,
                RequestState.CANCELLED,
                "its buyer gives it up",
                ("procurement.cancel_request",),
                "request.cancelled",
            )
            for old in (_DRAFT, RequestState.REJECTED)
        ),
    ),
)
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
_OPEN = (LeadState.VISIT, LeadState.SAMPLE, LeadState.QUOTE)
LEAD = StateTable(
    "Negotiation lead",
    "procurement.Lead.state",
    (
        Move(
            BEGINNING, LeadState.VISIT, "a firm or unit was visited", ("procurement.open_lead",), "lead.visit"
        ),
        Move(
            LeadState.VISIT, LeadState.SAMPLE, "samples were sent", ("procurement.note_step",), "lead.sample"
        ),
        *(
            Move(old, LeadState.QUOTE, "a price was named", ("procurement.note_step",), "lead.quote")
            for old in (LeadState.VISIT, LeadState.SAMPLE)
        ),
        *(
            Move(
                old,
                LeadState.ORDERED,
                "an order with goods of its region came of it",
                ("procurement.note_step",),
                "lead.ordered",
            )
            for old in _OPEN
        ),
        *(
            Move(old, LeadState.LOST, "nothing comes of it", ("procurement.note_step",), "lead.lost")
            for old in _OPEN
        ),
    ),
)
TABLES: tuple[StateTable, ...] = (REQUEST, ACCEPTANCE, LEAD)
