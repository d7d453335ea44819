"""What fills a pack: read at one moment, written by the worker, order after order."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.certificates.packs.archive import Archive, parts_of, safe_name
from shop.certificates.packs.asking import (
    LANGUAGE,
    MOST_LINES,
    PACK,
    about_of,
    chosen_orders,
    line_count,
    pdf_name,
    too_many_lines,
)
from shop.certificates.packs.content import OrderFile, filed_orders
from shop.certificates.packs.gaps import is_there
from shop.certificates.packs.pdf import Pack, pack_pdf
from shop.certificates.packs.photos import KEPT, jpeg_of
from shop.certificates.packs.proof import proof_of
from shop.certificates.unit_pdf import unit_pdf
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.fen import shown_yuan
from shop.core.spreadsheets import inert
from shop.files.models import FileKind, StoredFile
from shop.files.places import upload_path
from shop.procurement.contract_pdf import contract_pdf
from shop.reporting.making import Content
from shop.reporting.tables import Query

__all__ = ["PACK", "pack_content"]


@dataclass(frozen=True)
class Entry:
    """A file of the zip; its bytes come when they are asked for."""

    name: str
    parts: Callable[[], Iterable[bytes]]


def pack_content(scope: Scope, kind: str, query: Query) -> Content:
    """Return the zip of a pack: the PDF, the list of goods as CSV, and every paper as a file. See `Maker`.

    Raises ShopError for orders that are no longer there, and for more lines than a pack holds.
    """
    with translation.override(LANGUAGE):
        pack = _read(scope, query)
        entries = _entries(pack)

    def write(file: IO[bytes], step: Callable[[], None]) -> None:
        with translation.override(LANGUAGE):
            archive = Archive(file, pack.at)
            try:
                archive.put(pdf_name(query), [pack_pdf(pack, step)])
                for entry in entries:
                    archive.put(entry.name, entry.parts())
                    step()
                archive.close()
            except BaseException:
                archive.give_up()
                raise

    return Content(len(pack.orders) + len(entries), write, told_every=1)


def _read(scope: Scope, query: Query) -> Pack:
    found = chosen_orders(scope, query)
    if line_count(found) > MOST_LINES:
        raise too_many_lines()
    orders = filed_orders(scope, found.values_list("number", flat=True))
    if not orders:
        raise ShopError(_("These orders are no longer there."), code="nothing")
    unit = Organisation.objects.get(code__in=scope.organisations)
    demo = orders[0].record.demo
    proof = proof_of(unit, orders, demo=demo)
    at = max(
        [*(order.latest() for order in orders), *(one.certificate.issued_at for one in proof.certificates)]
    )
    return Pack(unit, about_of(query), orders, proof, _digest(orders), at, demo)


def _digest(orders: Iterable[OrderFile]) -> str:
    """Return the SHA-256 of what the pack says: amounts, states and the digests of its papers."""
    told = [
        [
            order.record.number,
            [
                order.record.due_fen,
                order.record.paid_fen,
                order.record.refunded_fen,
                order.booked.confirmed_fen,
            ],
            [[line.sku, line.units, line.fen, line.accepted, line.gone] for line in order.lines],
            [[one.position, one.approved_by, one.digest, f"{one.approved_at}"] for one in order.approvals],
            [[one.contract.digest, *(scan.digest for scan in one.scans)] for one in order.contracts],
            [
                [row.report.number, row.report.state, *(one.digest for one in row.photos)]
                for row in order.reports
            ],
            [[invoice.number, invoice.gross_fen] for papers in order.papers for invoice in papers.invoices],
            [file.digest for papers in order.papers for file in papers.files],
            [[payment.key, payment.applied_fen] for payment in order.payments],
            [[refund.number, refund.state, refund.fen] for refund in order.refunds],
            [hashlib.sha256(annex.body).hexdigest() for annex in order.annexes],
            [order.signing.headcount, order.signing.unsigned] if order.signing else [],
        ]
        for order in orders
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _entries(pack: Pack) -> list[Entry]:
    entries = [Entry(f"{_('List of goods')}.csv", partial(_made, _goods_csv, pack.orders))]
    for order in pack.orders:
        entries += _of_order(order)
    folder = _("Certificates")
    for row in pack.proof.certificates:
        name = f"{folder}/{row.certificate.code}.pdf"
        entries.append(Entry(name, partial(_made, unit_pdf, row.certificate, row.places)))
    return entries


def _made(make: Callable[..., bytes], *arguments: object) -> Iterator[bytes]:
    """Make a file once somebody writes it."""
    yield make(*arguments)


def _of_order(order: OrderFile) -> Iterator[Entry]:
    number = order.record.number
    folder, copy = f"{number}/{pgettext('of purchases', 'Contracts')}", pgettext("pack", "signed copy")
    for signed in order.contracts:
        contract = signed.contract
        yield Entry(f"{folder}/{contract.number}.pdf", partial(_made, contract_pdf, contract))
        yield from _stored(signed.scans, f"{folder}/{contract.number}-{copy}")
    for row in order.reports:
        yield from _stored(row.photos, f"{number}/{_('Acceptance')}/{safe_name(row.report.number)}")
    for papers in order.papers:
        name = papers.invoices[0].number if papers.invoices else papers.request.number
        yield from _stored(papers.files, f"{number}/{_('Invoices')}/{safe_name(name)}")
    for annex in order.annexes:
        yield Entry(f"{number}/{safe_name(annex.name)}", partial(_made, bytes, annex.body))


def _stored(files: Iterable[StoredFile], start: str) -> Iterator[Entry]:
    """Return stored files that can be taken, numbered: photos as JPEG, others as they came, with their own name."""
    for place, file in enumerate(files, start=1):
        if not is_there(file):
            continue
        if file.kind == FileKind.PHOTO:
            yield Entry(f"{start}-{place}.jpg", partial(_made, jpeg_of, file, KEPT))
        else:
            yield Entry(f"{start}-{place}-{safe_name(file.name)}", partial(parts_of, upload_path(file)))


def _goods_csv(orders: Iterable[OrderFile]) -> bytes:
    """Return the goods of all orders, a line each, as a spreadsheet opens them."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(
        [
            pgettext("pack", "Order"),
            _("Ordered on"),
            _("Purpose"),
            _("Supplier"),
            _("SKU"),
            _("Product"),
            _("Units"),
            _("Sum (yuan)"),
            pgettext("pack", "Accepted"),
            _("Off the order"),
        ]
    )
    for order in orders:
        record = order.record
        day = f"{clock.local_date(record.placed_at)}"
        for line in order.lines:
            texts = [record.number, day, order.request.purpose, line.supplier_name, line.sku, line.title]
            yuan = shown_yuan(line.fen).replace(",", "")
            writer.writerow([*(inert(text) for text in texts), line.units, yuan, line.accepted, line.gone])
    return file.getvalue().encode("utf-8-sig")
