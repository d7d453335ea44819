"""Demonstration lots and a test report, so that the card of origin shows what it can name.

Through the services that suppliers and staff use, for goods of a sample supplier alone: nothing invented stands beside
a firm that exists. What is there is left alone, so a second run changes nothing and a run that was killed is finished
by the next one.
"""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from catalog_seed.demo_admission import demo_page
from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.models import Listing, ListingState
from shop.listings.selectors.own_goods import own_goods
from shop.listings.services import name_reports
from shop.ordering.services import receive_lot
from shop.ordering.stock_models import GoodsLot
from shop.suppliers.admission_models import DocumentKind, DocumentState, SupplierDocument
from shop.suppliers.services import PaperDraft, upload_document, verify_document

#: So many of the supplier's goods have a lot, and the first of them a report.
GOODS = 3
UNITS = 60
MADE_BEFORE, ISSUED_BEFORE = dt.timedelta(days=30), dt.timedelta(days=20)
REPORT = "演示-JC-01"
REASON = "演示数据：到货"


def make_demo_origins(*, supplier: User, supplier_code: str, checker: User) -> int:
    """Give some of a sample supplier's goods a lot, and one a checked test report; return what was new."""
    scope = Scope(suppliers=frozenset({supplier_code}))
    sold = own_goods(scope).filter(state=ListingState.PUBLISHED, supplier__is_sourced=False)
    goods = list(sold.select_related("product__label")[:GOODS])
    made = sum(_bring_lot(listing) for listing in goods)
    return made + (_report(goods[0], scope, supplier, checker) if goods else 0)


def _bring_lot(listing: Listing) -> bool:
    """Bring units of one lot in, good for as long as the label says."""
    stockrecord, today = listing.product.stockrecords.get(), clock.today()
    code = f"演示-{listing.sku}"
    if GoodsLot.objects.filter(stockrecord=stockrecord, code=code).exists():
        return False
    days = listing.product.label.shelf_life_days or 365
    # Long enough to be sold for a while, however short the goods keep.
    made_on = today - min(MADE_BEFORE, dt.timedelta(days=days // 4))
    receive_lot(
        stockrecord=stockrecord,
        code=code,
        units=UNITS,
        produced_on=made_on,
        expires_on=made_on + dt.timedelta(days=days),
        reason=REASON,
    )
    return True


def _report(listing: Listing, scope: Scope, supplier: User, checker: User) -> bool:
    """Upload a report as the supplier, check it as staff, and let it speak of the product, once."""
    own = SupplierDocument.objects.filter(supplier=listing.supplier, kind=DocumentKind.TEST_REPORT)
    document = own.filter(number=REPORT).first()
    named = JournalEntry.objects.filter(action="listing.reports_named", object_key=listing.sku)
    if named.exists() or (
        document and document.state not in (DocumentState.UPLOADED, DocumentState.VERIFIED)
    ):
        return False
    if document is None:
        document = upload_document(
            upload=SimpleUploadedFile("演示检测报告.pdf", demo_page("检测报告"), "application/pdf"),
            paper=PaperDraft(
                kind=DocumentKind.TEST_REPORT, number=REPORT, issued_on=clock.today() - ISSUED_BEFORE
            ),
            actor_id=supplier.pk,
            supplier_code=listing.supplier.code,
        )
    verify_document(document_id=document.pk, actor_id=checker.pk)
    name_reports(scope=scope, listing_id=listing.pk, document_ids=[document.pk], actor_id=supplier.pk)
    return True
