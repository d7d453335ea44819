"""Write down the invoice that a supplier has made out, and keep the file of it."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.fen import ex_tax, shown_yuan
from shop.files.inspecting import inspect
from shop.files.models import FileKind, StoredFile
from shop.files.services import store_file
from shop.invoicing.events import tell_issued
from shop.invoicing.exceptions import InvoicingError
from shop.invoicing.goods import GoodsLine, goods_of
from shop.invoicing.models import (
    NUMBER_LENGTH,
    RATES,
    TAX_CODE_LENGTH,
    Invoice,
    InvoiceLine,
    RequestState,
)
from shop.invoicing.requests import locked_request, note
from shop.invoicing.transitions import move

#: As `files` knows the papers of a request: by its number.
FILES = "invoice_request"
MOST_FILES = 6
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class WrittenLine:
    """What the invoice says of one line of the goods; `key` is `GoodsLine.key`, amounts in fen with tax."""

    key: str
    gross_fen: int
    rate_percent: int
    tax_code: str


def record_invoice(
    *,
    request_id: int,
    number: str,
    issued_on: dt.date,
    lines: Sequence[WrittenLine],
    actor_id: int | None,
) -> Invoice:
    """Write an issued invoice down for good: its lines must equal the goods less reductions and executed refunds.

    Without tax a line is gross ÷ (1 + rate), rounded half up to the fen; the tax is the rest. Emits
    `invoice.issued`. The same number again for the same request changes nothing. Raises InvoicingError naming the
    field - number, issued_on, or the line at `gross-<key>`, `rate-<key>`, `code-<key>` -, and WrongMove when the
    request is not waiting.
    """
    number = clean_number(number)
    with one_number(number):
        request = locked_request(request_id)
        known = Invoice.objects.filter(number=number).select_related("request").first()
        if known is not None and known.request_id == request.pk and known.credits_id is None:
            return known
        require_free(known)
        require_day(issued_on, not_before=clock.local_date(request.record.placed_at))
        goods = goods_of(request.record_id, request.supplier_id)
        pairs = matched(goods, lines)
        move(request, RequestState.ISSUED, issued_at=clock.now())
        rows = [_line(position, one, written) for position, (one, written) in enumerate(pairs, start=1)]
        invoice = write_invoice(
            Invoice(request=request, number=number, issued_on=issued_on, recorded_by=actor_id), rows
        )
        note(request, "invoice.issued", actor_id, invoice=number, fen=invoice.gross_fen)
        tell_issued(request, invoice)
        faultpoint("invoicing.invoice.before_commit")
    return invoice


def keep_file(*, request_id: int, upload: "UploadedFile[Any]", actor_id: int | None) -> StoredFile:
    """Keep the PDF, OFD or XML of a request's invoice; whoever may see the request may take it.

    The same file again changes nothing and returns the one that is kept. Raises FileRefused, and InvoicingError
    (files) beyond MOST_FILES.
    """
    found = inspect(upload, FileKind.INVOICE)
    with transaction.atomic():
        request = locked_request(request_id)
        kept = StoredFile.objects.filter(owner_type=FILES, owner_key=request.number, removed_at=None)
        same = kept.filter(digest=found.digest).first()
        if same is not None:
            return same
        if kept.count() >= MOST_FILES:
            raise InvoicingError(
                _("At most %(most)d files are kept of an invoice.") % {"most": MOST_FILES},
                code="files",
                field="file",
            )
        return store_file(
            upload=upload,
            kind=FileKind.INVOICE,
            owner_type=FILES,
            owner_key=request.number,
            uploaded_by=actor_id,
            account=f"supplier:{request.supplier.code}",
        )


def clean_number(typed: str) -> str:
    """Return the number of an invoice as stored: wide digits and blanks undone. Raises InvoicingError (number)."""
    number = "".join(unicodedata.normalize("NFKC", typed).split())
    if len(number) != NUMBER_LENGTH or not _DIGITS.fullmatch(number):
        raise InvoicingError(
            _("The number of a fully digital e-invoice has 20 digits."), code="number", field="number"
        )
    return number


@contextmanager
def one_number(number: str) -> Iterator[None]:
    """Open a transaction; when somebody else has written the same number down meanwhile, refuse as `require_free`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        require_free(Invoice.objects.filter(number=number).select_related("request").first())
        raise


def require_free(known: Invoice | None) -> None:
    """Raise InvoicingError (number) when an invoice with this number is written down already."""
    if known is not None:
        raise InvoicingError(
            _("Invoice %(number)s is written down already, for request %(request)s.")
            % {"number": known.number, "request": known.request.number},
            code="number_known",
            field="number",
        )


def require_day(issued_on: dt.date, *, not_before: dt.date) -> None:
    """Raise InvoicingError (issued_on) for a day that lies ahead, or before what the invoice is about."""
    if issued_on > clock.today():
        raise InvoicingError(_("This day lies ahead."), code="issued_on", field="issued_on")
    if issued_on < not_before:
        raise InvoicingError(
            _("An invoice cannot be older than what it is about (%(day)s).") % {"day": not_before},
            code="issued_on",
            field="issued_on",
        )


def matched(goods: Sequence[GoodsLine], lines: Sequence[WrittenLine]) -> list[tuple[GoodsLine, WrittenLine]]:
    """Return each line of the goods with what the invoice says of it.

    Raises InvoicingError naming the first line that is missing, strange, or differs.
    """
    if not goods:
        raise InvoicingError(_("Nothing of this order is left to be invoiced."), code="nothing")
    written = {line.key: line for line in lines}
    if len(written) < len(lines) or written.keys() - {one.key for one in goods}:
        raise InvoicingError(
            _("A line of the invoice belongs to no goods of this order. Please reload the page."),
            code="line_strange",
        )
    return [(one, _checked(position, one, written.get(one.key))) for position, one in enumerate(goods, 1)]


def _checked(position: int, goods: GoodsLine, line: WrittenLine | None) -> WrittenLine:
    named = {"row": position, "name": goods.name}
    if line is None:
        raise InvoicingError(
            _("Line %(row)d (%(name)s) is missing on the invoice.") % named,
            code="line_missing",
            field=f"gross-{goods.key}",
        )
    if line.gross_fen != goods.gross_fen:
        sums = {"written": shown_yuan(line.gross_fen), "due": shown_yuan(goods.gross_fen)}
        raise InvoicingError(
            _("Line %(row)d (%(name)s): the invoice says ¥%(written)s, the goods come to ¥%(due)s.")
            % (named | sums),
            code="line_amount",
            field=f"gross-{goods.key}",
        )
    if line.rate_percent not in RATES:
        raise InvoicingError(
            _("Line %(row)d (%(name)s): there is no such tax rate.") % named,
            code="line_rate",
            field=f"rate-{goods.key}",
        )
    if len(line.tax_code) != TAX_CODE_LENGTH or not _DIGITS.fullmatch(line.tax_code):
        raise InvoicingError(
            _("Line %(row)d (%(name)s): a tax code has 19 digits.") % named,
            code="line_code",
            field=f"code-{goods.key}",
        )
    return line


def _line(position: int, goods: GoodsLine, written: WrittenLine) -> InvoiceLine:
    return priced_line(
        InvoiceLine(
            position=position,
            share_id=goods.share_id,
            charge_id=goods.charge_id,
            name=goods.name,
            spec=goods.spec,
            unit=goods.unit,
            units=goods.units,
            gross_fen=written.gross_fen,
            rate_percent=written.rate_percent,
            tax_code=written.tax_code,
        )
    )


def priced_line(line: InvoiceLine) -> InvoiceLine:
    """Give a line its amount without tax, rounded half up to the fen, and its tax: the rest."""
    line.ex_tax_fen = ex_tax(line.gross_fen, line.rate_percent)
    line.tax_fen = line.gross_fen - line.ex_tax_fen
    return line


def write_invoice(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    """Write an invoice with the sums of its lines, and the lines."""
    invoice.gross_fen = sum(line.gross_fen for line in lines)
    invoice.ex_tax_fen = sum(line.ex_tax_fen for line in lines)
    invoice.tax_fen = sum(line.tax_fen for line in lines)
    invoice.recorded_at = clock.now()
    invoice.save(force_insert=True)
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
    return invoice
