"""Requests and acceptances: who may, what is refused with nothing written, what comes of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.buyers.models import MemberRole, Organisation, OrganisationState
from shop.buyers.services import remove_member, suspend_organisation
from shop.core.exceptions import ShopError
from shop.fulfilment.selectors import units_to_ship
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.ledger.models import LedgerEntry
from shop.listings.models import Listing, PriceTier
from shop.ordering.models import OrderRecord, RefundRequest, StockBalance
from shop.ordering.services import set_stock
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.checking import check_rows
from shop.procurement.drafts import invoice_of, lines_of, rows_of
from shop.procurement.invoices import InvoiceWish
from shop.procurement.models import AcceptanceReport, PayBy, PurchaseRequest, RequestState, UploadFile
from shop.procurement.services import Arrival, Counted
from shop.procurement.uploads import read_list
from tests.factories import RECIPIENT, pay
from tests.files.uploads import photo
from tests.fulfilment.cast import ship
from tests.gateways.cast import bank_line
from tests.procurement.cast import (
    approve,
    approved,
    draft,
    give_terms,
    make_goods,
    make_union,
    seen_of,
    shipped,
    submitted,
)
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = pytest.mark.django_db
CREDIT_CODE = "91330100799655058B"


def refused(call: Callable[..., Any], **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code


def bulk_of(record: OrderRecord) -> dict[str, int]:
    rows = StockBalance.objects.filter(pool="bulk").values_list("stockrecord__partner_sku", "allocated")
    return dict(rows)


def test_an_uploaded_list_counts_only_when_it_is_confirmed_and_only_once() -> None:
    union, goods = make_union(), make_goods()
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    raw = "货号,数量\nWC-TEA-001,20\nWC-XXX,3\nLQ-FRT-001,0\n".encode()
    upload = services.store_upload(
        request_id=request.pk, name="单.csv", read=read_list(raw), actor_id=union.buyer.pk
    )
    assert lines_of(request) == {}
    services.correct_upload(upload_id=upload.pk, changes={4: ("LQ-FRT-001", "7")}, actor_id=union.buyer.pk)
    upload.refresh_from_db()
    assert [row.quantity for row in rows_of(upload)] == ["20", "3", "7"]
    apply: dict[str, Any] = {"upload_id": upload.pk, "replace": False, "actor_id": union.buyer.pk}
    assert refused(services.apply_upload, seen="other", **apply) == "changed"
    assert lines_of(request) == {}
    seen = check_rows(rows_of(upload), columns=upload.columns).digest
    assert services.apply_upload(seen=seen, **apply).bad_rows == (3,)
    assert lines_of(request) == {goods.tea.pk: 20, goods.pears.pk: 7}
    services.apply_upload(seen=seen, **apply)
    assert lines_of(request) == {goods.tea.pk: 20, goods.pears.pk: 7}
    assert (
        refused(services.correct_upload, upload_id=upload.pk, changes={}, actor_id=union.buyer.pk)
        == "applied"
    )


def test_the_same_list_again_doubles_nothing() -> None:
    union, goods = make_union(), make_goods()
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)

    def stored(raw: str) -> UploadFile:
        read = read_list(raw.encode())
        return services.store_upload(request_id=request.pk, name="单.csv", read=read, actor_id=union.buyer.pk)

    first = stored("货号,数量\nWC-TEA-001,20\n")
    # Saved anew, with a title above and another way of writing: the rows are the same.
    assert stored("采购单,\n货号,数量\nwc-tea-001,20\n") == first
    apply: dict[str, Any] = {
        "seen": check_rows(rows_of(first), columns=first.columns).digest,
        "actor_id": union.buyer.pk,
    }
    services.apply_upload(upload_id=first.pk, replace=False, **apply)
    services.save_quantities(request_id=request.pk, quantities={goods.pears.pk: 3}, actor_id=union.buyer.pk)
    second = stored("货号,数量\nWC-TEA-001,20\n")
    assert second != first
    assert refused(services.apply_upload, upload_id=second.pk, replace=False, **apply) == "repeated"
    assert lines_of(request) == {goods.tea.pk: 20, goods.pears.pk: 3}
    services.apply_upload(upload_id=second.pk, replace=True, **apply)
    assert lines_of(request) == {goods.tea.pk: 20}


def test_typed_goods_are_added_and_taken_out() -> None:
    union, goods = make_union(), make_goods()
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    add = {"request_id": request.pk, "actor_id": union.buyer.pk}
    services.add_goods(sku="wc-tea-001", quantity="１２", **add)
    services.add_goods(sku="WC-TEA-001", quantity="3", **add)
    assert refused(services.add_goods, sku="WC", quantity="3", **add) == "bad_sku"
    assert refused(services.add_goods, sku="WC-TEA-001", quantity="0.5", **add) == "bad_quantity"
    assert lines_of(request) == {goods.tea.pk: 15}
    services.save_quantities(quantities={goods.tea.pk: 0, goods.pears.pk: 2}, **add)
    assert lines_of(request) == {goods.pears.pk: 2}


def test_approval_by_another_places_the_order_from_the_bulk_pool_at_the_tier() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20, pears=3)
    assert (request.state, request.goods_fen) == ("submitted", 20 * 9_500 + 3 * 2_000)
    fields: dict[str, Any] = {"request_id": request.pk, "seen": seen_of(request)}
    assert refused(services.approve_request, actor_id=union.buyer.pk, **fields) == "not_a_member"
    decision = services.approve_request(note="好", actor_id=union.approver.pk, **fields)
    record = decision.record
    assert record is not None
    assert services.approve_request(actor_id=union.second.pk, **fields).record == record
    assert OrderRecord.objects.count() == 1
    request.refresh_from_db()
    assert (request.state, request.record, request.decided_by) == ("placed", record, union.approver)
    assert (record.pool, record.channel, record.method, record.buyer) == (
        "bulk",
        "bulk",
        "bank_transfer",
        union.buyer,
    )
    assert (record.buyer_kind, record.mode, record.credited_organisation) == ("union", "direct", "un-001")
    assert (record.goods_fen, bulk_of(record)) == (196_000, {"WC-TEA-001": 20, "LQ-FRT-001": 3})
    assert StockBalance.objects.filter(pool="retail", allocated__gt=0).count() == 0
    drain()
    assert_kept()


def test_nobody_decides_about_their_own_request() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods)
    services.submit_request(
        request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.second.pk
    )
    assert refused(approve, request=request, person=union.second) == "own_request"
    reject = {"request_id": request.pk, "note": "不", "actor_id": union.second.pk}
    assert refused(services.reject_request, **reject) == "own_request"
    with pytest.raises(IntegrityError, match="request_decided_by_another"), transaction.atomic():
        PurchaseRequest.objects.filter(pk=request.pk).update(decided_by=union.second)
    assert not OrderRecord.objects.exists()


def test_a_rejection_needs_a_note_and_the_buyer_can_change_the_request() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods)
    reject = {"request_id": request.pk, "actor_id": union.approver.pk}
    assert refused(services.reject_request, note=" ", **reject) == "note_missing"
    services.reject_request(note="太多", **reject)
    assert refused(approve, request=request, person=union.approver) == "wrong_state"
    assert (
        refused(services.cancel_request, request_id=request.pk, actor_id=union.approver.pk) == "not_a_member"
    )
    services.reopen_request(request_id=request.pk, actor_id=union.buyer.pk)
    request.refresh_from_db()
    assert (request.state, request.decision_note, request.decided_by) == ("draft", "太多", None)
    services.cancel_request(request_id=request.pk, actor_id=union.buyer.pk)
    request.refresh_from_db()
    assert request.state == RequestState.CANCELLED


@pytest.mark.parametrize("what", ["price", "stock", "withdrawn"])
def test_what_changed_since_submission_is_named_and_goes_back_to_the_buyer(what: str) -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    if what == "price":
        PriceTier.objects.update(price_fen=9_600)
    elif what == "stock":
        set_stock(stockrecord=goods.tea.stockrecords.get(), pool="bulk", on_hand=19)
    else:
        Listing.objects.filter(product=goods.tea).update(state="withdrawn")
    decision = approve(request, union.approver)
    assert decision.record is None
    assert len(decision.changes) == 1
    assert {"price": "¥95.00", "stock": "19", "withdrawn": "黄茶"}[what] in decision.changes[0]
    request.refresh_from_db()
    assert (request.state, request.changes) == ("draft", list(decision.changes))
    assert not OrderRecord.objects.exists()
    assert bulk_of(OrderRecord())["WC-TEA-001"] == 0


def test_a_submission_at_other_prices_than_seen_is_refused() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods)
    submit = {"request_id": request.pk, "actor_id": union.buyer.pk}
    digest = bulk_quote(request).digest
    PriceTier.objects.update(price_fen=9_600)
    assert refused(services.submit_request, digest=digest, **submit) == "quote_changed"
    services.save_quantities(quantities={goods.tea.pk: 201}, **submit)
    assert refused(services.submit_request, digest=bulk_quote(request).digest, **submit) == "out_of_stock"
    services.save_quantities(quantities={goods.tea.pk: 0}, **submit)
    assert refused(services.submit_request, digest=bulk_quote(request).digest, **submit) == "empty"
    request.refresh_from_db()
    assert (request.state, request.lines.count()) == ("draft", 0)


def test_terms_are_offered_only_where_they_stand_and_the_limit_holds() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods, pay_by=PayBy.TERMS)
    digest = bulk_quote(request).digest
    submit: dict[str, Any] = {"request_id": request.pk, "digest": digest, "actor_id": union.buyer.pk}
    assert refused(services.submit_request, **submit) == "no_terms"
    give_terms(union.unit, limit_fen=250_000)
    services.submit_request(**submit)
    second = submitted(union, goods, pay_by=PayBy.TERMS)
    record = approve(request, union.approver).record
    assert record is not None
    assert (record.method, record.release_state, record.payment_state) == ("terms", "released", "unpaid")
    assert refused(approve, request=second, person=union.approver) == "terms_limit"
    second.refresh_from_db()
    assert (second.state, OrderRecord.objects.count()) == ("submitted", 1)
    drain()
    assert_kept()


def test_a_member_removed_or_a_unit_suspended_acts_no_more() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods)
    remove_member(
        organisation_id=union.unit.pk, user_id=union.approver.pk, role=MemberRole.APPROVER, actor_id=None
    )
    assert refused(approve, request=request, person=union.approver) == "not_a_member"
    suspend_organisation(organisation_id=union.unit.pk, actor_id=None, reason="查")
    union.unit.refresh_from_db()
    assert union.unit.state == OrganisationState.SUSPENDED
    assert refused(approve, request=request, person=union.second) == "unit_not_verified"
    assert not OrderRecord.objects.exists()


def transferred(record: OrderRecord) -> None:
    """Let the whole sum arrive at the bank, confirmed by two of the staff, and the suppliers know of it."""
    gateways.start_payment(record=record, method="bank_transfer")
    claim = bank_line(PaymentAttempt.objects.get(record=record), record.due_fen, by=71)
    gateways.confirm_transfer(claim_id=claim, confirmed_by=72)
    drain()
    record.refresh_from_db()


def stages(record: OrderRecord) -> dict[str, int]:
    drain()
    rows = LedgerEntry.objects.filter(order_number=record.number, kind="goods").values_list("stage", "fen")
    sums: dict[str, int] = {}
    for stage, fen in rows:
        sums[stage] = sums.get(stage, 0) + fen
    return {stage: fen for stage, fen in sums.items() if fen}


def report(record: OrderRecord, union: Any, accepted: int, rejected: int = 0, reason: str = "") -> Any:
    line = record.shares.get().line_id
    counted = [Counted(line_id=line, accepted=accepted, damaged=rejected, reason=reason)]
    photos = [photo()] if rejected else []
    return services.report_acceptance(
        record_id=record.pk, counted=counted, actor_id=union.buyer.pk, arrival=Arrival(photos=photos)
    )


def test_an_acceptance_counts_when_another_member_approves_it() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    report_fields = {"record": record, "union": union}
    assert refused(report, accepted=1, **report_fields) == "units"
    pay(record)
    shipped(record)
    assert refused(report, accepted=18, rejected=2, **report_fields) == "reason_missing"
    assert refused(report, accepted=20, rejected=1, reason="碎", **report_fields) == "units"
    assert refused(report, accepted=0, **report_fields) == "nothing"
    found = report(record, union, 18, 2, "碎了")
    assert refused(report, accepted=1, **report_fields) == "units"
    decide = {"report_id": found.pk}
    assert refused(services.approve_acceptance, actor_id=union.buyer.pk, **decide) == "own_report"
    with pytest.raises(IntegrityError, match="acceptance_approved_by_another"), transaction.atomic():
        AcceptanceReport.objects.filter(pk=found.pk).update(state="approved", decided_by=union.buyer)
    services.approve_acceptance(actor_id=union.approver.pk, **decide)
    services.approve_acceptance(actor_id=union.second.pk, **decide)
    services.receive_counted_parcels(record_id=record.pk, actor_id=union.approver.pk)
    record.refresh_from_db()
    assert record.fulfilment_state == "received"
    assert record.shares.get().accepted_units == 18
    wish = RefundRequest.objects.get()
    # Of a paid order the money is asked for; staff decide about it.
    assert (wish.fen, wish.approved_at) == (19_000, None)
    assert wish.reason == "验收时破损：碎了"


def test_rejected_units_of_an_unpaid_order_lower_what_is_due() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    found = report(record, union, 18, 2, "碎了")
    services.approve_acceptance(report_id=found.pk, actor_id=union.approver.pk)
    record.refresh_from_db()
    assert (record.due_fen, record.payment_state) == (18 * 9_500, "unpaid")
    assert stages(record) == {"receivable": 18 * 9_500}
    assert_kept()


def test_units_of_the_first_parcel_are_rejected_while_the_rest_is_still_owed() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    transferred(record)
    share, order = record.shares.get(), record.supplier_orders.get()
    ship(order, units={share.pk: 10})
    assert refused(report, record=record, union=union, accepted=9, rejected=2, reason="碎") == "units"
    first = report(record, union, 10)
    services.withdraw_acceptance(report_id=first.pk, actor_id=union.approver.pk)
    again = report(record, union, 9, 1, "碎了")
    assert again.number.endswith("-A2")
    services.approve_acceptance(report_id=again.pk, actor_id=union.approver.pk)
    drain()
    assert refused(services.withdraw_acceptance, report_id=again.pk, actor_id=union.buyer.pk) == "wrong_state"
    record.refresh_from_db()
    assert record.fulfilment_state == "part"
    assert RefundRequest.objects.get().fen == 9_500
    drain()
    # The supplier owes ten more, not nine, and all of them can be accepted.
    assert list(units_to_ship(order).values()) == [10]
    ship(order, units={share.pk: 10}, number="EMS000777")
    last = report(record, union, 10)
    services.approve_acceptance(report_id=last.pk, actor_id=union.approver.pk)
    drain()
    assert stages(record) == {"confirmed": 19 * 9_500, "refunding": 9_500}
    assert record.shares.get().accepted_units == 19
    record.refresh_from_db()
    assert record.fulfilment_state == "received"
    assert_kept()


def test_the_invoice_is_the_units_own_unless_its_buyer_says_otherwise() -> None:
    union, goods = make_union(), make_goods()
    Organisation.objects.filter(pk=union.unit.pk).update(credit_code=CREDIT_CODE, demo=False)
    request = draft(union, goods)
    assert invoice_of(request) == InvoiceWish("un-001 工会", CREDIT_CODE)
    save: dict[str, Any] = {
        "request_id": request.pk,
        "recipient": RECIPIENT,
        "pay_by": PayBy.TRANSFER,
        "message": "",
        "purpose": "",
        "actor_id": union.buyer.pk,
    }
    for wish, code, field in (
        (InvoiceWish("工会", "91330100799655058C"), "tax_number", "invoice_tax_number"),
        (InvoiceWish("工会"), "tax_number", "invoice_tax_number"),
        (InvoiceWish("", CREDIT_CODE), "invoice_title", "invoice_title"),
        (InvoiceWish("工会", CREDIT_CODE, "a@b"), "invoice_email", "invoice_email"),
    ):
        with pytest.raises(ShopError) as error:
            services.save_delivery(invoice=wish, **save)
        assert (error.value.code, error.value.field) == (code, field)
    request.refresh_from_db()
    assert request.invoice_email == ""
    services.save_delivery(invoice=InvoiceWish(" 工会本级 ", "9133 0100 7996-55058b", "c@un.cn"), **save)
    request.refresh_from_db()
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    record = approve(request, union.approver).record
    assert record is not None
    assert record.invoice_wish == {"title": "工会本级", "tax_number": CREDIT_CODE, "email": "c@un.cn"}
    # The next request starts with what this one had, an invoice that nobody wants included.
    following = draft(union, goods)
    assert following.invoice_email == "c@un.cn"
    services.save_delivery(invoice=InvoiceWish(), **save | {"request_id": following.pk})
    following.refresh_from_db()
    assert invoice_of(following).as_kept() == {}
