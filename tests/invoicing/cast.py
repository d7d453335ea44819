"""Orders whose invoices are wanted, and the invoices that their suppliers write down."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

from shop.accounts.models import User
from shop.core import clock
from shop.gateways.models import Payment
from shop.invoicing.goods import goods_of
from shop.invoicing.models import Invoice, InvoiceRequest
from shop.invoicing.services import WrittenLine, record_invoice, request_from_wish
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.services import UnitsOf, record_refund_result, request_refund
from tests.factories import make_product, make_region, make_supplier, place
from tests.gateways.cast import paid_online

TAX_CODE = "1030201010000000000"
WISH = {"title": "萧山区教育工会", "tax_number": "91330100799655058B"}


def number_of(serial: int) -> str:
    """Return an invoice number."""
    return f"26332000{serial:012d}"


def wished_order(*, buyer: User | None = None, wish: Mapping[str, str] = WISH) -> OrderRecord:
    """Return a paid order of two suppliers: 3 tea and 2 honey of one with 10.00 freight, 4 pears of the other.

    In all 300.00 + 60.00 + 10.00 and 100.00.
    """
    tea_co = make_supplier(code="tea-co", name_zh="木门茶业", region=make_region(slug="wangcang"))
    pear_co = make_supplier(
        code="pear-co", name_zh="龙泉果业", region=make_region(slug="longquan", name_zh="龙泉市")
    )
    tea = make_product(
        supplier=tea_co,
        sku="tea",
        name_zh="黄茶",
        price_fen=10_000,
        stock=90,
        vat_percent=13,
        freight_free=False,
    )
    honey = make_product(supplier=tea_co, sku="honey", name_zh="土蜂蜜", price_fen=3_000, stock=90)
    pears = make_product(supplier=pear_co, sku="pears", name_zh="翠冠梨", price_fen=2_500, stock=90)
    record = place(lines=[(tea, 3), (honey, 2), (pears, 4)], buyer=buyer, invoice_wish=dict(wish))
    paid_online(record)
    record.refresh_from_db()
    return record


def asked(record: OrderRecord) -> dict[str, InvoiceRequest]:
    """Turn the order's wish into requests; return them by supplier."""
    request_from_wish(record_id=record.pk)
    found = InvoiceRequest.objects.filter(record=record).select_related("supplier", "record")
    return {request.supplier.code: request for request in found.order_by("pk")}


def lines_for(request: InvoiceRequest) -> list[WrittenLine]:
    """Return what an invoice says that is as it should be."""
    return [
        WrittenLine(one.key, one.gross_fen, one.rate_percent, one.tax_code or TAX_CODE)
        for one in goods_of(request.record_id, request.supplier_id)
    ]


def issued(request: InvoiceRequest, *, serial: int = 1, on: dt.date | None = None) -> Invoice:
    """Write the invoice of a request down."""
    return record_invoice(
        request_id=request.pk,
        number=number_of(serial),
        issued_on=on or clock.today(),
        lines=lines_for(request),
        actor_id=7,
    )


def refunded(record: OrderRecord, sku: str, units: int) -> RefundRequest:
    """Send the money of so many units of a product back."""
    share = record.shares.get(dims__product=sku)
    wish = request_refund(
        record_id=record.pk, portions=[UnitsOf(share.pk, units)], reason="坏了", actor_id=None
    )
    payment = Payment.objects.get(record=record)
    return record_refund_result(request_id=wish.pk, ok=True, parts=[(payment.key, wish.fen)])


def xml_of(
    *, number: str = number_of(1), day: str = "2026-11-12", lines: list[tuple[str, str, str]] | None = None
) -> bytes:
    """Return the XML file of an e-invoice; lines are sum with tax, rate and code."""
    items = "".join(
        f"<IssuItemInformation><ItemName>*茶*黄茶</ItemName><TaxRate>{rate}</TaxRate>"
        f"<TotaltaxIncludedAmount>{total}</TotaltaxIncludedAmount>"
        f"<TaxClassificationCode>{code}</TaxClassificationCode></IssuItemInformation>"
        for total, rate, code in lines or []
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><EInvoice><Header><EIid>' + number + "</EIid></Header>"
        f"<EInvoiceData>{items}</EInvoiceData><TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber>"
        f"<IssueTime>{day} 10:20:30</IssueTime></TaxSupervisionInfo></EInvoice>"
    )
    return text.encode()


def ofd_of(**parts: bytes) -> bytes:
    """Return a small OFD; `parts` are more of it, by name with __ for the dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("OFD.xml", '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0"/>')
        for name, raw in parts.items():
            book.writestr(name.replace("__", "."), raw)
    return file.getvalue()


def upload(raw: bytes, name: str = "发票.xml") -> SimpleUploadedFile:
    """Return an upload of these bytes."""
    return SimpleUploadedFile(name, raw)
