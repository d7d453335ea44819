"""Compare quotes (三家比价): what other sellers ask, written down by the buyer, and how many a rule wants."""

import datetime as dt
import io

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.buyers.models import BuyerKind
from shop.core import clock
from shop.core.fen import shown_yuan, to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import new_workbook
from shop.procurement.drafts import draft_for, write_step
from shop.procurement.exceptions import ProcurementError
from shop.procurement.models import PurchaseRequest
from shop.procurement.quote_models import GatheredQuote, QuoteRule

MOST = 10


@transaction.atomic
def write_quote(
    *, request_id: int, company: str, fen: int, quoted_on: dt.date, note: str, actor_id: int
) -> GatheredQuote:
    """Write down what another seller asks for a draft's goods; the same company again is written over.

    Raises ProcurementError: not_a_draft, not_a_member, company, amount, to_come, too_many.
    """
    request = draft_for(request_id, actor_id)
    company = company.strip()[:80]
    if not company:
        raise ProcurementError(_("Please name the company."), code="company", field="company")
    if fen <= 0:
        raise ProcurementError(_("A price is more than zero."), code="amount", field="fen")
    if quoted_on > clock.today():
        raise ProcurementError(_("This day has not come yet."), code="to_come", field="quoted_on")
    others = GatheredQuote.objects.filter(request=request).exclude(company=company)
    if others.count() >= MOST:
        raise ProcurementError(
            _("At most %(most)d quotes are kept.") % {"most": MOST}, code="too_many", field="company"
        )
    row, _made = GatheredQuote.objects.update_or_create(
        request=request,
        company=company,
        defaults={"fen": fen, "quoted_on": quoted_on, "note": note.strip()[:200], "written_by": actor_id},
    )
    write_step(request, "request.quote_written", actor_id, after={"company": company, "fen": fen})
    return row


@transaction.atomic
def remove_quote(*, request_id: int, quote_id: int, actor_id: int) -> bool:
    """Take a quote off a draft. False when it is not there (safe twice). Raises ProcurementError as `write_quote`."""
    request = draft_for(request_id, actor_id)
    row = GatheredQuote.objects.filter(request=request, pk=quote_id).first()
    if row is None:
        return False
    row.delete()
    write_step(request, "request.quote_removed", actor_id, before={"company": row.company, "fen": row.fen})
    return True


def rule_for(kind: str, fen: int) -> QuoteRule | None:
    """Return the rule that asks units of a kind for quotes of this sum today; None where none does. One query."""
    begun = QuoteRule.objects.filter(buyer_kind=kind, starts_on__lte=clock.today())
    rule = begun.order_by("-starts_on").first()
    return rule if rule is not None and rule.min_quotes and fen >= rule.from_fen else None


def require_quotes(request: PurchaseRequest, fen: int) -> None:
    """Raise ProcurementError (quotes_missing) naming the rule that asks for more quotes than there are."""
    rule = rule_for(request.organisation.kind, fen)
    if rule is None:
        return
    have = 1 + request.gathered_quotes.count()
    if have < rule.min_quotes:
        raise ProcurementError(
            _(
                "From ¥%(amount)s on, %(wanted)d quotes have to be compared (rule for %(kind)s since %(day)s). This "
                "request has %(have)d, the shop's own among them: please write the others down."
            )
            % {
                "amount": shown_yuan(rule.from_fen),
                "wanted": rule.min_quotes,
                "kind": BuyerKind(rule.buyer_kind).label,
                "day": rule.starts_on,
                "have": have,
            },
            code="quotes_missing",
            field="quotes",
        )


def quotes_xlsx(request: PurchaseRequest, own_fen: int, own_name: str) -> bytes:
    """Return the comparison as a workbook, the cheapest first; texts in it are never formulas. One query."""
    rows = [(row.fen, row.company, row.quoted_on, row.note) for row in request.gathered_quotes.all()]
    rows.append((own_fen, own_name, clock.today(), _("This shop, from purchase request %s") % request.number))
    book = new_workbook()
    sheet = book.worksheets[0]
    sheet.title = _("quotes compared")
    sheet.append([pgettext("of a quote", "Company"), _("Sum (yuan)"), _("On"), _("Remark")])
    for fen, company, on, note in sorted(rows, key=lambda row: row[:2]):
        sheet.append([inert(company), to_yuan(fen), str(on), inert(note)])
    for letter, width in zip("ABCD", (36, 14, 14, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()
