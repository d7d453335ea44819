"""What an approval is about, as one digest: all that the approver's page shows of what would be ordered."""

import hashlib
import json

from shop.procurement.drafts import INVOICE_COLUMNS, RECIPIENT_COLUMNS
from shop.procurement.models import PurchaseRequest
from shop.procurement.recipients import roster_of

#: Besides the lines: a change of any of these is another content.
COLUMNS = (
    "freight_fen",
    "pay_by",
    "purpose",
    "message",
    *RECIPIENT_COLUMNS.values(),
    *INVOICE_COLUMNS.values(),
)


def content_digest(request: PurchaseRequest) -> str:
    """Return the SHA-256 of a request as it was submitted, read off its rows now. Three queries, four for its plan.

    An approver's form carries it, so that nothing is approved but what was seen. The plan counts with what it gives:
    one that was changed meanwhile is another plan.
    """
    lines = sorted(
        (line.product_id, line.quantity, line.unit_fen, line.gap_reason) for line in request.lines.all()
    )
    rows = request.gathered_quotes.values_list("company", "fen", "quoted_on", "note")
    quotes = sorted((company, fen, str(day), note) for company, fen, day, note in rows)
    told = {column: str(getattr(request, column)) for column in COLUMNS}
    if roster := roster_of(request):
        told["roster"] = roster.digest
    content = [lines, quotes, told, *_plan_of(request)]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plan_of(request: PurchaseRequest) -> list[tuple[int, int, int]]:
    """Return the plan that a request is bought for; nothing without one, whose digests stay what they were."""
    plan = request.plan
    return [] if plan is None else [(plan.pk, plan.headcount, plan.per_head_fen)]
