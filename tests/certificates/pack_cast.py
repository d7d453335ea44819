"""A unit's order with all of its papers, as its finance would file it."""

import io
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from shop.accounts.models import User
from shop.core import clock
from shop.files.services import encode_photos
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.invoicing.services import keep_file, request_invoices
from shop.operations.exports import make_waiting_exports
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord
from shop.procurement import services
from shop.procurement.contracts import add_scan
from shop.procurement.rules import set_contract_rule
from shop.procurement.services import Arrival, Counted
from shop.reporting.asking import path_of
from shop.reporting.models import ExportJob
from tests.factories import make_user
from tests.factories.buyers import make_organisation
from tests.files.uploads import PDF, paper, photo
from tests.gateways.cast import bank_line
from tests.invoicing.cast import issued
from tests.procurement.cast import Goods, Union, approved, shipped
from tests.worker import drain

#: 20 tea at 95.00 and 3 pears at 20.00; there is no freight.
GOODS_FEN = 190_000 + 6_000


def make_finance(union: Union) -> User:
    """Return a person who keeps the unit's books."""
    person = make_user(phone="+8613900000090", name="蒋财务")
    make_organisation(code=union.unit.code, finance=person)
    return person


def transferred(record: OrderRecord, *, serial: str) -> None:
    """Let the order's money come by bank, seen by two people."""
    gateways.start_payment(record=record, method="bank_transfer")
    attempt = PaymentAttempt.objects.get(record=record, state="open")
    gateways.confirm_transfer(
        claim_id=bank_line(attempt, record.due_fen, by=71, serial=serial), confirmed_by=72
    )
    drain()
    record.refresh_from_db()


def counted(record: OrderRecord, union: Union, *, photos: int = 1, accepted: bool = True) -> None:
    """Count everything as good, with photos; another member lets it count."""
    lines = [Counted(share.line_id, share.units) for share in record.shares.all()]
    pictures = [photo(name=f"{number}.jpg", size=(640, 480 + number)) for number in range(photos)]
    arrival = Arrival(signer="门卫老李", received_on=clock.today(), photos=pictures)
    report = services.report_acceptance(
        record_id=record.pk, counted=lines, actor_id=union.buyer.pk, arrival=arrival
    )
    encode_photos()
    if accepted:
        services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
    drain()


def invoiced(record: OrderRecord, *, serial: int = 1) -> None:
    """Let every supplier issue its invoice and upload it."""
    wish = InvoiceWish("un-001 工会", "91330100799655058B")
    asked = list(record.invoice_requests.order_by("pk"))
    asked = asked or request_invoices(record_id=record.pk, wish=wish, asked_by=1)
    for number, request in enumerate(asked):
        issued(request, serial=serial + number)
        upload = SimpleUploadedFile(f"发票{number}.pdf", PDF + f"\n%{serial + number}".encode())
        keep_file(request_id=request.pk, upload=upload, actor_id=7)
    drain()


def filed_order(union: Union, goods: Goods, *, serial: int = 1) -> OrderRecord:
    """Return an order with everything that a pack asks for."""
    set_contract_rule(from_fen=0, starts_on=clock.today(), actor_id=1)
    record = approved(union, goods, tea=20, pears=3)
    transferred(record, serial=f"S{serial}")
    counted(shipped(record), union)
    invoiced(record, serial=serial)
    for contract in record.contracts.all():
        add_scan(
            contract=contract,
            upload=paper(PDF + contract.number.encode(), name="盖章.pdf"),
            account=f"organisation:{union.unit.code}",
            actor_id=union.buyer.pk,
        )
    record.refresh_from_db()
    return record


def made(job: ExportJob) -> ExportJob:
    """Let the worker make the pack."""
    assert make_waiting_exports() == 1, job.failure
    job.refresh_from_db()
    return job


def files_in(job: ExportJob) -> dict[str, bytes]:
    """Return the files of a pack's zip by name, in its order."""
    return members(path_of(job).read_bytes())


def members(body: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, in its order; it must be whole."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


class Said:
    """Remembers what is written on the pages of a pack, without the rehearsal's."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __contains__(self, text: str) -> bool:
        return text in self.joined

    @property
    def joined(self) -> str:
        """Return all of it as one text."""
        return "".join(self.texts)

    def listen(self, monkeypatch: Any, sheet: Any) -> None:
        """Hear what the class of a sheet writes."""
        write = sheet.text

        def text(page: Any, told: str, *arguments: Any, **options: Any) -> None:
            if not page.is_rehearsal:
                self.texts.append(told)
            write(page, told, *arguments, **options)

        monkeypatch.setattr(sheet, "text", text)
