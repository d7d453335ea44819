"""Who gets what at every address: the table of `test_url_matrix`.

A view without a row fails the test, and so does a row without a view. There is no default row and no
default role: `answers` names a status for everyone. Where an address names an object (an order number, a
parcel), the object belongs to the owner that the row names, so that the answer to everyone else shows
whether the page looks at its caller. Add your rows under your app's heading, those of units in `url_matrix_units`.
"""

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any

from oscar.apps.order.models import Line

from shop.accounts.models import User
from shop.accounts.scope import SYSTEM
from shop.certificates.images import image_path
from shop.certificates.models import Certificate, ShareImage
from shop.conversations.about import About
from shop.conversations.models import Conversation
from shop.conversations.services import Words, start_conversation
from shop.core import clock
from shop.core.whole_files import write_whole
from shop.files.links import link_to
from shop.files.models import FileKind
from shop.files.services import encode_photos, store_file
from shop.fulfilment.models import Parcel, ShippingFile, ShortageReport, SupplierOrder
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.services import Claim, open_return
from shop.fulfilment.services import confirm_receipt
from shop.gateways import services as gateways
from shop.gateways.bank_models import Difference, StatementFile, StatementLine
from shop.gateways.bill_models import BillFile
from shop.gateways.models import HostedPayment, Payment, PaymentNotice, RefundExecution, TransferClaim
from shop.gateways.money_models import MoneyMove, PayeeChange, PayerName
from shop.gateways.payer_models import PayerAccount
from shop.invoicing.models import InvoiceRequest
from shop.invoicing.services import request_invoices
from shop.ledger.closing_models import Statement
from shop.ledger.corrections import correctable_sources, request_correction
from shop.ledger.fact_models import Correction, KeyCollision, KeyKind
from shop.ledger.register import claim_key
from shop.listings.draft_fields import empty_values
from shop.listings.models import Listing, ProductPicture
from shop.listings.pictures import FILES, store_derivatives
from shop.listings.price_list_models import PriceList
from shop.listings.services import (
    begin_draft,
    name_goods,
    propose_price,
    save_category,
    save_draft,
    submit_draft,
)
from shop.listings.supplier_models import ProductDraft, Proposal
from shop.notifications.links import short_path
from shop.notifications.models import BuyerNotice, SupplierChannel
from shop.notifications.services import write_buyer_notice
from shop.operations.abuse_models import AbuseFinding
from shop.opinions.models import Review
from shop.opinions.reviews import ReviewDraft, write_review
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import save_address
from shop.ordering.desk_models import Reshipment
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.numbers import guest_token
from shop.ordering.services import UnitsOf, request_refund, request_reshipment
from shop.ordering.stock_models import StockFile
from shop.outbox.models import DeliveryState, OutboxDelivery
from shop.procurement.lead_models import Lead
from shop.procurement.services import open_lead
from shop.regions.content_models import Banner, Story
from shop.reporting.asking import path_of
from shop.reporting.mailing import add_recipient
from shop.reporting.models import ExportJob, ReportMailing, ReportRecipient
from shop.settlement import services as settlement
from shop.settlement.models import PayeeAccount, PayoutList, SupplierStatement, TakenEvent
from shop.settlement.services.taking_in import not_taken
from shop.suppliers import services as suppliers
from shop.suppliers.admission_models import DocumentKind, SupplierDocument
from shop.suppliers.models import Supplier, SupplierApplication
from tests.certificates.cast import confirmed, resident_certificate, unit_certificate
from tests.factories import RECIPIENT, make_product, make_supplier, pay, place
from tests.factories.coupons import make_campaign
from tests.factories.places import make_region
from tests.factories.price_lists import approved_list
from tests.files.uploads import photo
from tests.fulfilment.cast import open_supplier_orders, ship
from tests.gateways.bank import came, csv_of, left, upload
from tests.gateways.bill_files import wechat
from tests.gateways.cast import bank_line, transfer_order
from tests.ledger import story as ledger_story
from tests.ledger.closers import Closers, close
from tests.listings.supplier_cast import complete, scope
from tests.notifications.cast import make_channel
from tests.outbox.cast import say
from tests.reporting.bulk import ready_export
from tests.settlement.cast import owed_last_month, tell
from tests.suppliers.cast import held, submitted_application
from tests.url_matrix_units import UNIT_OWN, UNIT_ROWS, UNITS, UnitWorld, of_contract, of_prices
from tests.url_rows import UNION, Answers, Row, Who, answers, everyone, staff_only

__all__ = ["CLOSERS", "ROWS", "Who", "World"]


def _settled(story: ledger_story.Story) -> None:
    """Let settlement pass over an order that only the ledger is about."""
    TakenEvent.objects.bulk_create(
        TakenEvent(event_id=row.event_id, topic=row.topic, stream=row.stream, seq=row.seq)
        for row in not_taken().filter(stream=story.number)
    )


class World(UnitWorld):
    """The cast and what belongs to it; objects are made when a row asks for them.

    Add a cached property for an object that your rows need. It belongs to `resident` or to the supplier of
    `supplier_user`; `other_resident` and `other_supplier_user` own nothing that a row names.
    """

    @cached_property
    def saved_address(self) -> SavedAddress:
        """Return an address that resident keeps."""
        return save_address(owner_id=self.cast.resident.pk, recipient=RECIPIENT)

    @cached_property
    def order(self) -> OrderRecord:
        """Return resident's unpaid order."""
        return place(
            lines=[(make_product(supplier=make_supplier(code="matrix-one")), 1)], buyer=self.cast.resident
        )

    @cached_property
    def paid_order(self) -> OrderRecord:
        """Return resident's order, paid and handed to the two suppliers of the cast."""
        self.cast  # noqa: B018 - its suppliers have their regions
        goods = [
            (make_product(supplier=make_supplier(code=code), sku=code), 3)
            for code in ("matrix-one", "matrix-two")
        ]
        record = place(lines=goods, buyer=self.cast.resident)
        pay(record)
        open_supplier_orders(record)
        return record

    @cached_property
    def invoice_request(self) -> InvoiceRequest:
        """Return what supplier_user is asked for of resident's paid order."""
        asked = request_invoices(
            record_id=self.paid_order.pk, wish=InvoiceWish("王芳"), asked_by=self.cast.resident.pk
        )
        return next(one for one in asked if one.supplier.code == "matrix-one")

    @cached_property
    def shipped_order(self) -> OrderRecord:
        """Return resident's order of which supplier_user's parcel is on its way."""
        ship(self.supplier_order)
        return self.paid_order

    @cached_property
    def parcel(self) -> Parcel:
        """Return supplier_user's parcel, which is on its way to resident."""
        return Parcel.objects.get(supplier_order__record=self.shipped_order)

    @cached_property
    def received_order(self) -> OrderRecord:
        """Return resident's order whose parcel of supplier_user has arrived."""
        confirm_receipt(record_id=self.shipped_order.pk, actor_id=self.cast.resident.pk)
        return self.shipped_order

    @cached_property
    def received_line(self) -> Line:
        """Return the goods of supplier_user that resident has received."""
        return Line.objects.get(shares__record=self.received_order, shares__supplier__code="matrix-one")

    @cached_property
    def review(self) -> Review:
        """Return what resident says of the goods of supplier_user."""
        return write_review(
            record_id=self.received_order.pk,
            line_id=self.received_line.pk,
            draft=ReviewDraft(stars=5, text="很香"),
            actor_id=self.cast.resident.pk,
        )

    @cached_property
    def reshipment(self) -> Reshipment:
        """Return what supplier_user has to send resident once more."""
        share = self.shipped_order.shares.get(supplier__code="matrix-one")
        return request_reshipment(
            record_id=self.shipped_order.pk,
            share_id=share.pk,
            units=1,
            reason="leaking",
            actor_id=self.cast.staff.pk,
        )

    @cached_property
    def unknown_notice(self) -> PaymentNotice:
        """Return what the provider told of a payment that nobody here knows."""
        return PaymentNotice.objects.create(
            provider="demo",
            provider_event_id="evt-unknown",
            body="{}",
            body_digest="0" * 64,
            reference="unknown",
            received_at=clock.now(),
            outcome="unknown_reference",
        )

    @cached_property
    def dead_notice(self) -> BuyerNotice:
        """Return a notice to a guest that could not be sent."""
        notice = write_buyer_notice(key="matrix", kind="buyer_paid", record=self.guest_order)
        assert notice is not None
        BuyerNotice.objects.filter(pk=notice.pk).update(state="dead")
        return notice

    @cached_property
    def supplier_channel(self) -> SupplierChannel:
        """Return one more way to reach the supplier of supplier_user."""
        self.cast  # noqa: B018 - its suppliers have their regions
        return make_channel(make_supplier(code="matrix-one"), "email", "way@example.com")

    @cached_property
    def refund_wish(self) -> RefundRequest:
        """Return what resident asks back of the parcel that is on its way: staff decide."""
        share = self.shipped_order.shares.get(supplier__code="matrix-one")
        return request_refund(
            record_id=self.shipped_order.pk,
            portions=[UnitsOf(share.pk, 1)],
            by_buyer=True,
            reason="leaking",
            actor_id=self.cast.resident.pk,
        )

    @cached_property
    def supplier_order(self) -> SupplierOrder:
        """Return what supplier_user has to ship of resident's order."""
        return SupplierOrder.objects.get(record=self.paid_order, supplier__code="matrix-one")

    @cached_property
    def shortage(self) -> ShortageReport:
        """Return what supplier_user cannot ship of resident's order."""
        return ShortageReport.objects.create(
            supplier_order=self.supplier_order,
            reason="卖完了",
            reported_by=self.cast.supplier_user.pk,
            reported_at=clock.now(),
        )

    @cached_property
    def case(self) -> ReturnRequest:
        """Return what resident asks of supplier_user about a parcel on its way."""
        share = self.shipped_order.shares.get(supplier__code="matrix-one")
        return open_return(
            record_id=self.shipped_order.pk,
            supplier_order_id=self.supplier_order.pk,
            claim=Claim(kind="refund_only", reason="not_arrived", units_by_share={share.pk: 1}),
            actor_id=self.cast.resident.pk,
        )

    @cached_property
    def shipping_file(self) -> ShippingFile:
        """Return supplier_user's uploaded list; its only row names no order."""
        return ShippingFile.objects.create(
            supplier=make_supplier(code="matrix-one"),
            name="待发货.csv",
            digest="0" * 64,
            columns={},
            rows=[[2, "YS-NONE", "1", "1", "邮政EMS", "EA123456789CN"]],
            uploaded_by=self.cast.supplier_user,
            uploaded_at=clock.now(),
        )

    @cached_property
    def stock_file(self) -> StockFile:
        """Return a list of changes to stock; its only row names no product."""
        return StockFile.objects.create(
            name="库存.csv",
            digest="1" * 64,
            rows=[[2, "NONE", "", "", "", "", "", "1", "0"]],
            uploaded_by=self.cast.staff,
            uploaded_at=clock.now(),
        )

    @cached_property
    def guest_order(self) -> OrderRecord:
        """Return an order of somebody without an account."""
        return place(lines=[(make_product(sku="guest"), 1)])

    @cached_property
    def dead_delivery(self) -> OutboxDelivery:
        """Return a message of resident's order that one handler gave up."""
        # An empty message about money would be an order that no book knows.
        message = say(self.order.number, topic="order.closed")
        return OutboxDelivery.objects.create(
            message=message, handler="tests.note", state=DeliveryState.DEAD, due_at=clock.now()
        )

    @cached_property
    def draft_application(self) -> SupplierApplication:
        """Return what resident has begun to fill in."""
        return suppliers.start_application(applicant_id=self.cast.resident.pk, demo=True)

    @cached_property
    def application(self) -> SupplierApplication:
        """Return resident's application, which is with the county of liaison."""
        return submitted_application(self.cast.resident)

    @cached_property
    def product(self) -> Any:
        """Return a product of supplier_user's supplier."""
        return make_product(supplier=make_supplier(code="matrix-one"))

    @cached_property
    def conversation(self) -> Conversation:
        """Return what resident asks supplier_user about it."""
        resident = self.cast.resident.pk
        about = About(self.product.listing.supplier_id, resident, product_id=self.product.pk)
        return start_conversation(about=about, words=Words("还有货吗？", "matrix"), actor_id=resident)

    @cached_property
    def listing(self) -> Listing:
        """Return that product's listing."""
        return Listing.objects.get(product=self.product)

    @cached_property
    def proposal(self) -> Proposal:
        """Return another price that supplier_user proposes for it."""
        return propose_price(
            scope=scope("matrix-one"),
            listing_id=self.listing.pk,
            price_fen=13_800,
            seen_fen=12_800,
            starts_on=clock.today(),
            reason="新茶",
            actor_id=self.cast.supplier_user.pk,
        )

    @cached_property
    def product_draft(self) -> ProductDraft:
        """Return a product that supplier_user has begun."""
        return begin_draft(supplier=make_supplier(code="matrix-one"), actor_id=self.cast.supplier_user.pk)

    @cached_property
    def submitted_draft(self) -> ProductDraft:
        """Return the next version of supplier_user's product, handed in."""
        save_category(slug="herbs", name_zh="药材", name_en="Herbs", actor_id=None)
        draft = ProductDraft.objects.create(
            supplier=make_supplier(code="matrix-one"),
            listing=self.listing,
            version=2,
            values=empty_values() | {"price_fen": 12_800},
            base={"name_zh": "旧名"},
            created_by=self.cast.supplier_user.pk,
            changed_at=clock.now(),
        )
        own = scope("matrix-one")
        actor = self.cast.supplier_user.pk
        save_draft(scope=own, draft_id=draft.pk, values=complete(), revision=0, actor_id=actor)
        return submit_draft(scope=own, draft_id=draft.pk, actor_id=actor)

    @cached_property
    def banner_pk(self) -> int:
        """Return the id of a banner of the first page."""
        return Banner.objects.order_by("pk")[0].pk

    @cached_property
    def story(self) -> Story:
        """Return a story of a place."""
        return Story.objects.create(region=make_region(slug="wangcang"), title_zh="茶", body_zh="茶山")

    @cached_property
    def category_pk(self) -> int:
        """Return the id of a public category."""
        saved = save_category(slug="matrix", name_zh="茶叶", name_en="Tea", actor_id=None)
        return saved.row.category_id

    @cached_property
    def picture(self) -> str:
        """Return the file name of that product's picture."""
        picture = ProductPicture.objects.create(product=self.product, key="matrix-picture")
        store_derivatives([(picture, dict.fromkeys(FILES, b"picture"))])
        return f"{picture.key}{FILES['webp-160']}"

    @cached_property
    def tested_supplier(self) -> str:
        """Return the code of a supplier with a checked test report."""
        supplier = make_supplier(code="matrix-one")
        held(supplier, DocumentKind.TEST_REPORT, days=100, number="T-1")
        return supplier.code

    @cached_property
    def tested_product(self) -> int:
        """Return a product of that supplier's of which the report speaks."""
        supplier = Supplier.objects.get(code=self.tested_supplier)
        product = make_product(supplier=supplier, sku="matrix-tested")
        report = SupplierDocument.objects.get(supplier=supplier, kind=DocumentKind.TEST_REPORT)
        name_goods(scope=SYSTEM, document_id=report.pk, skus=["matrix-tested"], actor_id=1)
        return int(product.pk)

    @cached_property
    def private_file(self) -> str:
        """Return the signed address's token of a photo that resident may see, and nobody else."""
        file = store_file(
            upload=photo(),
            kind=FileKind.PHOTO,
            owner_type="order",
            owner_key="matrix",
            uploaded_by=self.cast.resident.pk,
            account="matrix",
        )
        encode_photos()
        file.refresh_from_db()
        return link_to(file, user_id=self.cast.resident.pk).rpartition("/")[2]

    @cached_property
    def hosted_payment(self) -> HostedPayment:
        """Return the demo provider's session for resident's order."""
        gateways.start_payment(record=self.order, method="demo")
        return HostedPayment.objects.get()

    @cached_property
    def statement(self) -> StatementFile:
        """Return a statement that one of the finance people has uploaded: money nobody knows, and a fee."""
        rows = csv_of(came("M1", "7.00", "?"), left("M2", "3.00", "手续费"))
        return upload(self.cast, rows)

    @cached_property
    def statement_line(self) -> StatementLine:
        """Return a confirmed line of received money without an order."""
        gateways.confirm_statement(file_id=self.statement.pk, confirmed_by=self.cast.second_staff.pk)
        gateways.settle_lines()
        return StatementLine.objects.get(serial="M1")

    @cached_property
    def difference_pk(self) -> int:
        """Return the id of a difference about an outgoing line."""
        self.statement_line  # noqa: B018 - it comes with the same statement
        return Difference.objects.get(kind="outgoing").pk

    @cached_property
    def assignment_pk(self) -> int:
        """Return the id of the order that a finance person proposed for that line's money."""
        assignment = gateways.propose_assignment(
            payment_id=self.statement_line.payment_id or 0,
            order_number=self.order.number,
            proposed_by=self.cast.second_finance.pk,
        )
        return assignment.pk

    @cached_property
    def bank_line(self) -> TransferClaim:
        """Return a bank line for another order, entered by one of the finance people."""
        _record, attempt = transfer_order()
        return TransferClaim.objects.get(pk=bank_line(attempt, 30_000, by=self.cast.second_finance.pk))

    @cached_property
    def surplus(self) -> Payment:
        """Return a payment of which 100.00 yuan are not applied."""
        return gateways.confirm_transfer(claim_id=self.bank_line.pk, confirmed_by=self.cast.second_staff.pk)

    @cached_property
    def proposed_return(self) -> RefundExecution:
        """Return the proposal to send the surplus back."""
        return gateways.propose_return(payment_id=self.surplus.pk, requested_by=self.cast.second_finance.pk)

    @cached_property
    def bill(self) -> BillFile:
        """Return yesterday's bill of a channel: a day without movements."""
        day = clock.today() - dt.timedelta(days=1)
        return gateways.upload_bill(
            provider="wechat", day=day, name="w.csv", raw=wechat(day), uploaded_by=self.cast.second_finance.pk
        )

    @cached_property
    def month_statement(self) -> Statement:
        """Return the statement of a month in which one order was paid."""
        cast = self.cast
        sold = [ledger_story.share(900_001, 10000, 5, supplier="matrix-one")]
        ledger_story.Story(sold, post=tell).place().pay()
        closers = Closers(cast.preparer, cast.reviewer, cast.releaser, cast.preparer)
        return close("2026-09", closers)[0]

    @cached_property
    def public_statement(self) -> Statement:
        """Return the statement of its demonstration data: what the public page shows here."""
        return Statement.objects.get(month=self.month_statement.month, demo=True)

    @cached_property
    def correction(self) -> Correction:
        """Return what a second finance person wants to be said anew of a paid order."""
        cast = self.cast
        sold = [ledger_story.share(900_002, 10000, 5, supplier="matrix-one")]
        number = ledger_story.Story(sold, number="YS-CORRECTED", post=tell).place().pay().number
        return request_correction(
            order_number=number,
            source_key=correctable_sources(number)[0].key,
            facts={"mode": "direct"},
            reason="audit",
            note="由区属单位付款",
            upload=photo(),
            actor_id=cast.second_finance.pk,
        )

    @cached_property
    def collision(self) -> KeyCollision:
        """Return a courier number that two parcels claim."""
        for owner in ("parcel:1", "parcel:2"):
            claim_key(kind=KeyKind.COURIER, value="EA1", owner=owner)
        return KeyCollision.objects.get()

    @cached_property
    def payer_name(self) -> PayerName:
        """Return another name under which the union pays."""
        unit = self.union.unit
        return gateways.add_payer_name(organisation_id=unit.pk, name="财政中心", actor_id=1)

    @cached_property
    def payer_account(self) -> PayerAccount:
        """Return an account from which the union pays."""
        unit = self.union.unit
        return gateways.add_payer_account(organisation_id=unit.pk, account="6222000011112222", actor_id=1)

    @cached_property
    def move(self) -> MoneyMove:
        """Return a part of another surplus that is proposed for another order of its guest."""
        _record, attempt = transfer_order()
        claim = bank_line(attempt, 30_000, by=self.cast.second_finance.pk, serial="S2")
        surplus = gateways.confirm_transfer(claim_id=claim, confirmed_by=self.cast.second_staff.pk)
        return gateways.propose_move(
            payment_id=surplus.pk,
            order_number=transfer_order()[0].number,
            reason="多付",
            proposed_by=self.cast.second_finance.pk,
            fen=100,
        )

    @cached_property
    def payee_change(self) -> PayeeChange:
        """Return another payee proposed for the approved return of the surplus."""
        execution = gateways.approve_return(
            execution_id=self.proposed_return.pk, approved_by=self.cast.second_staff.pk
        )
        return gateways.propose_payee(
            execution_id=execution.pk,
            payee="某公司",
            payee_account="8888",
            reason="销户",
            proposed_by=self.cast.second_finance.pk,
        )

    @cached_property
    def payee_account(self) -> PayeeAccount:
        """Return the bank account that supplier_user has entered."""
        self.cast  # noqa: B018 - its suppliers have their regions
        return settlement.propose_payee_account(
            supplier_code="matrix-one",
            holder="矩阵茶业",
            bank="示例银行",
            number="6222020000001234",
            proposed_by=self.cast.supplier_user.pk,
        )

    @cached_property
    def supplier_statement(self) -> SupplierStatement:
        """Return what supplier_user's supplier is owed for last month."""
        self.cast  # noqa: B018 - its suppliers have their regions
        return owed_last_month("matrix-one", number=self.order.number, key=900_003)

    @cached_property
    def payout_list(self) -> PayoutList:
        """Return a list that one of the finance people has made of it."""
        self.supplier_statement  # noqa: B018 - it is paid
        settlement.verify_payee_account(
            account_id=self.payee_account.pk, verified_by=self.cast.second_finance.pk
        )
        return settlement.make_payout_list(demo=True, made_by=self.cast.second_finance.pk)

    @cached_property
    def approved_list(self) -> PayoutList:
        """Return the list, approved by another person."""
        return settlement.approve_payout_list(
            number=self.payout_list.number, approved_by=self.cast.second_staff.pk
        )

    @cached_property
    def unit_certificate(self) -> Certificate:
        """Return what was certified of the union's October."""
        unit = self.union.unit
        _settled(confirmed(801, 10_000, day="2026-10-03", credited_organisation=unit.code))
        return unit_certificate(unit)

    @cached_property
    def own_certificate(self) -> Certificate:
        """Return what was certified of resident's October; its picture is drawn."""
        _settled(confirmed(802, 10_000, day="2026-10-03", number=self.order.number))
        certificate = resident_certificate(self.cast.resident)
        write_whole(image_path(certificate), b"a picture")
        ShareImage.objects.filter(certificate=certificate).update(ready_at=clock.now())
        return certificate

    @cached_property
    def price_list(self) -> PriceList:
        """Return prices agreed with the unit of union_buyer."""
        return approved_list(self.goods.tea, units=[self.union.unit.code])

    @cached_property
    def abuse_finding(self) -> AbuseFinding:
        """Return what the worker found about resident's order."""
        return AbuseFinding.objects.create(
            kind="payee",
            key="matrix",
            reference=self.order.number,
            record=self.order,
            fen=100,
            detail={"refund": "", "reason": ""},
            happened_at=clock.now(),
            found_at=clock.now(),
        )

    @cached_property
    def lead(self) -> Lead:
        """Return a negotiation about goods of the liaison's region."""
        staff = self.cast.staff
        return open_lead(
            scope=SYSTEM,
            company="洽谈单位",
            region="wangcang",
            contact_name="",
            contact_phone="",
            expected_fen=100,
            next_on=None,
            note="",
            demo=True,
            actor_id=staff.pk,
        )

    @cached_property
    def export(self) -> ExportJob:
        """Return a file that staff asked for and the worker has made."""
        job = ready_export(self.cast.staff, "entries-net.csv")
        job.save()
        write_whole(path_of(job), b"a file")
        return job

    @cached_property
    def report_recipient(self) -> ReportRecipient:
        """Return auditor on the list of the monthly report."""
        User.objects.filter(pk=self.cast.auditor.pk).update(email="auditor@example.com")
        return add_recipient(user_id=self.cast.auditor.pk, actor_id=self.cast.staff.pk)

    @cached_property
    def report_mailing(self) -> ReportMailing:
        """Return a report that auditor could not get."""
        return ReportMailing.objects.create(
            user=self.cast.auditor,
            month=dt.date(2026, 9, 1),
            demo=True,
            refusal="address",
            begun_at=clock.now(),
        )

    def person(self, who: Who) -> User | None:
        """Return the user who plays this role, None for the anonymous."""
        return None if who is Who.ANONYMOUS else getattr(self.cast, who)


_READERS = (Who.STAFF, Who.FINANCE, Who.LIAISON, Who.AUDITOR)
CLOSERS = (Who.PREPARER, Who.REVIEWER, Who.RELEASER)


def _with_app(status: int, *, others: int) -> Answers:
    """Return `status` for everyone of the cast who has an authenticator app, the login for strangers."""
    have = (*_READERS, *CLOSERS, Who.SUPPLIER, Who.OTHER_SUPPLIER)
    return answers(anonymous=302, others=others, **{str(who): status for who in have})


_STRANGERS = answers(anonymous=200, others=302)
_PEOPLE = answers(anonymous=302, others=200)
_MOVED = Row(get=everyone(302), post=everyone(302))

_OWN = answers(anonymous=404, others=404, resident=200)
_OWN_MOVED = answers(anonymous=404, others=404, resident=302)
_MONEY = staff_only(200, Who.STAFF, Who.FINANCE)
_MONEY_ACTS = staff_only(302, Who.STAFF, Who.FINANCE)
_MONEY_NOT = staff_only(405, Who.STAFF, Who.FINANCE)


def _order_number(world: World) -> dict[str, Any]:
    return {"number": world.order.number}


def _money_act(pk: Callable[[World], int]) -> Row:
    """Return the row of a button on the money desk: whoever handles money comes back to the queue."""
    return Row(
        get=_MONEY_NOT,
        post=_MONEY_ACTS,
        owner="the shop: money of a guest's order",
        arguments=lambda world: {"pk": pk(world)},
        data=lambda world: {"bank_serial": "R1"},
    )


def _case(world: World) -> dict[str, Any]:
    return {"number": world.shipped_order.number, "case": world.case.number}


def _claim(world: World) -> dict[str, Any]:
    share = world.shipped_order.shares.get(supplier__code="matrix-one")
    return {"reason": "not_arrived", "kind": "refund_only", f"units_{share.pk}": 1}


def _answer_of_supplier(status: int) -> Row:
    """Return the row of a button on a supplier's page of a case."""
    return Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=status),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=lambda world: {"pk": world.case.pk},
        data=_note,
    )


def _note(world: World) -> dict[str, Any]:
    return {"note": "已电话核实", "signed_on": f"{clock.today()}"}


def _parcel_act() -> Row:
    """Return the row of a button of the staff on supplier_user's parcel, which is on its way to resident."""
    return Row(
        get=everyone(405),
        post=staff_only(302),
        owner="resident, who waits for it",
        arguments=lambda world: {"pk": world.parcel.pk},
        data=_note,
    )


def _order_act(*roles: Who) -> Row:
    """Return the row of a button of the staff on resident's order; what is not possible is said on its page."""
    return Row(
        get=everyone(405),
        post=staff_only(302, *roles),
        owner="resident",
        arguments=_order_number,
        data=_note,
    )


def _staffs_file() -> Row:
    return Row(
        get=answers(anonymous=302, others=404, staff=200),
        post=everyone(405),
        owner="staff, who asked for it; nobody else takes it",
        arguments=lambda world: {"key": world.export.key},
    )


_SHOPS = "the shop: its bank account"
_PUBLIC = Row(get=everyone(200), post=everyone(405))
_BOOKS = staff_only(200, Who.STAFF, Who.FINANCE, Who.AUDITOR)
_SUPPLIER_OWN = answers(anonymous=302, others=404, supplier_user=200)


def _abuse_finding(world: World) -> dict[str, Any]:
    return {"pk": world.abuse_finding.pk}


def _price_list(world: World) -> dict[str, Any]:
    return {"pk": world.price_list.pk}


def _campaign(world: World) -> dict[str, Any]:
    return {"pk": make_campaign().pk}


_FIGURES = staff_only(200, *_READERS, *CLOSERS)
_FIGURES_UNNAMED = staff_only(400, *_READERS, *CLOSERS)
#: Months, corrections and the register are of the whole shop.
_WHOLE = staff_only(200, Who.STAFF, Who.FINANCE, Who.AUDITOR, *CLOSERS)


def _supplier_statement(world: World) -> dict[str, Any]:
    return {"number": world.supplier_statement.number}


def _rate(world: World) -> dict[str, Any]:
    return {"act": "propose", "rate": "101"}


def _saved_address(world: World) -> dict[str, Any]:
    return {"pk": world.saved_address.pk}


_TALK_READERS = staff_only(200, Who.STAFF, Who.LIAISON, Who.AUDITOR)


def _talk(world: World) -> dict[str, Any]:
    return {"pk": world.conversation.pk}


def _talk_act() -> Row:
    """Return the row of a button of the staff on a conversation of supplier_user's, for its county's liaison too."""
    return Row(
        get=everyone(405),
        post=staff_only(302, Who.STAFF, Who.LIAISON),
        owner="the shop, and the county of supplier_user",
        arguments=_talk,
    )


def _words(world: World) -> dict[str, Any]:
    return {"text": "还有货吗？"}


def _paid_number(world: World) -> dict[str, Any]:
    return {"number": world.paid_order.number}


def _product(world: World) -> dict[str, Any]:
    return {"product_slug": world.product.slug, "pk": world.product.pk}


def _product_pk(world: World) -> dict[str, Any]:
    return {"pk": world.product.pk}


def _review(world: World) -> dict[str, Any]:
    return {"pk": world.review.pk}


def _listing(world: World) -> dict[str, Any]:
    return {"pk": world.listing.pk}


def _draft(world: World) -> dict[str, Any]:
    return {"pk": world.product_draft.pk}


def _submitted_draft(world: World) -> dict[str, Any]:
    return {"pk": world.submitted_draft.pk}


def _supplier_order(world: World) -> dict[str, Any]:
    return {"pk": world.supplier_order.pk}


def _shipment(world: World) -> dict[str, Any]:
    share = world.paid_order.shares.get(supplier__code="matrix-one")
    return {"courier": "邮政EMS", "tracking_number": "EA123456789CN", f"units_{share.pk}": 1}


def _shortage(world: World) -> dict[str, Any]:
    share = world.paid_order.shares.get(supplier__code="matrix-one")
    return {f"units_{share.pk}": 1, "reason": "卖完了"}


def _refund(world: World) -> dict[str, Any]:
    return {f"units_{share.pk}": 1 for share in world.paid_order.shares.all()} | {"reason": "坏果"}


_APPLICANT = answers(anonymous=302, others=404, resident=200)


def _draft_application(world: World) -> dict[str, Any]:
    return {"number": world.draft_application.number}


ROWS: dict[str, Row] = {
    # --- units: a table of their own ----------------------------------------------------------------
    **UNIT_ROWS,
    # --- storefront and the shop's own Oscar pages: open to everyone ------------------------------
    "home": _PUBLIC,
    "catalogue:index": _PUBLIC,
    "catalogue:category": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: a published category",
        arguments=lambda world: {"category_slug": "matrix", "pk": world.category_pk},
    ),
    "catalogue:detail": Row(
        get=everyone(200), post=everyone(405), owner="everybody: a published product", arguments=_product
    ),
    # Without words it leads to all goods.
    "search:search": Row(get=everyone(302), post=everyone(405)),
    "search:suggest": Row(get=everyone(200), post=everyone(405)),
    "picture": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: a published product's picture",
        arguments=lambda world: {"name": world.picture},
    ),
    # A fresh signed address, made out for one person; a document's page checks the right before it makes one.
    "files:file": Row(
        get=answers(anonymous=404, others=404, resident=200),
        post=everyone(405),
        owner="resident",
        arguments=lambda world: {"token": world.private_file},
    ),
    "storefront:regions": _PUBLIC,
    "storefront:region": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: a partner region",
        arguments=lambda world: {"slug": "wangcang"},
    ),
    "storefront:supplier": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: a supplier that sells",
        arguments=lambda world: {"code": world.product.listing.supplier.code},
    ),
    "storefront:supplier_report": Row(
        get=everyone(302),
        post=everyone(405),
        owner="everybody: a checked test report of a supplier that sells",
        arguments=lambda world: {"code": world.tested_supplier},
    ),
    "storefront:product_report": Row(
        get=everyone(302),
        post=everyone(405),
        owner="everybody: a checked test report that speaks of a product",
        arguments=lambda world: {"pk": world.tested_product},
    ),
    "storefront:method": _PUBLIC,
    "storefront:terms": _PUBLIC,
    "storefront:privacy": _PUBLIC,
    "storefront:robots": _PUBLIC,
    "storefront:sitemap": _PUBLIC,
    "storefront:sitemap_part": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: the public addresses",
        arguments=lambda world: {"section": "pages", "number": 1},
    ),
    # Only while DEBUG is on.
    "storefront:styleguide": Row(get=everyone(404), post=everyone(405)),
    "healthz": _PUBLIC,
    "readyz": _PUBLIC,
    # The test asks from this machine itself.
    "metrics": Row(get=everyone(200), post=everyone(405)),
    # No tracking service is in use.
    "tracking_push": Row(
        get=everyone(405),
        post=everyone(404),
        owner="the tracking service, by its signature",
        arguments=lambda world: {"provider": "kuaidi100"},
    ),
    # --- basket and checkout: the caller's own basket, which is empty here -------------------------
    "basket:summary": Row(get=everyone(200), post=everyone(302)),
    "basket:add": Row(
        get=everyone(405),
        post=everyone(302),
        owner="everybody: a published product",
        arguments=lambda world: {"pk": world.product.pk},
        data=lambda world: {"quantity": 1},
    ),
    "checkout:index": Row(get=everyone(302), post=everyone(302)),
    "checkout:areas": _PUBLIC,
    # --- storefront: a person's own --------------------------------------------------------------
    "storefront:account": _PUBLIC,
    # An empty form is shown again with what it lacks.
    "storefront:account_close": Row(get=_PEOPLE, post=answers(anonymous=302, others=422)),
    "storefront:account_closed": _PUBLIC,
    "storefront:addresses": Row(get=_PEOPLE, post=everyone(405)),
    # An empty form is shown again with what it lacks.
    "storefront:address_new": Row(get=_PEOPLE, post=_PEOPLE),
    "storefront:address": Row(get=_APPLICANT, post=_APPLICANT, owner="resident", arguments=_saved_address),
    "storefront:address_remove": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, resident=302),
        owner="resident",
        arguments=_saved_address,
    ),
    "storefront:address_default": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, resident=302),
        owner="resident",
        arguments=_saved_address,
    ),
    "storefront:wishes": Row(get=_PEOPLE, post=everyone(405)),
    # Without a wish that waits it leads to the list; a guest signs in first.
    "storefront:wish_waiting": Row(get=everyone(302), post=everyone(405)),
    "storefront:wish_keep": Row(
        get=everyone(405), post=everyone(302), owner="everybody: a published product", arguments=_product_pk
    ),
    "storefront:wish_forget": Row(
        get=everyone(405), post=everyone(302), owner="everybody: a published product", arguments=_product_pk
    ),
    # --- reviews -----------------------------------------------------------------------------------
    "storefront:order_reviews": Row(
        get=_OWN,
        post=everyone(405),
        owner="resident",
        arguments=lambda world: {"number": world.received_order.number},
    ),
    "storefront:review_new": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=lambda world: {"number": world.received_order.number, "pk": world.received_line.pk},
        data=lambda world: {"stars": "5"},
    ),
    "storefront:product_reviews": Row(
        get=everyone(200), post=everyone(405), owner="everybody: a published product", arguments=_product_pk
    ),
    "storefront:review_report": Row(
        get=everyone(405), post=everyone(302), owner="everybody: a shown review", arguments=_review
    ),
    "opinions:own_reviews": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, other_supplier_user=200), post=everyone(405)
    ),
    "opinions:reply": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_review,
        data=lambda world: {"reply": "谢谢"},
    ),
    "opinions:reviews": Row(get=staff_only(200, Who.STAFF), post=everyone(405)),
    "opinions:show": Row(
        get=everyone(405), post=staff_only(302, Who.STAFF), owner="the shop: its reviews", arguments=_review
    ),
    "opinions:hide": Row(
        get=everyone(405),
        post=staff_only(302, Who.STAFF),
        owner="the shop: its reviews",
        arguments=_review,
        data=lambda world: {"reason": "广告"},
    ),
    "coupons:open": Row(get=everyone(200), post=everyone(405)),
    "coupons:claim": Row(
        get=everyone(405), post=everyone(302), owner="everybody: a campaign", arguments=_campaign
    ),
    "coupons:campaign": Row(
        get=everyone(200), post=everyone(405), owner="everybody: a campaign", arguments=_campaign
    ),
    "coupons:waiting": Row(get=everyone(302), post=everyone(405)),
    "coupons:own": Row(get=_PEOPLE, post=everyone(405)),
    "coupons:campaigns": Row(get=_MONEY, post=staff_only(422, Who.STAFF, Who.FINANCE)),
    "coupons:campaign_act": Row(
        get=answers(anonymous=302, others=404, staff=405, finance=405),
        post=staff_only(302, Who.STAFF, Who.FINANCE),
        owner="the shop: a campaign",
        arguments=lambda world: _campaign(world) | {"act": "pause"},
    ),
    "operations:campaign": Row(
        get=staff_only(200, Who.STAFF, Who.FINANCE),
        post=everyone(405),
        owner="the shop: a campaign",
        arguments=_campaign,
    ),
    "operations:campaigns_export": Row(
        get=staff_only(200, Who.STAFF, Who.FINANCE),
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "fulfilment:campaigns": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "storefront:landing": Row(get=everyone(302), post=everyone(405)),
    "storefront:elder_mode": Row(get=everyone(405), post=everyone(302)),
    "storefront:province": Row(
        get=everyone(405), post=everyone(302), data=lambda world: {"province": "四川省"}
    ),
    "storefront:orders": _PUBLIC,
    # An empty form is shown again with what it lacks.
    "storefront:order_find": Row(get=everyone(200), post=everyone(422)),
    "storefront:order": Row(get=_OWN, post=everyone(405), owner="resident", arguments=_order_number),
    "conversations:inbox": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "conversations:talk": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user, whom resident asks",
        arguments=_talk,
        data=_words,
    ),
    "conversations:close": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user, whom resident asks",
        arguments=_talk,
    ),
    "operations:talks": Row(get=_TALK_READERS, post=everyone(405)),
    "operations:talk": Row(
        get=_TALK_READERS,
        post=staff_only(302, Who.STAFF, Who.LIAISON),
        owner="the shop, and the county of supplier_user; auditors only read",
        arguments=_talk,
        data=_words,
    ),
    "operations:talk_take": _talk_act(),
    "operations:talk_close": _talk_act(),
    "storefront:talks": Row(get=_PEOPLE, post=everyone(405)),
    "storefront:talk_product": Row(
        get=_PEOPLE,
        post=everyone(302),
        owner="everybody with an account: a published product",
        arguments=lambda world: {"pk": world.product.pk},
        data=_words,
    ),
    "storefront:talk_shop": Row(
        get=_OWN, post=_OWN_MOVED, owner="resident", arguments=_order_number, data=_words
    ),
    "storefront:talk_supplier": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=lambda world: {"number": world.order.number, "supplier": "matrix-one"},
        data=_words,
    ),
    "storefront:order_cancel": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=_order_number,
        data=lambda world: {"reason": "买错了"},
    ),
    "storefront:order_receive": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=lambda world: {"number": world.shipped_order.number},
    ),
    "storefront:order_credit": Row(
        get=everyone(405),
        post=_OWN_MOVED,
        owner="resident",
        arguments=_paid_number,
        data=lambda world: {"act": "give", "organisation": "un-1"},
    ),
    "storefront:order_invoice": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=_paid_number,
        data=lambda world: {"act": "withdraw"},
    ),
    "storefront:order_refund": Row(
        get=_OWN, post=_OWN_MOVED, owner="resident", arguments=_paid_number, data=_refund
    ),
    "storefront:order_returns": Row(
        get=_OWN,
        post=everyone(405),
        owner="resident",
        arguments=lambda world: {"number": world.shipped_order.number},
    ),
    "storefront:return_new": Row(
        get=_OWN,
        post=_OWN_MOVED,
        owner="resident",
        arguments=lambda world: {"number": world.shipped_order.number, "pk": world.supplier_order.pk},
        data=_claim,
    ),
    "storefront:return_case": Row(get=_OWN, post=everyone(405), owner="resident", arguments=_case),
    "storefront:return_withdraw": Row(get=everyone(405), post=_OWN_MOVED, owner="resident", arguments=_case),
    "storefront:return_received": Row(get=everyone(405), post=_OWN_MOVED, owner="resident", arguments=_case),
    "storefront:return_ask_shop": Row(
        get=everyone(405),
        post=_OWN_MOVED,
        owner="resident",
        arguments=_case,
        data=_note,
    ),
    "storefront:return_send_back": Row(
        get=everyone(405),
        post=_OWN_MOVED,
        owner="resident",
        arguments=_case,
        data=lambda world: {"courier": "邮政EMS", "tracking_number": "EA654321097CN"},
    ),
    "storefront:order_guest": Row(
        get=everyone(302),
        post=everyone(405),
        owner="whoever holds the guest's link",
        arguments=lambda world: {
            "number": world.guest_order.number,
            "token": guest_token(world.guest_order.number),
        },
    ),
    # --- fulfilment: a supplier's own supplier orders ----------------------------------------------
    "fulfilment:supplier_orders": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=everyone(405),
    ),
    "fulfilment:supplier_order": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=_supplier_order,
        data=_shipment,
    ),
    "fulfilment:confirm": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=_supplier_order,
    ),
    "fulfilment:confirm_many": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        # supplier_user's order, which holds lines of other_supplier_user too.
        data=lambda world: {"order": world.supplier_order.pk},
    ),
    "fulfilment:slips": Row(
        # Without an order there is no slip: whoever supplies comes back to the list.
        get=staff_only(302, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=answers(anonymous=302, others=404, supplier_user=200),
        data=lambda world: {"order": world.supplier_order.pk},
    ),
    "fulfilment:shortage": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=_supplier_order,
        data=_shortage,
    ),
    "fulfilment:parcel_number": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user, who shipped it",
        arguments=lambda world: {"pk": world.parcel.pk},
        data=lambda world: {"courier": "邮政EMS", "tracking_number": "EA987654321CN"},
    ),
    "fulfilment:scan": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=answers(anonymous=302, others=404, supplier_user=302, other_supplier_user=422),
        # supplier_user's slip; to another it is none.
        data=lambda world: {
            "slip": f"http://localhost/supplier/orders/{world.supplier_order.pk}/",
            "tracking_number": "EA123456789CN",
        },
    ),
    "fulfilment:batch": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=staff_only(422, Who.SUPPLIER, Who.OTHER_SUPPLIER),
    ),
    "fulfilment:batch_list": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=everyone(405),
        owner="everyone who supplies, each their own orders",
        arguments=lambda world: {"kind": "csv"},
    ),
    "fulfilment:batch_file": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=422),
        owner="supplier_user, who uploaded it; its only row names no order",
        arguments=lambda world: {"pk": world.shipping_file.pk},
    ),
    "fulfilment:sales": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=everyone(405),
    ),
    "fulfilment:sales_export": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=everyone(405),
        owner="everyone who supplies, each their own lines",
        arguments=lambda world: {"kind": "xlsx"},
    ),
    "fulfilment:stock_alerts": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=everyone(405),
    ),
    "operations:stock": Row(get=staff_only(), post=everyone(405)),
    "operations:stock_alerts": Row(get=staff_only(), post=everyone(405)),
    "operations:stock_places": Row(get=staff_only(), post=staff_only(422)),
    "operations:stock_files": Row(get=staff_only(), post=staff_only(422)),
    "operations:stock_list": Row(
        get=staff_only(), post=everyone(405), owner="the shop", arguments=lambda world: {"kind": "csv"}
    ),
    "operations:stock_file": Row(
        get=staff_only(),
        post=staff_only(422),
        owner="the shop; its only row names no product",
        arguments=lambda world: {"pk": world.stock_file.pk},
    ),
    "operations:stock_product": Row(
        get=staff_only(),
        post=staff_only(400),
        owner="the shop: a product of supplier_user",
        arguments=lambda world: {"pk": world.order.order.lines.get().stockrecord_id},
    ),
    "fulfilment:goods": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "fulfilment:product": Row(
        get=_SUPPLIER_OWN, post=everyone(405), owner="supplier_user", arguments=_listing
    ),
    "fulfilment:propose_price": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_listing,
        data=lambda world: {
            "price": "138",
            "starts_on": f"{clock.today()}",
            "reason": "新茶",
            "seen_fen": world.listing.price_fen,
        },
    ),
    "fulfilment:order_rule": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_listing,
        data=lambda world: {"min_units": "12", "step_units": "12", "starts_on": f"{clock.today()}"},
    ),
    "fulfilment:propose_stock": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_listing,
        data=lambda world: {"delta": "5", "reason": "新茶", "pool": "retail", "seen": 10},
    ),
    "fulfilment:product_reports": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_listing,
    ),
    "fulfilment:product_edit": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_listing,
    ),
    "fulfilment:proposal_withdraw": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=lambda world: {"pk": world.proposal.pk},
    ),
    "fulfilment:drafts": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "fulfilment:draft_new": Row(get=everyone(405), post=staff_only(302, Who.SUPPLIER, Who.OTHER_SUPPLIER)),
    "fulfilment:draft": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_draft,
        data=lambda world: {"name_zh": "天麻", "revision": 0},
    ),
    "fulfilment:draft_withdraw": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_draft,
    ),
    "fulfilment:draft_restore": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_draft,
    ),
    "catalogue:draft_preview": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, staff=200),
        post=everyone(405),
        owner="supplier_user, who handed it in",
        arguments=_submitted_draft,
    ),
    "operations:proposals": Row(get=staff_only(), post=everyone(405)),
    "operations:proposal_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: supplier_user's wish",
        arguments=lambda world: {"pk": world.proposal.pk},
        data=lambda world: {"action": "approve"},
    ),
    "operations:product_drafts": Row(get=staff_only(), post=everyone(405)),
    "operations:product_draft": Row(
        get=staff_only(),
        post=everyone(405),
        owner="the shop: supplier_user's wish",
        arguments=_submitted_draft,
    ),
    "operations:product_draft_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: supplier_user's wish",
        arguments=_submitted_draft,
        data=lambda world: {"action": "refuse", "note": "请补充"},
    ),
    "operations:product_draft_restore": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: supplier_user's wish",
        arguments=_submitted_draft,
    ),
    "operations:product_picture_remove": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: supplier_user's product",
        arguments=lambda world: {"pk": world.submitted_draft.pk, "picture": 1},
        data=lambda world: {"reason": "无权使用"},
    ),
    "storefront:content": Row(get=staff_only(), post=everyone(405)),
    "storefront:banner_new": Row(get=staff_only(), post=staff_only(422)),
    "storefront:banner": Row(
        get=staff_only(),
        post=staff_only(422),
        owner="the shop: its first page",
        arguments=lambda world: {"pk": world.banner_pk},
    ),
    "storefront:story_new": Row(get=staff_only(), post=staff_only(422)),
    "storefront:story": Row(
        get=staff_only(),
        post=staff_only(422),
        owner="the shop: a place's page",
        arguments=lambda world: {"pk": world.story.pk},
    ),
    "storefront:region_page": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the shop: a place's page",
        arguments=lambda world: {"slug": "wangcang"},
    ),
    "operations:shortages": Row(get=staff_only(), post=everyone(405)),
    "operations:shortage_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: resident's order",
        arguments=lambda world: {"pk": world.shortage.pk},
        data=lambda world: {"action": "ship", "note": "已电话沟通"},
    ),
    "fulfilment:returns": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "fulfilment:return": Row(
        get=_SUPPLIER_OWN,
        post=everyone(405),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=lambda world: {"pk": world.case.pk},
    ),
    "fulfilment:return_agree": _answer_of_supplier(302),
    "fulfilment:return_refuse": _answer_of_supplier(302),
    "fulfilment:return_ask_shop": _answer_of_supplier(302),
    # Nothing is on its way back.
    "fulfilment:return_arrived": _answer_of_supplier(422),
    "operations:returns": Row(get=staff_only(), post=everyone(405)),
    "operations:return": Row(
        get=staff_only(),
        post=everyone(405),
        owner="the shop: resident's order",
        arguments=lambda world: {"pk": world.case.pk},
    ),
    "operations:price_lists": Row(get=staff_only(), post=staff_only(422)),
    "operations:price_list": Row(
        get=staff_only(), post=everyone(405), owner="the shop: a price list", arguments=_price_list
    ),
    "operations:price_list_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: a price list",
        arguments=_price_list,
        data=lambda world: {"act": "end"},
    ),
    "operations:return_terms": Row(get=staff_only(), post=staff_only(422)),
    "operations:return_freight": Row(
        get=everyone(405),
        # Its goods have to be decided first.
        post=staff_only(422),
        owner="the shop: resident's order",
        arguments=lambda world: {"pk": world.case.pk},
        data=lambda world: {"granted": "yes", "note": "运费退回"},
    ),
    "operations:return_decide": Row(
        get=everyone(405),
        # The supplier has to answer first.
        post=staff_only(422),
        owner="the shop: resident's order",
        arguments=lambda world: {"pk": world.case.pk},
        data=lambda world: {"decision": "agree", "note": "照片清楚"},
    ),
    "fulfilment:replacements": Row(get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER), post=everyone(405)),
    "fulfilment:replacement_ship": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user; the order holds lines of other_supplier_user too",
        arguments=lambda world: {"pk": world.reshipment.pk},
        data=lambda world: {"courier": "邮政EMS", "tracking_number": "EA654321098CN"},
    ),
    # --- public proofs and certificates ---------------------------------------------------------------
    "storefront:regions_file": _PUBLIC,
    "storefront:statement_file": Row(
        get=everyone(200),
        post=everyone(405),
        owner="everybody: a closed month",
        arguments=lambda world: {"number": world.public_statement.number},
    ),
    "certificates:verify_start": _PUBLIC,
    "certificates:verify_statement": Row(
        get=everyone(200),
        post=everyone(405),
        owner="whoever knows the statement's number",
        arguments=lambda world: {"number": world.public_statement.number},
    ),
    "certificates:verify": Row(
        get=everyone(200),
        post=everyone(405),
        owner="whoever holds the certificate's code",
        arguments=lambda world: {"code": world.unit_certificate.code},
    ),
    # Nothing of the caller's is confirmed: what cannot be certified is said on the form.
    "certificates:own": Row(get=_PEOPLE, post=answers(anonymous=302, others=422)),
    "certificates:image": Row(
        get=answers(anonymous=302, others=404, resident=200),
        post=everyone(405),
        owner="resident",
        arguments=lambda world: {"code": world.own_certificate.code},
    ),
    "certificates:unit": Row(get=UNITS, post=staff_only(422, *UNION, Who.OTHER_UNION_BUYER)),
    "certificates:unit_file": Row(
        get=UNIT_OWN,
        post=everyone(405),
        owner="the union of union_owner and its other members",
        arguments=lambda world: {"code": world.unit_certificate.code},
    ),
    "certificates:organisation": Row(
        get=staff_only(200, Who.STAFF, Who.AUDITOR),
        post=staff_only(422, Who.STAFF),
        owner="the shop: an organisation",
        arguments=lambda world: {"code": world.union.unit.code},
    ),
    "certificates:staff_file": Row(
        get=staff_only(200, Who.STAFF, Who.AUDITOR),
        post=everyone(405),
        owner="the union of union_owner and its other members",
        arguments=lambda world: {"code": world.unit_certificate.code},
    ),
    # --- the staff's pages -------------------------------------------------------------------------
    "notifications:mailbox": Row(get=staff_only(), post=everyone(405)),
    "notifications:notices": Row(get=staff_only(), post=staff_only(405)),
    "notifications:notice_retry": Row(
        get=staff_only(405),
        post=staff_only(302),
        owner="the shop: a notice about a guest's order",
        arguments=lambda world: {"to": "buyers", "pk": world.dead_notice.pk},
    ),
    "notifications:services": Row(get=staff_only(), post=staff_only(422)),
    "notifications:suppliers": Row(get=staff_only(), post=staff_only(405)),
    "notifications:supplier": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the shop: how supplier_user is reached",
        arguments=lambda world: {"code": world.supplier_channel.supplier.code},
        data=lambda world: {"act": "test", "row": world.supplier_channel.pk},
    ),
    "notifications:short_link": Row(
        get=everyone(302),
        post=everyone(405),
        owner="whoever holds the guest's text message",
        arguments=lambda world: {"code": short_path(world.guest_order).strip("/").split("/")[1]},
    ),
    "operations:late_shipments": Row(get=staff_only(), post=everyone(405)),
    "purchasing:staff_contracts": Row(get=_BOOKS, post=everyone(405)),
    "purchasing:staff_contract": Row(
        get=_BOOKS, post=everyone(405), owner="the union of union_buyer", arguments=of_contract
    ),
    "purchasing:staff_pdf": Row(
        get=_BOOKS, post=everyone(405), owner="the union of union_buyer", arguments=of_contract
    ),
    "purchasing:supplier_contracts": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, other_supplier_user=200),
        post=everyone(405),
    ),
    "purchasing:supplier_contract": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=422),
        owner="supplier_user",
        arguments=of_contract,
    ),
    "purchasing:supplier_pdf": Row(
        get=_SUPPLIER_OWN, post=everyone(405), owner="supplier_user", arguments=of_contract
    ),
    "prices:supplier_prices": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, other_supplier_user=200),
        post=everyone(405),
    ),
    "prices:supplier_price": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user, whom the union of union_buyer asks",
        arguments=of_prices,
        data=lambda world: {"act": "accept", "revision": "1"},
    ),
    "prices:staff_prices": Row(get=staff_only(), post=everyone(405)),
    "prices:staff_price": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the shop, which the union of union_buyer asks",
        arguments=lambda world: {"number": world.price_request_of_shop.number},
        data=lambda world: {"act": "accept", "revision": "1"},
    ),
    "purchasing:rules": Row(get=staff_only(), post=staff_only(422), data=lambda world: {"act": "band"}),
    "procurement_desk:leads": Row(
        get=staff_only(200, Who.STAFF, Who.LIAISON), post=staff_only(422, Who.STAFF, Who.LIAISON)
    ),
    "procurement_desk:lead": Row(
        get=staff_only(200, Who.STAFF, Who.LIAISON),
        post=staff_only(422, Who.STAFF, Who.LIAISON),
        owner="the region of liaison",
        arguments=lambda world: {"number": world.lead.number},
    ),
    "procurement_desk:leads_export": Row(
        get=staff_only(200, Who.STAFF, Who.LIAISON),
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "procurement_desk:welfare_caps": Row(get=staff_only(), post=staff_only(422)),
    "buyers:organisations": Row(get=_MONEY, post=staff_only(422, Who.STAFF, Who.FINANCE)),
    "buyers:organisation": Row(
        get=_MONEY,
        post=_MONEY_ACTS,
        owner="the shop: an organisation",
        arguments=lambda world: {"code": world.union.unit.code},
        data=lambda world: {"act": "verify"},
    ),
    "operations:desk": Row(get=_MONEY, post=everyone(405)),
    "operations:outbox": Row(get=_MONEY, post=everyone(405)),
    "operations:work_take": Row(
        get=everyone(405), post=_MONEY_ACTS, data=lambda world: {"kind": "order", "key": "1"}
    ),
    "operations:retry_handler": Row(
        get=everyone(405), post=staff_only(302), data=lambda world: {"handler": "tests.note"}
    ),
    "operations:retry": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: a message of resident's order",
        arguments=lambda world: {"pk": world.dead_delivery.pk},
    ),
    "operations:notice_checked": Row(
        get=everyone(405),
        post=_MONEY_ACTS,
        owner="the shop: a notice of a payment nobody knows",
        arguments=lambda world: {"pk": world.unknown_notice.pk},
        data=_note,
    ),
    "operations:reconciliation": Row(get=_MONEY, post=everyone(405)),
    "operations:orders": Row(get=_MONEY, post=everyone(405)),
    "operations:order": Row(get=_MONEY, post=everyone(405), owner="resident", arguments=_paid_number),
    "operations:order_refund": Row(
        get=everyone(405), post=_MONEY_ACTS, owner="resident", arguments=_paid_number, data=_refund
    ),
    "operations:order_reduce": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="resident",
        arguments=_order_number,
        data=lambda world: (
            {f"units_{share.pk}": 1 for share in world.order.shares.all()} | {"reason": "缺货"}
        ),
    ),
    "operations:order_checked": Row(
        get=everyone(405), post=_MONEY_ACTS, owner="resident", arguments=_order_number, data=_note
    ),
    "operations:order_cancel": _order_act(),
    "operations:order_stop": _order_act(),
    "operations:order_resume": _order_act(),
    "operations:order_reship": _order_act(),
    "operations:order_note": _order_act(Who.STAFF, Who.FINANCE),
    "operations:order_move_money": _order_act(Who.STAFF, Who.FINANCE),
    "operations:order_reship_cancel": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="resident, who waits for it",
        arguments=lambda world: {"number": world.reshipment.record.number, "pk": world.reshipment.pk},
        data=_note,
    ),
    "operations:people": Row(get=staff_only(), post=staff_only(422)),
    "operations:person": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the shop: somebody who works there",
        arguments=lambda world: {"pk": world.cast.finance.pk},
        data=lambda world: {"act": "reset_factor", "reason": "手机丢失"},
    ),
    "operations:journal": Row(get=staff_only(200, Who.STAFF, Who.AUDITOR), post=everyone(405)),
    "operations:journal_export": Row(
        get=staff_only(200, Who.STAFF, Who.AUDITOR),
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "operations:journal_export_ask": Row(
        get=everyone(405),
        post=staff_only(302, Who.STAFF, Who.AUDITOR),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "operations:parcels": Row(get=staff_only(), post=everyone(405)),
    "operations:parcel_signed": _parcel_act(),
    "operations:parcel_stop": _parcel_act(),
    "operations:parcel_restart": _parcel_act(),
    # --- applications, suppliers, origin claims -------------------------------------------------
    "suppliers:join": Row(get=everyone(200), post=everyone(302)),
    "suppliers:application": Row(
        get=_APPLICANT,
        post=answers(anonymous=302, others=404, resident=302),
        owner="resident, who applies",
        arguments=_draft_application,
    ),
    "suppliers:add_paper": Row(
        get=answers(anonymous=302, others=405),
        post=answers(anonymous=302, others=404, resident=422),
        owner="resident, who applies",
        arguments=_draft_application,
    ),
    "suppliers:remove_paper": Row(
        get=answers(anonymous=302, others=405),
        post=answers(anonymous=302, others=404, resident=302),
        owner="resident, who applies",
        arguments=lambda world: _draft_application(world) | {"pk": 1},
    ),
    "suppliers:documents": Row(
        get=staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER),
        post=staff_only(422, Who.SUPPLIER, Who.OTHER_SUPPLIER),
    ),
    "operations:applications": Row(get=staff_only(200, Who.STAFF, Who.LIAISON), post=everyone(405)),
    "operations:application": Row(
        get=staff_only(200, Who.STAFF, Who.LIAISON),
        post=staff_only(302, Who.STAFF, Who.LIAISON),
        owner="resident, who applied in the liaison's region",
        arguments=lambda world: {"number": world.application.number},
        data=lambda world: {"act": "recommend"},
    ),
    "operations:suppliers": Row(get=staff_only(), post=everyone(405)),
    "operations:supplier": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the supplier of supplier_user",
        arguments=lambda world: {"code": world.product.listing.supplier.code},
        data=lambda world: {"act": "suspend", "reason": "抽检不合格"},
    ),
    "operations:supplier_reports": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="a supplier with a checked test report",
        arguments=lambda world: {"code": world.tested_supplier},
        data=lambda world: {
            "pk": SupplierDocument.objects.get(
                supplier__code=world.tested_supplier, kind=DocumentKind.TEST_REPORT
            ).pk,
            "skus": "",
        },
    ),
    "operations:supplier_paper": Row(
        get=everyone(405),
        post=staff_only(422),
        owner="the supplier of supplier_user",
        arguments=lambda world: {"code": world.product.listing.supplier.code},
        data=lambda world: {"kind": "other"},
    ),
    "operations:supplier_identity": Row(
        get=everyone(405),
        post=staff_only(422),
        owner="the supplier of supplier_user",
        arguments=lambda world: {"code": world.product.listing.supplier.code},
    ),
    "operations:claims": Row(get=staff_only(), post=everyone(405)),
    "operations:claim": Row(
        get=staff_only(),
        post=staff_only(302),
        owner="the supplier of supplier_user",
        arguments=lambda world: {"pk": world.product.origin.pk},
        data=lambda world: {"act": "reject", "reason": "无法证明"},
    ),
    "operations:parcel_settled": _parcel_act(),
    "operations:parcel_watch": _parcel_act(),
    "operations:held": Row(get=staff_only(), post=everyone(405)),
    "operations:held_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="nobody: buyers or suppliers",
        arguments=lambda world: {"receivers": "buyers"},
        data=lambda world: {"act": "send"},
    ),
    "reporting:overview": Row(get=_FIGURES, post=everyone(405)),
    "reporting:export": Row(
        get=_FIGURES,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    # Which figure is to be opened has to be said.
    "reporting:drill": Row(get=_FIGURES_UNNAMED, post=everyone(405)),
    "reporting:drill_export": Row(
        get=_FIGURES_UNNAMED,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "xlsx"},
    ),
    # Which figure is asked for has to be said.
    "reporting:drill_export_ask": Row(
        get=everyone(405),
        post=_FIGURES_UNNAMED,
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "xlsx"},
    ),
    "reporting:exports": Row(get=_FIGURES, post=everyone(405)),
    "reporting:export_job": _staffs_file(),
    "reporting:export_state": _staffs_file(),
    "reporting:export_file": _staffs_file(),
    "reporting:export_log": Row(get=staff_only(200, Who.STAFF, Who.AUDITOR), post=everyone(405)),
    # A form without its words is shown again.
    "reporting:report_recipients": Row(
        get=staff_only(200, Who.STAFF, Who.AUDITOR), post=answers(anonymous=302, others=404, staff=422)
    ),
    "reporting:recipient_end": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: auditor gets the report",
        arguments=lambda world: {"pk": world.report_recipient.pk},
    ),
    "reporting:mailing_again": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop: auditor could not get a report",
        arguments=lambda world: {"pk": world.report_mailing.pk},
    ),
    "reporting:parcel": Row(
        get=_FIGURES,
        post=everyone(405),
        owner="resident; it holds goods of the liaison's region",
        arguments=lambda world: {"pk": world.parcel.pk},
    ),
    # Staff set targets; a form without its words is shown again.
    "reporting:targets": Row(get=_FIGURES, post=answers(anonymous=302, others=404, staff=422)),
    "reporting:targets_export": Row(
        get=_FIGURES,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "json"},
    ),
    # A form without its words is shown again.
    "reporting:months": Row(get=_WHOLE, post=answers(anonymous=302, others=404, staff=422)),
    "reporting:month": Row(
        get=_WHOLE,
        post=everyone(405),
        owner="the shop: a month",
        arguments=lambda world: {"month": "2026-09"},
    ),
    # What may not be done is said on the page it leads to.
    "reporting:month_act": Row(
        get=everyone(405),
        post=staff_only(302, *CLOSERS),
        owner="the shop: a month",
        arguments=lambda world: {"month": "2026-09"},
        data=lambda world: {"act": "prepare"},
    ),
    "reporting:month_statement": Row(
        get=_WHOLE,
        post=everyone(405),
        owner="the shop: a closed month",
        arguments=lambda world: {"month": f"{world.month_statement.month:%Y-%m}"},
    ),
    "reporting:month_pdf": Row(
        get=_FIGURES,
        post=everyone(405),
        owner="the shop: a month, of which a liaison's own regions",
        arguments=lambda world: {"month": "2026-09"},
    ),
    "reporting:month_restated": Row(
        get=_WHOLE,
        post=everyone(405),
        owner="the shop: a month",
        arguments=lambda world: {"month": "2026-09"},
    ),
    "reporting:corrections": Row(get=_WHOLE, post=everyone(405)),
    # Without an order there is nothing to write down.
    "reporting:correction_new": Row(get=_MONEY, post=_MONEY),
    "reporting:correction": Row(
        get=_WHOLE,
        post=everyone(405),
        owner="the shop: of a paid order, asked for by a second finance person",
        arguments=lambda world: {"number": world.correction.number},
    ),
    "reporting:correction_decide": Row(
        get=everyone(405),
        post=_MONEY_ACTS,
        owner="the shop: of a paid order, asked for by a second finance person",
        arguments=lambda world: {"number": world.correction.number},
        data=lambda world: {"act": "approve"},
    ),
    # Without an order there is nothing to write down.
    "reporting:evidence": Row(get=_WHOLE, post=answers(anonymous=302, others=404, staff=422, finance=422)),
    "reporting:register": Row(get=_WHOLE, post=everyone(405)),
    "reporting:collision_decide": Row(
        get=everyone(405),
        post=_MONEY_ACTS,
        owner="the shop: a number claimed twice",
        arguments=lambda world: {"pk": world.collision.pk},
        data=lambda world: {"act": "separate", "reason": "同一箱"},
    ),
    # --- accounts: allauth's pages; each acts on the caller only -------------------------------
    "account_sign_ins": Row(get=_PEOPLE, post=everyone(302)),
    # An empty form is shown again with what it lacks.
    "account_consent": Row(get=_PEOPLE, post=answers(anonymous=302, others=422)),
    "account_login": Row(get=_STRANGERS, post=_STRANGERS),
    "account_signup": Row(get=_STRANGERS, post=_STRANGERS),
    "account_request_login_code": Row(get=_STRANGERS, post=_STRANGERS),
    # Without a code on its way there is nothing to confirm.
    "account_confirm_login_code": Row(get=everyone(302), post=everyone(302)),
    "account_verify_phone": Row(get=everyone(302), post=everyone(302)),
    "account_logout": Row(get=_PEOPLE, post=everyone(302)),
    "account_inactive": Row(get=everyone(200), post=everyone(405)),
    # The cast has no passwords to type again; who has an app confirms with it.
    "account_reauthenticate": Row(get=_with_app(302, others=403), post=_with_app(302, others=403)),
    "account_email": Row(get=_PEOPLE, post=everyone(302)),
    "account_email_verification_sent": Row(get=everyone(200), post=everyone(405)),
    "account_confirm_email": Row(
        get=everyone(200),
        post=everyone(404),
        owner="nobody: a key that was never given",
        arguments=lambda world: {"key": "MQ:x"},
    ),
    # Nor passwords to change: that leads to setting the first one.
    "account_change_password": Row(get=everyone(302), post=everyone(302)),
    "account_set_password": Row(get=_PEOPLE, post=_PEOPLE),
    "account_change_phone": Row(get=_PEOPLE, post=_PEOPLE),
    "account_reset_password": Row(get=everyone(200), post=everyone(200)),
    "account_reset_password_done": Row(get=everyone(200), post=everyone(405)),
    "account_reset_password_from_key": Row(
        get=everyone(200),
        post=everyone(200),
        owner="resident, with a key that was never given",
        arguments=lambda world: {"uidb36": "1", "key": "never-given"},
    ),
    "account_reset_password_from_key_done": Row(get=everyone(200), post=everyone(405)),
    "set_language": Row(get=everyone(302), post=everyone(302)),
    # --- the second factor: of the caller only; the cast has logged in long ago, so a change asks for a code --
    "mfa_index": Row(get=_PEOPLE, post=answers(anonymous=302, others=405)),
    # Without a login on its way there is nothing to confirm.
    "mfa_authenticate": Row(get=everyone(302), post=everyone(302)),
    "mfa_reauthenticate": Row(get=_with_app(200, others=403), post=_with_app(200, others=403)),
    "mfa_activate_totp": Row(get=_with_app(302, others=200), post=_with_app(302, others=200)),
    "mfa_deactivate_totp": Row(get=_with_app(302, others=404), post=_with_app(302, others=404)),
    "mfa_view_recovery_codes": Row(
        get=answers(anonymous=302, others=404), post=answers(anonymous=302, others=405)
    ),
    "mfa_generate_recovery_codes": Row(get=_with_app(302, others=200), post=_with_app(302, others=200)),
    # WeChat is off in the matrix; what its addresses answer when it is on stands in tests/accounts/test_weixin.py.
    "socialaccount_connections": Row(get=everyone(404), post=everyone(404)),
    "weixin_login": Row(get=everyone(404), post=everyone(404)),
    "weixin_callback": Row(get=everyone(404), post=everyone(404)),
    "socialaccount_signup": Row(get=everyone(404), post=everyone(404)),
    # --- forks/customer: Oscar's names, moved ----------------------------------------------------
    "customer:login": Row(get=_STRANGERS, post=_STRANGERS),
    "customer:logout": Row(get=_PEOPLE, post=everyone(302)),
    "customer:register": _MOVED,
    "customer:change-password": _MOVED,
    "customer:summary": _MOVED,
    "customer:profile-view": _MOVED,
    "customer:profile-update": _MOVED,
    "customer:address-list": _MOVED,
    "customer:order-list": _MOVED,
    "customer:order": Row(
        get=everyone(302),
        post=everyone(302),
        owner="nobody: the redirect looks at no order",
        arguments=lambda world: {"number": "YS20261001-AAAAAAAA"},
    ),
    # --- gateways: buyers reach their own orders, the desk is for who handles money ----------------
    "gateways:cashier": Row(get=_OWN, post=everyone(405), owner="resident", arguments=_order_number),
    "gateways:pay": Row(
        get=everyone(405),
        post=_OWN_MOVED,
        owner="resident",
        arguments=_order_number,
        data=lambda world: {"method": "demo"},
    ),
    # Without an open transfer its page leads back to the cashier.
    "gateways:transfer_instructions": Row(
        get=_OWN_MOVED, post=everyone(405), owner="resident", arguments=_order_number
    ),
    "gateways:return": Row(get=_OWN, post=everyone(405), owner="resident", arguments=_order_number),
    "gateways:state": Row(get=_OWN, post=everyone(405), owner="resident", arguments=_order_number),
    # The demo provider knows its visitors by the token alone, as a real one does.
    "gateways:demo_page": Row(
        get=everyone(200),
        post=everyone(302),
        owner="whoever holds the token",
        arguments=lambda world: {"token": world.hosted_payment.token},
        data=lambda world: {"choice": "succeed"},
    ),
    "gateways:notice": Row(
        get=everyone(405),
        post=everyone(400),
        owner="the provider, by its signature",
        arguments=lambda world: {"provider": "demo"},
    ),
    "gateways:transfers": Row(get=_MONEY, post=_MONEY_NOT),
    "gateways:transfer_propose": Row(get=_MONEY, post=staff_only(400, Who.STAFF, Who.FINANCE)),
    "gateways:transfer_confirm": _money_act(lambda world: world.bank_line.pk),
    "gateways:transfer_reject": _money_act(lambda world: world.bank_line.pk),
    "gateways:refund_queue": Row(get=_MONEY, post=_MONEY_NOT),
    "gateways:refund_approve": _money_act(lambda world: world.refund_wish.pk),
    "gateways:refund_refuse": _money_act(lambda world: world.refund_wish.pk),
    "gateways:payout_sent": _money_act(lambda world: world.proposed_return.pk),
    "gateways:payout_confirm": _money_act(lambda world: world.proposed_return.pk),
    "gateways:refund_retry": _money_act(lambda world: world.proposed_return.pk),
    "gateways:return_approve": _money_act(lambda world: world.proposed_return.pk),
    "gateways:return_withdraw": _money_act(lambda world: world.proposed_return.pk),
    "gateways:payment_services": Row(get=_MONEY, post=_MONEY_NOT),
    "gateways:return_propose": _money_act(lambda world: world.surplus.pk),
    "gateways:statements": Row(get=_MONEY, post=staff_only(400, Who.STAFF, Who.FINANCE)),
    "gateways:statement": Row(
        get=_MONEY, post=_MONEY_NOT, owner=_SHOPS, arguments=lambda world: {"pk": world.statement.pk}
    ),
    "gateways:statement_confirm": _money_act(lambda world: world.statement.pk),
    "gateways:statement_discard": _money_act(lambda world: world.statement.pk),
    "gateways:bank_account_new": Row(get=_MONEY, post=staff_only(400, Who.STAFF, Who.FINANCE)),
    "gateways:bank_account": Row(
        get=_MONEY,
        post=staff_only(400, Who.STAFF, Who.FINANCE),
        owner=_SHOPS,
        arguments=lambda world: {"pk": world.statement.account_id},
    ),
    "gateways:statement_lines": Row(get=_MONEY, post=_MONEY_NOT),
    "gateways:differences": Row(get=_MONEY, post=_MONEY_NOT),
    "gateways:difference_assign": _money_act(lambda world: world.difference_pk),
    "gateways:difference_resolve": _money_act(lambda world: world.difference_pk),
    "gateways:difference_take": _money_act(lambda world: world.difference_pk),
    "gateways:assignment_propose": _money_act(lambda world: world.statement_line.payment_id or 0),
    "gateways:assignment_approve": _money_act(lambda world: world.assignment_pk),
    "gateways:assignment_withdraw": _money_act(lambda world: world.assignment_pk),
    "gateways:bills": Row(get=_MONEY, post=staff_only(400, Who.STAFF, Who.FINANCE)),
    "gateways:bill": Row(
        get=_MONEY, post=_MONEY_NOT, owner=_SHOPS, arguments=lambda world: {"pk": world.bill.pk}
    ),
    "gateways:fee_rule": Row(get=_MONEY_NOT, post=_MONEY_ACTS),
    "gateways:payer_names": Row(get=_MONEY, post=staff_only(400, Who.STAFF, Who.FINANCE)),
    "gateways:payer_name_remove": _money_act(lambda world: world.payer_name.pk),
    "gateways:payer_account_remove": _money_act(lambda world: world.payer_account.pk),
    "gateways:move_propose": _money_act(lambda world: world.surplus.pk),
    "gateways:move_approve": _money_act(lambda world: world.move.pk),
    "gateways:move_withdraw": _money_act(lambda world: world.move.pk),
    "gateways:payee_propose": _money_act(lambda world: world.proposed_return.pk),
    "gateways:payee_approve": _money_act(lambda world: world.payee_change.pk),
    "gateways:payee_withdraw": _money_act(lambda world: world.payee_change.pk),
    "invoicing:own": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, other_supplier_user=200),
        post=everyone(405),
    ),
    # A form without a button leads back to the page.
    "invoicing:own_request": Row(
        get=_SUPPLIER_OWN,
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=lambda world: {"number": world.invoice_request.number},
    ),
    "operations:invoices": Row(get=_MONEY, post=everyone(405)),
    "operations:invoices_export": Row(
        get=_MONEY,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "operations:abuse": Row(get=_BOOKS, post=everyone(405)),
    "operations:abuse_export": Row(
        get=_BOOKS,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "operations:abuse_finding": Row(
        get=_BOOKS, post=everyone(405), owner="the shop", arguments=_abuse_finding
    ),
    "operations:abuse_decide": Row(
        get=everyone(405),
        post=staff_only(302),
        owner="the shop",
        arguments=_abuse_finding,
        data=lambda world: {"act": "judge", "verdict": "fine", "reason": "好"},
    ),
    "settlement:own": Row(
        get=answers(anonymous=302, others=404, supplier_user=200, other_supplier_user=200),
        post=answers(anonymous=302, others=404, supplier_user=422, other_supplier_user=422),
    ),
    "settlement:own_statement": Row(
        get=_SUPPLIER_OWN, post=everyone(405), owner="supplier_user", arguments=_supplier_statement
    ),
    "settlement:own_statement_pdf": Row(
        get=_SUPPLIER_OWN, post=everyone(405), owner="supplier_user", arguments=_supplier_statement
    ),
    "settlement:overview": Row(get=_BOOKS, post=everyone(405)),
    "settlement:draw": Row(get=everyone(405), post=_MONEY_ACTS),
    "settlement:terms": Row(get=_BOOKS, post=staff_only(422, Who.STAFF, Who.FINANCE), data=_rate),
    "settlement:supplier": Row(
        get=_BOOKS,
        post=_MONEY_ACTS,
        owner="supplier_user, who is paid to this account",
        arguments=lambda world: {"code": world.payee_account.supplier.code},
        data=lambda world: {"act": "verify", "pk": world.payee_account.pk},
    ),
    "settlement:statement": Row(
        get=_BOOKS, post=everyone(405), owner="supplier_user", arguments=_supplier_statement
    ),
    "settlement:statement_pdf": Row(
        get=_BOOKS, post=everyone(405), owner="supplier_user", arguments=_supplier_statement
    ),
    "settlement:payout_lists": Row(get=_BOOKS, post=_MONEY_ACTS),
    "settlement:payout_list": Row(
        get=_BOOKS,
        post=_MONEY_ACTS,
        owner="the shop: it pays supplier_user",
        arguments=lambda world: {"number": world.payout_list.number},
        data=lambda world: {"act": "withdraw"},
    ),
    "settlement:bank_file": Row(
        get=_MONEY,
        post=everyone(405),
        owner="the shop: it pays supplier_user",
        arguments=lambda world: {"number": world.approved_list.number, "kind": "xlsx"},
    ),
}
