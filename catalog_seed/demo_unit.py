"""The demonstration union: registered, verified, with terms, and its requests in every state.

Everything goes through the services that people use, and every step looks at what is there already, so a
run that was killed is finished by the next one and a second run changes nothing.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from django.db.models import F

from catalog_seed.demo_orders import later, proposed, settle, ship_all, sign_all
from catalog_seed.demo_photos import crushed_carton
from catalog_seed.demo_rules import make_demo_rules
from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.buyers import services as buyers
from shop.buyers.models import (
    BuyerKind,
    InvoiceProfile,
    MemberRole,
    Organisation,
    OrganisationState,
    PaymentTerms,
)
from shop.core import clock
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt, TransferState
from shop.listings.models import Listing, ListingState
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.services import Recipient
from shop.ordering.status import PaymentState, PayMethod
from shop.procurement import services as procurement
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_models import Festival, FestivalPlan, LimitPeriod
from shop.procurement.budget_services import save_plan, set_limit, set_reserved_share, tie_to_plan
from shop.procurement.content import content_digest
from shop.procurement.models import AcceptanceReport, PayBy, PurchaseRequest, ReportState, RequestState
from shop.procurement.standing import standing_of

CODE = "un-001"
NAME = "演示工会"
SUB_NAME = "演示工会第一分会"
SEED = 20260107
LEAST_STOCK = 60
LIMIT_FEN = 20_000_000
#: Of the festivals of the year: for how many people, and how much for each.
PEOPLE = 120
PER_HEAD_FEN = {Festival.SPRING: 60_000, Festival.DRAGON_BOAT: 30_000, Festival.MID_AUTUMN: 50_000}
YEAR_LIMIT_FEN = 2_000_000_000
FILED_FEN = 8_000_000
RECIPIENT = Recipient(
    name="周采宁",
    phone="+8617000000007",
    province="浙江省",
    city="杭州市",
    county="萧山区",
    street="北干街道示例路 1 号工会活动室",
)


class Reach(IntEnum):
    """How far a request of the plan goes."""

    DRAFT = 0
    SUBMITTED = 1
    PLACED = 2
    PAID = 3
    SHIPPED = 4
    ACCEPTED = 5


@dataclass(frozen=True)
class Plan:
    """One request: what for, when, how it is paid, how far it goes; `rejects` units of its first line.

    `festival`: of the plan that it is bought for.
    """

    number: int
    purpose: str
    days_ago: int
    pay_by: PayBy
    reach: Reach
    kinds: int
    rejects: int = 0
    festival: Festival | None = None


PLANS = (
    Plan(1, "春节慰问", 60, PayBy.TRANSFER, Reach.ACCEPTED, 4, festival=Festival.SPRING),
    Plan(2, "劳模慰问", 24, PayBy.TERMS, Reach.ACCEPTED, 3, rejects=2),
    Plan(3, "食堂集采", 4, PayBy.TERMS, Reach.SHIPPED, 3),
    Plan(4, "新会员入会礼", 1, PayBy.TRANSFER, Reach.PLACED, 2),
    Plan(5, "中秋慰问", 0, PayBy.TRANSFER, Reach.SUBMITTED, 4, festival=Festival.MID_AUTUMN),
    Plan(6, "冬季送温暖", 0, PayBy.TERMS, Reach.DRAFT, 3),
)
UNIT_COUNT = len(PLANS)


@dataclass(frozen=True)
class UnitCast:
    """The unit, who acts for it, and the two of the staff who serve it."""

    unit: Organisation
    buyer: User
    approver: User
    teller: User
    reviewer: User


def make_demo_unit() -> UnitCast:
    """Return the demonstration union, made where it is missing; the demonstration people must be there."""
    people = demo_people()
    teller, reviewer, buyer, approver = (
        User.objects.get(phone=people[index].phone) for index in (3, 4, 6, 7)
    )
    make_demo_rules(teller.pk)
    cast = open_unit(
        code=CODE,
        name=NAME,
        kind=BuyerKind.UNION,
        limit_fen=LIMIT_FEN,
        buyer=buyer,
        approver=approver,
        staff=(teller, reviewer),
    )
    acceptor, finance, owner = (User.objects.get(phone=people[index].phone) for index in (12, 13, 14))
    for user, role in (
        (acceptor, MemberRole.ACCEPTOR),
        (finance, MemberRole.FINANCE),
        (owner, MemberRole.OWNER),
    ):
        buyers.add_member(organisation_id=cast.unit.pk, user_id=user.pk, role=role, actor_id=teller.pk)
    _open_sub_unit(cast, owner)
    if not InvoiceProfile.objects.filter(organisation=cast.unit).exists():
        data = buyers.InvoiceData(NAME, address="萧山区北干街道示例路 1 号", phone="0571-00000000")
        buyers.save_invoice_data(organisation_id=cast.unit.pk, data=data, actor_id=owner.pk)
    return cast


def _open_sub_unit(cast: UnitCast, owner: User) -> None:
    """Let the unit have a branch that its owner registered, verified, with the same buyer and approver."""
    branch = Organisation.objects.filter(parent=cast.unit).first() or buyers.register_own_unit(
        name=SUB_NAME,
        kind=BuyerKind.UNION,
        credit_code="",
        demo=True,
        person_id=owner.pk,
        parent_id=cast.unit.pk,
    )
    if branch.state == OrganisationState.PENDING:
        buyers.verify_organisation(organisation_id=branch.pk, actor_id=cast.reviewer.pk)
    for user, role in ((cast.buyer, MemberRole.BUYER), (cast.approver, MemberRole.APPROVER)):
        buyers.add_member(organisation_id=branch.pk, user_id=user.pk, role=role, actor_id=cast.teller.pk)


def _set_budget(cast: UnitCast) -> None:
    """Plan the year's festivals, limit its spending, and write the reserved share down."""
    year = clock.today().year
    whose = {"organisation_id": cast.unit.pk, "actor_id": cast.approver.pk}
    for festival, per_head_fen in PER_HEAD_FEN.items():
        save_plan(year=year, festival=festival, headcount=PEOPLE, per_head_fen=per_head_fen, **whose)
    set_limit(period=LimitPeriod.YEAR, limit_fen=YEAR_LIMIT_FEN, starts_on=clock.today(), **whose)
    set_reserved_share(
        year=year,
        quota_fen=0,
        filed_fen=FILED_FEN,
        filed_on=dt.date(year, 1, 1),
        no_canteen=True,
        **whose,
    )


def open_unit(
    *,
    code: str,
    name: str,
    kind: BuyerKind,
    limit_fen: int,
    buyer: User,
    approver: User,
    staff: tuple[User, User],
) -> UnitCast:
    """Return a verified demonstration unit with members and terms; what is missing is made by the two of the staff."""
    teller, reviewer = staff
    unit = Organisation.objects.filter(code=code).first() or buyers.register_organisation(
        code=code,
        name=name,
        kind=kind,
        credit_code="",
        of_district=kind != BuyerKind.OUTSIDE,
        demo=True,
        actor_id=teller.pk,
    )
    if unit.state == OrganisationState.PENDING:
        unit = buyers.verify_organisation(organisation_id=unit.pk, actor_id=reviewer.pk)
    for user, role in ((buyer, MemberRole.BUYER), (approver, MemberRole.APPROVER)):
        buyers.add_member(organisation_id=unit.pk, user_id=user.pk, role=role, actor_id=teller.pk)
    terms = PaymentTerms.objects.filter(organisation=unit).first() or buyers.propose_terms(
        organisation_id=unit.pk,
        starts_on=clock.today() - dt.timedelta(days=365),
        ends_on=None,
        days_after_acceptance=30,
        limit_fen=limit_fen,
        proposed_by=teller.pk,
    )
    buyers.approve_terms(terms_id=terms.pk, approved_by=reviewer.pk)
    return UnitCast(unit, buyer, approver, teller, reviewer)


def make_unit_requests(cast: UnitCast) -> Iterator[bool]:
    """Bring every request of the plan to where it goes; yields, one by one, whether anything was done."""
    _set_budget(cast)
    goods = _goods()
    chance = random.Random(SEED)
    for plan in PLANS:
        picked = chance.sample(goods, min(plan.kinds, len(goods)))
        quantities = {product_id: chance.choice((10, 12, 20, 24)) for product_id in picked}
        request = PurchaseRequest.objects.filter(organisation=cast.unit, purpose=plan.purpose).first()
        yield bool(quantities) and _advance(plan, request, quantities, cast)


def _goods() -> list[int]:
    """Return products with enough bulk stock, in an order that is the same everywhere."""
    enough = StockBalance.objects.filter(pool="bulk", on_hand__gte=F("allocated") + LEAST_STOCK)
    listings = Listing.objects.filter(
        state=ListingState.PUBLISHED, product__stockrecords__in=enough.values("stockrecord")
    )
    return list(listings.order_by("sku").values_list("product_id", flat=True))


def _advance(plan: Plan, request: PurchaseRequest | None, quantities: dict[int, int], cast: UnitCast) -> bool:
    if request is not None and _is_done(plan, request):
        return False
    moment = clock.now() - dt.timedelta(days=plan.days_ago, hours=6)
    if request is None or request.state == RequestState.DRAFT:
        with clock.set_to(request.created_at if request else moment):
            request = _draft(plan, request, quantities, cast)
    if plan.reach >= Reach.PLACED and request.record is None:
        with clock.set_to(min(request.created_at + dt.timedelta(hours=2), clock.now())):
            request.record = procurement.approve_request(
                request_id=request.pk, seen=content_digest(request), note="同意", actor_id=cast.approver.pk
            ).record
    if request.record is not None:
        _carry_on(plan, request.record, cast)
    return True


def _is_done(plan: Plan, request: PurchaseRequest) -> bool:
    record = request.record
    if plan.reach == Reach.DRAFT:
        return bool(request.recipient_name)
    if plan.reach == Reach.SUBMITTED:
        return request.state == RequestState.SUBMITTED
    if record is None:
        return False
    if plan.reach == Reach.ACCEPTED:
        return AcceptanceReport.objects.filter(record=record, state=ReportState.APPROVED).exists()
    if plan.reach == Reach.SHIPPED:
        return record.fulfilment_state == "shipped"
    return PaymentAttempt.objects.filter(record=record).exists()


def _draft(
    plan: Plan, request: PurchaseRequest | None, quantities: dict[int, int], cast: UnitCast
) -> PurchaseRequest:
    request = draft_request(request, plan.purpose, quantities, plan.pay_by, cast)
    if plan.festival is not None:
        bought_for = FestivalPlan.objects.filter(organisation=cast.unit, festival=plan.festival).latest(
            "year"
        )
        tie_to_plan(request_id=request.pk, plan_id=bought_for.pk, actor_id=cast.buyer.pk)
        request.refresh_from_db()
    return request if plan.reach < Reach.SUBMITTED else submit(request, cast)


def draft_request(
    request: PurchaseRequest | None,
    purpose: str,
    quantities: dict[int, int],
    pay_by: PayBy,
    cast: UnitCast,
) -> PurchaseRequest:
    """Write down what a unit wishes to buy, and where to; a draft that is there is filled in."""
    buyer = cast.buyer.pk
    request = request or procurement.create_request(
        organisation_id=cast.unit.pk, actor_id=buyer, purpose=purpose
    )
    procurement.save_quantities(request_id=request.pk, quantities=quantities, actor_id=buyer)
    procurement.save_delivery(
        request_id=request.pk,
        recipient=RECIPIENT,
        pay_by=pay_by,
        message="请按单装箱",
        purpose=purpose,
        actor_id=buyer,
    )
    request.refresh_from_db()
    return request


def submit(request: PurchaseRequest, cast: UnitCast) -> PurchaseRequest:
    """Hand a draft over for approval at the prices of the moment."""
    quote = bulk_quote(request)
    return procurement.submit_request(
        request_id=request.pk,
        digest=quote.digest,
        # Asked for only where a price lies above the band, as with another tier than the last time.
        reasons=dict.fromkeys((line.product_id for line in quote.lines), "这次数量少，未到上次的阶梯价"),
        actor_id=cast.buyer.pk,
    )


def _carry_on(plan: Plan, record: OrderRecord, cast: UnitCast) -> None:
    """Pay, ship and accept, as far as the plan goes."""
    if record.method == PayMethod.BANK_TRANSFER:
        _transfer(plan, record, cast)
    settle(record, hours=30)
    if plan.reach >= Reach.SHIPPED:
        _ship(plan, record)
    if plan.reach >= Reach.ACCEPTED:
        _accept(plan, record, cast)


def _transfer(plan: Plan, record: OrderRecord, cast: UnitCast) -> None:
    with later(record, hours=1):
        if record.payment_state != PaymentState.PAID:
            gateways.start_payment(record=record, method=PayMethod.BANK_TRANSFER)
    attempt = PaymentAttempt.objects.get(record=record)
    if plan.reach < Reach.PAID or record.payment_state == PaymentState.PAID:
        return
    with later(record, hours=24):
        serial = f"DEMOU{plan.number:05d}"
        claim = proposed(attempt, record, serial=serial, payer=NAME, teller=cast.teller)
    if claim.state == TransferState.PROPOSED:
        with later(record, hours=26):
            gateways.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.reviewer.pk)


def _ship(plan: Plan, record: OrderRecord) -> None:
    with later(record, hours=48):
        ship_all(record, lambda order: f"DEMOU{plan.number:03d}{order.pk:06d}")
    settle(record, hours=49)


def _accept(plan: Plan, record: OrderRecord, cast: UnitCast) -> None:
    with later(record, hours=24 * 5):
        sign_all(record)
    report = AcceptanceReport.objects.filter(record=record).first()
    if report is None:
        with later(record, hours=24 * 5 + 2):
            report = procurement.report_acceptance(
                record_id=record.pk,
                counted=counted(record, plan.rejects),
                note="开箱清点",
                actor_id=cast.buyer.pk,
                arrival=arrival(plan.rejects),
            )
    with later(record, hours=24 * 6):
        procurement.approve_acceptance(report_id=report.pk, actor_id=cast.approver.pk)
    settle(record, hours=24 * 6 + 1)


def arrival(rejects: int) -> procurement.Arrival:
    """Say who took the goods in, with a picture of what is damaged."""
    photos = [crushed_carton()] if rejects else []
    return procurement.Arrival(signer=RECIPIENT.name, photos=photos, form_key="demo")


def counted(record: OrderRecord, rejects: int) -> list[procurement.Counted]:
    """Accept everything but so many units of the first line."""
    found = []
    for index, line in enumerate(standing_of(record)):
        bad = min(rejects, line.to_report) if index == 0 else 0
        reason = "外包装破损" if bad else ""
        found.append(procurement.Counted(line.line_id, line.to_report - bad, bad, reason))
    return found
