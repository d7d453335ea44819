"""One shop that grows from one row to two hundred in everything a page can list: for counting queries.

Rows are written in bulk, behind the services. What a list shows is right; stock and money do not add up.
"""

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet
from oscar.apps.basket.models import Basket, Line
from oscar.apps.catalogue.models import Product
from oscar.apps.partner.models import Partner

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.core import clock
from shop.files.models import FileAccount, StoredFile
from shop.fulfilment.models import (
    Parcel,
    ParcelEvent,
    ParcelItem,
    ShortageItem,
    ShortageReport,
    SupplierOrder,
)
from shop.fulfilment.returns.models import (
    ReturnItem,
    ReturnKind,
    ReturnReason,
    ReturnRequest,
    ReturnState,
)
from shop.fulfilment.tracking_models import TrackingEvent, TrackingWatch
from shop.gateways.models import (
    ExecutionState,
    Payment,
    PaymentAttempt,
    PaymentNotice,
    RefundExecution,
    TransferClaim,
)
from shop.journal.models import JournalEntry
from shop.listings.draft_fields import empty_values
from shop.listings.models import Listing
from shop.listings.report_models import ProductReport
from shop.listings.services.indexing import index_products
from shop.listings.supplier_models import ProductDraft, Proposal
from shop.notifications.models import BuyerNotice, MailboxMessage, SupplierChannel, SupplierNotice
from shop.operations.restores import HELD
from shop.opinions.models import Wish
from shop.ordering.address_models import SavedAddress
from shop.ordering.models import LineShare, OrderRecord, RefundRequest, StockBalance
from shop.ordering.stock_models import GoodsLot, StockAlert, StockFile, StockLocation
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from shop.procurement.budget_models import FestivalPlan, SpendingLimit, WelfareCap
from shop.procurement.lead_models import Lead, LeadStep
from shop.regions.content_models import Story
from shop.regions.models import Pairing, PartnerRegion, Programme
from shop.settlement.models import (
    CommissionRate,
    PayeeAccount,
    PayoutItem,
    PayoutList,
    SettlementEntry,
    SupplierAccount,
    SupplierStatement,
)
from shop.suppliers.models import Supplier, SupplierApplication, SupplierDocument
from tests.certificates.bulk import certificates
from tests.conversations.bulk import conversations
from tests.coupons.bulk import campaigns
from tests.factories import make_pairing, make_product, make_programme, make_target, make_user, pay, place
from tests.factories.price_lists import growing_lists
from tests.forks.shopping import make_categories
from tests.fulfilment.bulk import copies, three_supplier_order
from tests.fulfilment.cast import open_supplier_orders
from tests.growing_units import UNIT, GrowingUnits
from tests.invoicing.bulk import invoices
from tests.ledger.bulk import collisions, corrections, evidence, paid_orders, restated_orders
from tests.operations.abuse_bulk import signs_of_abuse
from tests.outbox.cast import say
from tests.procurement.bulk import contracts, price_requests, reference_prices
from tests.reporting.bulk import exports, mailings

#: Of a proposed return, a transfer back to make, one to confirm and a failed refund, in this order.
STATES = (ExecutionState.PROPOSED, ExecutionState.CREATED, ExecutionState.SENT, ExecutionState.FAILED)
#: The order of the ledger that has all the lines.
LONG_ORDER = "YS-LONG"


def _statement(supplier: Supplier, number: int) -> SupplierStatement:
    """Return a statement of a day of its own; the first one holds every entry."""
    day = dt.date(2026, 10, 1) - dt.timedelta(days=number)
    sums = dict.fromkeys(
        ("opening", "goods", "back", "freight", "commission", "payout", "closing", "pending"), 0
    )
    return SupplierStatement(
        number=f"DJS-{number}",
        supplier=supplier,
        demo=True,
        starts_on=day,
        ends_on=day,
        entries=0,
        digest="",
        drawn_at=clock.now(),
        **{f"{name}_fen": fen for name, fen in sums.items()},
    )


def _entry(supplier: str, number: int) -> SettlementEntry:
    return SettlementEntry(
        event_id=uuid.uuid4(),
        source_key=f"share:grown-{number}",
        debit="pending",
        credit="payable",
        kind="goods",
        fen=100,
        supplier=supplier,
        demo=True,
        occurred_at=clock.now(),
        booked_on=dt.date(2026, 10, 1),
        order_number=f"YS-{number}",
    )


class GrowingShop(GrowingUnits):
    """Three suppliers in two regions; `grow` makes every list longer, `order` has as many lines as there are rows."""

    def __init__(self) -> None:
        make_categories()
        self.first = three_supplier_order()
        Listing.objects.update(state="withdrawn")
        Product.objects.update(is_public=False)
        self.suppliers = list(Supplier.objects.order_by("pk"))
        self._figures()
        self.buyer = make_user(name="王芳")
        self.supplier = make_user(
            phone="+8613800000002", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "bulk-one")]
        )
        self.staff = make_user(
            phone="+8613800000003",
            grants=[(role, ScopeKind.ALL, "") for role in Role if role is not Role.SUPPLIER],
        )
        self.many = make_user(phone="+8613800000004", name="许多多")
        self.basket = Basket.objects.create(owner=self.buyer, status=Basket.OPEN)
        self.goods: list[Product] = []
        self.order = self.first
        #: Orders of many lines, one for each size; only the last belongs to somebody.
        self.long: list[int] = []
        self.made = 0
        self.campaign_of_all = 0
        self.open_unit()

    @staticmethod
    def _figures() -> None:
        """Give both regions their programme and their target."""
        places = {supplier.region.slug: supplier.region for supplier in Supplier.objects.all()}
        sea = make_programme(slug="mountain-sea", name_zh="山海协作")
        make_pairing(region=places["longquan"], programme=sea)
        make_target(region=places["wangcang"], year=clock.today().year)
        make_target(region=places["longquan"], programme=sea, year=clock.today().year)

    def grow(self, rows: int) -> None:
        """Make every list this long."""
        span = range(self.made, rows)
        self._places(span)
        self._goods(span)
        # The first order is a row itself.
        copies(self.first, rows - max(self.made, 1), start=self.made)
        self._money(span)
        self._messages(span)
        self._notices(span)
        self._people(span)
        self._entries(span)
        corrections(span)
        collisions(span)
        evidence(span)
        exports(span, self.staff)
        mailings(span)
        self._addresses(span)
        self._kept_goods(span)
        self._admission(span)
        self._settlement(span)
        self._budgets(span)
        self._leads(span)
        price_requests(span, self.unit, self.suppliers[0], self.goods)
        growing_lists(span, self.goods[0], self.unit)
        certificates(span, resident_id=self.buyer.pk, organisation=UNIT)
        rows_of_lists = OrderRecord.objects.exclude(pk__in=self.long)
        rows_of_lists.update(
            payment_state="unpaid",
            release_state="held",
            paid_fen=0,
            paid_at=None,
            attention="surplus",
            buyer=self.buyer,
        )
        late = clock.now() - dt.timedelta(hours=1)
        SupplierOrder.objects.filter(record__in=rows_of_lists).update(state="new", ship_by=late)
        invoices(span, list(rows_of_lists.order_by("pk")[span.start : span.stop]), self.suppliers)
        self._shortages(rows_of_lists, span)
        self._stock(span)
        self._cases(rows_of_lists, span)
        self.grow_unit(span, self.buyer)
        self._long_order()
        conversations(span, self.buyer, self.goods)
        reference_prices(span, self.goods)
        contracts(span, list(OrderRecord.objects.order_by("pk")), self.suppliers[0])
        signs_of_abuse(span, self.first, self.unit, self.suppliers[0])
        self.campaign_of_all = campaigns(span, self.buyer, self.suppliers[0], self.goods)
        self.made = rows

    def _places(self, span: range) -> None:
        """Pair more and more counties; their suppliers are all in the first."""
        programme = Programme.objects.get(slug="mountain-sea")
        regions = PartnerRegion.objects.bulk_create(
            PartnerRegion(
                slug=f"grown-{number}",
                name_zh=f"第{number}县",
                name_en=f"County {number}",
                short_zh="县",
                seal="县",
                parent_zh="浙江省",
                division_code=f"{number:06d}",
                position=number + 10,
            )
            for number in span
        )
        Pairing.objects.bulk_create(
            Pairing(region=region, programme=programme, starts_on=dt.date(2021, 1, 1)) for region in regions
        )

    def _budgets(self, span: range) -> None:
        """Plan more and more festivals of years to come for the unit, and write as many rules down."""
        now, today = clock.now(), clock.today()
        written: dict[str, Any] = {"set_by": self.member.pk, "set_at": now}
        FestivalPlan.objects.bulk_create(
            FestivalPlan(
                organisation=self.unit,
                year=today.year + number,
                festival="spring",
                headcount=10,
                per_head_fen=100,
                **written,
            )
            for number in span
        )
        SpendingLimit.objects.bulk_create(
            SpendingLimit(organisation=self.unit, period="month", limit_fen=100, starts_on=today, **written)
            for _number in span
        )
        WelfareCap.objects.bulk_create(
            WelfareCap(
                province="浙江省",
                span="year",
                per_head_fen=100,
                name="细则",
                source="示例",
                starts_on=today,
                **written,
            )
            for _number in span
        )

    def _leads(self, span: range) -> None:
        """Negotiate with more and more firms, and note a step of the first with each."""
        now, region = clock.now(), self.suppliers[0].region
        leads = Lead.objects.bulk_create(
            Lead(
                number=f"QT-{number}",
                company=f"公司{number}",
                organisation=self.unit,
                region=region,
                expected_fen=100,
                owner_id=self.staff.pk,
                opened_at=now,
                erase_on=now.date(),
            )
            for number in span
        )
        first = Lead.objects.get(number="QT-0")
        LeadStep.objects.bulk_create(
            LeadStep(lead=first, kind="visit", by_id=self.staff.pk, at=now) for _lead in leads
        )

    def _addresses(self, span: range) -> None:
        """Let the buyer keep more addresses than a person may; the first is the default."""
        SavedAddress.objects.bulk_create(
            SavedAddress(
                owner=self.buyer,
                recipient_name="王芳",
                phone="+8613800000001",
                province="浙江省",
                city="杭州市",
                county="萧山区",
                street=f"市心中路{number}号",
                is_default=not number,
            )
            for number in span
        )

    def _kept_goods(self, span: range) -> None:
        """Let the buyer keep the goods of this span."""
        Wish.objects.bulk_create(
            Wish(owner=self.buyer, product=self.goods[number], price_fen=10_000, kept_at=clock.now())
            for number in span
        )

    def _settlement(self, span: range) -> None:
        """Owe something to more and more suppliers: statements and pay-outs of the first, one list of all."""
        first, now = self.suppliers[0], clock.now()
        made, _new = PayoutList.objects.get_or_create(
            number="DFK-LONG", defaults={"demo": True, "through": now.date(), "made_by": 1, "made_at": now}
        )
        partners = Partner.objects.bulk_create(
            Partner(code=f"grown-{number}", name=f"供应商{number}") for number in span
        )
        suppliers = Supplier.objects.bulk_create(
            Supplier(
                partner=partner,
                code=partner.code,
                region=first.region,
                kind="enterprise",
                name_zh=partner.name,
                state="admitted",
                admitted_on=dt.date(2021, 1, 1),
            )
            for partner in partners
        )
        SupplierAccount.objects.bulk_create(
            SupplierAccount(supplier=supplier.code, demo=True, collected_fen=100, payable_fen=100)
            for supplier in suppliers
        )
        payees = PayeeAccount.objects.bulk_create(
            PayeeAccount(
                supplier=supplier,
                holder="户名",
                bank="银行",
                number="62220000",
                state="verified",
                proposed_by=1,
                proposed_at=now,
                decided_by=2,
            )
            for supplier in suppliers
        )
        statements = SupplierStatement.objects.bulk_create(_statement(first, number) for number in span)
        PayoutItem.objects.bulk_create(
            PayoutItem(
                list=made,
                supplier=payee.supplier,
                statement=statement,
                demo=True,
                reference=f"DFK-LONG-{payee.pk}",
                fen=100,
                state="waiting",
                account=payee,
            )
            for payee, statement in zip(payees, statements, strict=True)
        )
        PayoutList.objects.bulk_create(
            PayoutList(
                number=f"DFK-{number}",
                demo=True,
                through=now.date(),
                made_by=1,
                made_at=now,
                state="withdrawn",
            )
            for number in span
        )
        CommissionRate.objects.bulk_create(
            CommissionRate(
                rate_bp=100,
                starts_on=now.date(),
                reason="约定",
                proposed_by=1,
                proposed_at=now,
                supplier=first.code,
            )
            for _number in span
        )
        SettlementEntry.objects.bulk_create(_entry(first.code, number) for number in span)

    def _admission(self, span: range) -> None:
        """Hand in applications, give the first of them papers, and the first supplier reports on its goods."""
        now, supplier = clock.now(), self.suppliers[0]
        SupplierApplication.objects.bulk_create(
            SupplierApplication(
                number=f"RZ-{number}",
                applicant=self.buyer,
                state="submitted",
                company_name=f"公司{number}",
                credit_code=f"{number:018d}",
                region=supplier.region,
                started_at=now,
                submitted_at=now,
            )
            for number in span
        )
        account, _made = FileAccount.objects.get_or_create(pk="bulk")
        files = StoredFile.objects.bulk_create(
            StoredFile(
                kind="document",
                owner_type="supplier",
                owner_key=supplier.code,
                account=account,
                name=f"{number}.pdf",
                content_type="application/pdf",
                size=1,
                digest="0" * 64,
                uploaded_at=now,
                ready_at=now,
                due_at=now,
            )
            for number in (*span, *span)
        )
        first = SupplierApplication.objects.get(number="RZ-0")
        SupplierDocument.objects.bulk_create(
            SupplierDocument(application=first, kind="other", file=file, uploaded_at=now)
            for file in files[: len(span)]
        )
        reports = SupplierDocument.objects.bulk_create(
            SupplierDocument(
                supplier=supplier,
                kind="test_report",
                state="verified",
                file=file,
                uploaded_at=now,
                checked_by=1,
                checked_at=now,
            )
            for file in files[len(span) :]
        )
        ProductReport.objects.bulk_create(
            ProductReport(listing=self.goods[0].listing, document=report, named_by=1, named_at=now)
            for report in reports
        )

    def _shortages(self, records: "QuerySet[OrderRecord]", span: range) -> None:
        """Let a supplier report a unit of an order missing, once for each row."""
        orders = SupplierOrder.objects.filter(record__in=records, supplier=self.suppliers[0]).order_by("pk")
        reports = ShortageReport.objects.bulk_create(
            ShortageReport(supplier_order=order, reason="卖完了", reported_by=1, reported_at=clock.now())
            for order in orders[span.start : span.stop]
        )
        shares = {
            share.record_id: share
            for share in LineShare.objects.filter(record__in=records, supplier=self.suppliers[0])
        }
        ShortageItem.objects.bulk_create(
            ShortageItem(report=report, share=shares[report.supplier_order.record_id], units=1)
            for report in reports
        )

    def _stock(self, span: range) -> None:
        """Give the first product a lot and a place for each row, and every product an alert."""
        first = self.goods[0].stockrecords.get()
        codes = [f"L{number}" for number in span]
        expires_on = clock.today() + dt.timedelta(days=9)
        GoodsLot.objects.bulk_create(
            GoodsLot(stockrecord=first, code=code, expires_on=expires_on) for code in codes
        )
        StockBalance.objects.bulk_create(
            StockBalance(stockrecord=first, lot=code, on_hand=0, expires_on=expires_on) for code in codes
        )
        StockLocation.objects.bulk_create(StockLocation(code=code, name=code) for code in codes)
        StockAlert.objects.bulk_create(
            StockAlert(stockrecord=first, kind="expiring", lot=code, units=1, since=clock.now())
            for code in codes
        )
        StockFile.objects.bulk_create(
            StockFile(
                name="s.csv", digest=f"{code:0>64}", rows=[], uploaded_by=self.staff, uploaded_at=clock.now()
            )
            for code in codes
        )
        JournalEntry.objects.bulk_create(
            JournalEntry(
                at=clock.now(),
                actor_id=self.staff.pk,
                action="stock.changed",
                object_type="stock",
                object_key=f"stock:{first.pk}",
                before={"on_hand": number},
                after={"on_hand": number + 1},
            )
            for number in span
        )

    def _cases(self, records: "QuerySet[OrderRecord]", span: range) -> None:
        """Let the shop have an after-sales case of the supplier to decide, once for each row."""
        orders = SupplierOrder.objects.filter(record__in=records, supplier=self.suppliers[0]).order_by("pk")
        now = clock.now()
        cases = ReturnRequest.objects.bulk_create(
            ReturnRequest(
                supplier_order=order,
                number=f"{order.record.number}-A1",
                kind=ReturnKind.REPLACE,
                reason=ReturnReason.MISSING,
                state=ReturnState.ESCALATED,
                opened_at=now,
                state_since=now,
            )
            for order in orders.select_related("record")[span.start : span.stop]
        )
        shares = {
            share.record_id: share
            for share in LineShare.objects.filter(record__in=records, supplier=self.suppliers[0])
        }
        ReturnItem.objects.bulk_create(
            ReturnItem(request=case, share=shares[case.supplier_order.record_id], units=1) for case in cases
        )

    def _goods(self, span: range) -> None:
        """Put products on sale and a piece of each into the buyer's basket."""
        new = [
            make_product(
                supplier=self.suppliers[number % 3],
                sku=f"sku-{number}",
                name_zh=f"茶{number}号",
                stock=900,
            )
            for number in span
        ]
        index_products(product_ids=[product.pk for product in new])
        self.goods += new
        self._wishes(new)
        Line.objects.bulk_create(
            Line(
                basket=self.basket,
                line_reference=f"{product.pk}",
                product=product,
                stockrecord=product.stockrecords.get(),
                quantity=1,
                price_currency="CNY",
                price_incl_tax=product.stockrecords.get().price,
            )
            for product in new
        )

    def _wishes(self, new: list[Product]) -> None:
        """Let a supplier ask for another price of each product and hand in a new one; tell a story of a place."""
        now, supplier = clock.now(), self.suppliers[0]
        Proposal.objects.bulk_create(
            Proposal(
                listing=product.listing,
                kind="price",
                seen=12_800,
                wanted=13_800,
                starts_on=clock.today(),
                reason="新茶",
                proposed_by=1,
                proposed_at=now,
            )
            for product in new
        )
        ProductDraft.objects.bulk_create(
            ProductDraft(
                supplier=supplier,
                state="submitted",
                values=empty_values() | {"name_zh": product.title},
                created_by=1,
                changed_at=now,
                submitted_by=1,
                submitted_at=now,
            )
            for product in new
        )
        Story.objects.bulk_create(
            Story(region=supplier.region, title_zh=product.title, body_zh="茶山", on_home=True)
            for product in new
        )

    def _long_order(self) -> None:
        """Place a guest's order of every product, and send each line in a parcel of its own."""
        OrderRecord.objects.filter(pk__in=self.long).update(buyer=None)
        record = place(lines=[(product, 1) for product in self.goods])
        pay(record)
        open_supplier_orders(record)
        orders = {order.supplier_id: order for order in record.supplier_orders.all()}
        shares = list(LineShare.objects.filter(record=record).order_by("number"))
        now = clock.now()
        sent = Parcel.objects.bulk_create(
            Parcel(
                supplier_order=orders[share.supplier_id],
                number=number,
                courier="邮政EMS",
                tracking_number=f"LONG{len(shares)}-{number}",
                shipped_at=now,
                confirm_due_at=now,
                trouble="problem",
                trouble_at=now,
            )
            for number, share in enumerate(shares)
        )
        self._news(sent)
        ParcelItem.objects.bulk_create(
            ParcelItem(parcel=parcel, line_id=share.line_id, share=share, units=1)
            for parcel, share in zip(sent, shares, strict=True)
        )
        ParcelEvent.objects.bulk_create(ParcelEvent(parcel=parcel, at=now, kind="shipped") for parcel in sent)
        JournalEntry.objects.bulk_create(
            JournalEntry(
                at=now,
                actor_id=(self.buyer, self.staff, self.supplier)[number % 3].pk,
                action="parcel.ship",
                object_type="order",
                object_key=record.number,
            )
            for number in range(len(shares))
        )
        record.supplier_orders.update(state="confirmed")
        self.order = record
        self.long.append(record.pk)

    @staticmethod
    def _news(parcels: list[Parcel]) -> None:
        """Let the courier tell of each parcel, and the tracking service give up on it."""
        now = clock.now()
        TrackingEvent.objects.bulk_create(
            TrackingEvent(parcel=parcel, at=now, digest=f"{place}", text=f"第{place}站", recorded_at=now)
            for parcel in parcels
            for place in range(2)
        )
        TrackingWatch.objects.bulk_create(
            TrackingWatch(
                parcel=parcel,
                provider="kuaidi100",
                company="ems",
                number=parcel.tracking_number,
                state="failed",
                due_at=now,
                created_at=now,
            )
            for parcel in parcels
        )

    def _money(self, span: range) -> None:
        """Add to every list of money, each row of an order of its own."""
        now, today = clock.now(), clock.today()
        records = list(OrderRecord.objects.exclude(pk__in=self.long).order_by("pk"))
        of_row = {number: records[number] for number in span}
        attempts = PaymentAttempt.objects.bulk_create(
            PaymentAttempt(
                record=of_row[number],
                provider="bank_transfer",
                amount_fen=10,
                state="open",
                idempotency_key=f"a{number}",
                reference=f"R{number:07d}",
                created_at=now,
            )
            for number in span
        )
        TransferClaim.objects.bulk_create(
            TransferClaim(
                attempt=attempt,
                reference=attempt.reference,
                bank_serial=f"S{number}",
                booked_on=today,
                fen=10,
                payer="杭州某单位",
                proposed_by=1,
                proposed_at=now,
            )
            for number, attempt in zip(span, attempts, strict=True)
        )
        requests = RefundRequest.objects.bulk_create(
            RefundRequest(number=f"Q{number}", record=of_row[number], fen=1, reason="", requested_at=now)
            for number in span
        )
        payments = Payment.objects.bulk_create(
            Payment(
                key=f"bank:{number}:{place}",
                provider="bank_transfer",
                record=of_row[number],
                attempt=attempt,
                fen=10,
                captured_at=now,
            )
            for number, attempt in zip(span, attempts, strict=True)
            for place in range(len(STATES))
        )
        RefundExecution.objects.bulk_create(
            RefundExecution(
                request=None if STATES[place % 4] is ExecutionState.PROPOSED else requests[place // 4],
                payment=payment,
                fen=1,
                state=STATES[place % 4],
                idempotency_key=f"e{payment.key}",
                created_at=now,
            )
            for place, payment in enumerate(payments)
        )

    @staticmethod
    def _messages(span: range) -> None:
        """Add sent notices, messages given up and notices of payments nobody knows."""
        now = clock.now()
        MailboxMessage.objects.bulk_create(
            MailboxMessage(
                notice_key=f"k{number}",
                channel="sms" if number % 2 else "email",
                address=f"buyer{number}@example.com",
                subject=f"订单 {number:03d}",
                body="请看订单",
                delivered_at=now,
            )
            for number in span
        )
        PaymentNotice.objects.bulk_create(
            PaymentNotice(
                provider="demo",
                provider_event_id=f"evt-{number}",
                body="{}",
                body_digest="0" * 64,
                reference=f"nobody-{number}",
                received_at=now,
                outcome="unknown_reference",
            )
            for number in span
        )
        BuyerNotice.objects.bulk_create(
            BuyerNotice(
                key=f"held-{number}",
                kind="buyer_paid",
                address=f"buyer{number}@example.com",
                subject=f"订单 {number:03d}",
                body="请看订单",
                state="dead",
                last_error=HELD,
                due_at=now,
                created_at=now,
            )
            for number in span
        )
        messages: list[OutboxMessage] = [say(f"YSDEAD-{number}") for number in span]
        OutboxDelivery.objects.bulk_create(
            OutboxDelivery(message=message, handler="tests.note", state=DeliveryState.DEAD, due_at=now)
            for message in messages
        )

    def _notices(self, span: range) -> None:
        """Add notices to a supplier and to buyers that were given up, and ways to reach the supplier."""
        now = clock.now()
        ways = SupplierChannel.objects.bulk_create(
            SupplierChannel(
                supplier=self.suppliers[0],
                channel="email",
                address=f"way{number}@example.com",
                position=number + 1,
                created_at=now,
            )
            for number in span
        )
        common = {"subject": "订单", "body": "请看", "state": "dead", "due_at": now, "created_at": now}
        SupplierNotice.objects.bulk_create(
            SupplierNotice(
                key=f"s{way.position}",
                via=way,
                supplier=way.supplier,
                record=self.first,
                kind="test",
                **common,
            )
            for way in ways
        )
        BuyerNotice.objects.bulk_create(
            BuyerNotice(key=f"b{number}", record=self.first, kind="test", channel="sms", **common)
            for number in span
        )

    @staticmethod
    def _entries(span: range) -> None:
        """Add orders of one entry each, and lines to the long order of the ledger."""
        paid_orders(len(span), start=span.start)
        paid_orders(len(span), start=span.start, order=LONG_ORDER)
        restated_orders(len(span), start=span.start)

    def _people(self, span: range) -> None:
        """Write down people with a role each, and give one person many roles."""
        people = User.objects.bulk_create(
            User(phone=f"+86177{number:08d}", last_name="员", first_name=f"{number}") for number in span
        )
        ScopeGrant.objects.bulk_create(
            ScopeGrant(user=person, role=Role.LIAISON, kind=ScopeKind.REGION, code="wangcang")
            for person in people
        )
        ScopeGrant.objects.bulk_create(
            ScopeGrant(user=self.many, role=Role.LIAISON, kind=ScopeKind.REGION, code=f"r-{number}")
            for number in span
        )
        JournalEntry.objects.bulk_create(
            JournalEntry(
                at=clock.now(),
                actor_id=person.pk,
                action="accounts.grant_role",
                object_type="user",
                object_key=f"{self.many.pk}",
                after={"role": "liaison"},
            )
            for person in people
        )

    def give_order(self, buyer: User | None) -> None:
        """Make the order with all the lines this person's, or a guest's."""
        if self.order.buyer != buyer:
            self.order.buyer = buyer
            self.order.save(update_fields=["buyer"])

    def person(self, name: str) -> User | None:
        """Return buyer, supplier, staff or the unit's member; None for a guest."""
        people = {"buyer": self.buyer, "supplier": self.supplier, "staff": self.staff, "unit": self.member}
        return people.get(name)
