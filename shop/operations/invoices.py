"""Where orders, invoices and payments do not agree: for finance to look after, and as a file."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.clock import SHANGHAI
from shop.core.exceptions import ShopError
from shop.core.paging import counts_of, page_of
from shop.invoicing import differences
from shop.invoicing.models import InvoiceRequest
from shop.ledger.fact_models import CollisionState, KeyCollision, KeyKind
from shop.ordering.models import OrderRecord
from shop.reporting.exports import CONTENT_TYPES, written
from shop.reporting.sending import note, refuse, sent_file
from shop.reporting.tables import Cell, Table, money

NAME = "invoices"
desk = require_whole_shop(Role.STAFF, Role.FINANCE)


@dataclass(frozen=True)
class DifferenceRow:
    """A difference as finance reads it; fen are None where they say nothing. `detail`: number in question."""

    order: str
    supplier: str
    title: str
    tax_number: str
    detail: str
    due_fen: int | None
    invoiced_fen: int | None
    paid_fen: int | None
    since: dt.datetime


def _collisions(scope: Scope) -> QuerySet[KeyCollision]:
    found = KeyCollision.objects.filter(key__kind=KeyKind.INVOICE, state=CollisionState.OPEN)
    return (found if scope.everything else found.none()).select_related("key").order_by("seen_at", "pk")


def _summed(rows: Callable[[Scope], QuerySet[InvoiceRequest]]) -> Callable[[Scope], QuerySet[InvoiceRequest]]:
    return lambda scope: differences.with_sums(rows(scope))


#: What can differ: its name in the address, what it is called, and its rows.
KINDS: dict[str, tuple[Promise, Callable[[Scope], QuerySet[Any]]]] = {
    "late": (gettext_lazy("Not made out in time"), _summed(differences.late)),
    "not_asked": (gettext_lazy("Wished for, and not asked for"), differences.not_asked),
    "uncredited": (gettext_lazy("Refund without a credit invoice"), differences.uncredited),
    "unequal": (gettext_lazy("Invoice and goods differ"), differences.unequal),
    "wrong_title": (
        gettext_lazy("Other title or tax number than the unit’s"),
        _summed(differences.wrong_title),
    ),
    "collision": (gettext_lazy("Number claimed twice"), _collisions),
}


@require_safe
@desk
def invoices(request: ScopedRequest) -> HttpResponse:
    """One kind of difference at a time, the oldest first, with how many there are of each."""
    counts = dict(zip(KINDS, counts_of([rows(request.scope) for _name, rows in KINDS.values()]), strict=True))
    kind = request.GET.get("kind", "")
    if kind not in KINDS:
        kind = next((one for one in KINDS if counts[one]), "late")
    page = page_of(request, KINDS[kind][1](request.scope), count=counts[kind])
    context = {
        "kinds": [(one, name, counts[one]) for one, (name, _rows) in KINDS.items()],
        "kind": kind,
        "rows": difference_rows(page),
        "page_obj": page,
        "query": f"kind={kind}",
    }
    return render(request, "shop/operations/invoices.html", context)


@require_safe
@desk
def invoices_export(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send all differences as a file; the journal tells who took it."""
    if kind not in CONTENT_TYPES:
        raise Http404
    actor_id, asked = request.user.pk, {"kind": kind}
    try:
        file = written(kind, _head(), [_table(request.scope)], most=settings.EXPORT_MOST_ROWS)
    except ShopError as refused:
        return refuse(actor_id, NAME, asked, refused)
    note(actor_id, "export.downloaded", NAME, {**asked, "rows": file.rows, "sha256": file.digest})
    return sent_file(file.body, CONTENT_TYPES[kind], f"{NAME}-{clock.today():%Y%m%d}.{kind}")


def difference_rows(rows: Iterable[Any]) -> list[DifferenceRow]:
    """Return rows of any of KINDS as finance reads them. No query."""
    return [_shown(row) for row in rows]


def _shown(row: Any) -> DifferenceRow:
    if isinstance(row, KeyCollision):
        first = row.key.owner.removeprefix("invoice:")
        detail = _("%(number)s stands for %(other)s already") % {"number": row.key.value, "other": first}
        return DifferenceRow(row.order_number, "", "", "", detail, None, None, None, row.seen_at)
    if isinstance(row, OrderRecord):
        wish = {name: str(row.invoice_wish.get(name, "")) for name in ("title", "tax_number")}
        paid = row.paid_fen - row.refunded_fen
        return DifferenceRow(
            row.number,
            "",
            wish["title"],
            wish["tax_number"],
            "",
            row.due_fen,
            None,
            paid,
            row.paid_at or row.placed_at,
        )
    record = row.record
    return DifferenceRow(
        order=record.number,
        supplier=row.supplier.name_zh,
        title=row.title,
        tax_number=row.tax_number,
        detail=row.number,
        due_fen=row.due_fen,
        invoiced_fen=row.invoiced_fen,
        paid_fen=record.paid_fen - record.refunded_fen,
        since=row.issued_at or row.asked_at,
    )


def _head() -> list[tuple[str, str]]:
    return [
        (_("Cut-off"), f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Kind of data"), _("Demonstration data") if settings.SHOP_DEMO else _("Real data")),
    ]


def _table(scope: Scope) -> Table:
    columns = [
        (_("Difference"), False),
        (pgettext("invoice", "Order"), False),
        (_("Supplier"), False),
        (_("Invoice made out to"), False),
        (_("Tax number"), False),
        (pgettext("invoice", "Number"), False),
        (_("Since"), False),
        (_("Goods and freight, yuan"), True),
        (_("Invoiced, yuan"), True),
        (_("Paid for the order, yuan"), True),
    ]
    most = settings.EXPORT_MOST_ROWS + 1
    rows = [
        _cells(str(name), row)
        for name, found in KINDS.values()
        for row in difference_rows(found(scope)[:most])
    ]
    return Table(NAME, _("Differences of invoices"), columns, rows)


def _cells(name: str, row: DifferenceRow) -> list[Cell]:
    texts = (name, row.order, row.supplier, row.title, row.tax_number, row.detail)
    sums = (row.due_fen, row.invoiced_fen, row.paid_fen)
    return [
        *(Cell(text) for text in texts),
        Cell(day=clock.local_date(row.since)),
        *(Cell("") if fen is None else money(fen) for fen in sums),
    ]
