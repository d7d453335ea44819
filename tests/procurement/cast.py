"""A union with three members, goods in the bulk pool, and their way to an order."""

from dataclasses import dataclass

from oscar.apps.catalogue.models import Product

from shop.accounts.models import User
from shop.buyers.models import Organisation
from shop.fulfilment.models import SupplierOrder
from shop.ordering.models import OrderRecord
from shop.ordering.services import Recipient
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.content import content_digest
from shop.procurement.models import PayBy, PurchaseRequest
from tests.factories import (
    RECIPIENT,
    make_hold_rules,
    make_price_tier,
    make_product,
    make_region,
    make_supplier,
    make_user,
)
from tests.factories.buyers import make_bulk_stock, make_organisation, make_terms
from tests.fulfilment.cast import open_supplier_orders, ship


@dataclass(frozen=True)
class Union:
    """A verified unit; `second` may buy and approve."""

    unit: Organisation
    buyer: User
    approver: User
    second: User


def make_union(*, code: str = "un-001", first_phone: int = 50) -> Union:
    """Return a verified union of the district with its people."""
    buyer, approver, second = (
        make_user(phone=f"+86139000000{first_phone + number}", name="工会人") for number in range(3)
    )
    unit = make_organisation(code=code, name=f"{code} 工会", buyer=buyer, approver=approver)
    make_organisation(code=code, buyer=second, approver=second)
    return Union(unit, buyer, approver, second)


def give_terms(unit: Organisation, *, limit_fen: int = 10_000_000) -> None:
    """Let the unit pay after acceptance from today on."""
    make_terms(organisation=unit, limit_fen=limit_fen)


@dataclass(frozen=True)
class Goods:
    """Tea at 100.00 yuan (from 10 on 95.00) and pears at 20.00, 200 each in the bulk pool; cups withdrawn."""

    tea: Product
    pears: Product


def make_goods() -> Goods:
    """Put goods of two suppliers into the bulk pool."""
    make_hold_rules()
    tea_co = make_supplier(code="tea-co", name_zh="木门茶业", region=make_region())
    pear_co = make_supplier(
        code="pear-co", name_zh="龙泉果业", region=make_region(slug="longquan", name_zh="龙泉市")
    )
    tea = make_product(supplier=tea_co, sku="WC-TEA-001", name_zh="黄茶", price_fen=10_000, stock=5)
    pears = make_product(supplier=pear_co, sku="LQ-FRT-001", name_zh="翠冠梨", price_fen=2_000, stock=5)
    make_price_tier(product=tea, min_quantity=10, price_fen=9_500)
    for product in (tea, pears):
        make_bulk_stock(product=product, units=200)
    return Goods(tea, pears)


def draft(
    union: Union,
    goods: Goods,
    *,
    tea: int = 20,
    pears: int = 0,
    pay_by: PayBy = PayBy.TRANSFER,
    recipient: Recipient = RECIPIENT,
) -> PurchaseRequest:
    """Return a draft with recipient, ready to be submitted."""
    request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
    wanted = {goods.tea.pk: tea, goods.pears.pk: pears}
    services.save_quantities(
        request_id=request.pk,
        quantities={pk: units for pk, units in wanted.items() if units},
        actor_id=union.buyer.pk,
    )
    services.save_delivery(
        request_id=request.pk,
        recipient=recipient,
        pay_by=pay_by,
        message="",
        purpose="中秋慰问",
        actor_id=union.buyer.pk,
    )
    request.refresh_from_db()
    return request


def submitted(union: Union, goods: Goods, **fields: object) -> PurchaseRequest:
    """Return a request that waits for its approver."""
    request = draft(union, goods, **fields)  # type: ignore[arg-type]
    return services.submit_request(
        request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
    )


def approved(union: Union, goods: Goods, **fields: object) -> OrderRecord:
    """Return the order of an approved request."""
    request = submitted(union, goods, **fields)
    decision = approve(request, union.approver)
    assert decision.record is not None, decision.changes
    return decision.record


def approve(request: PurchaseRequest, person: User) -> services.Decision:
    """Approve a request as it stands now."""
    return services.approve_request(request_id=request.pk, seen=seen_of(request), actor_id=person.pk)


def seen_of(request: PurchaseRequest) -> str:
    """Return what the form of an approver carries who opens the page now."""
    return content_digest(PurchaseRequest.objects.get(pk=request.pk))


def shipped(record: OrderRecord) -> OrderRecord:
    """Let the suppliers of a released order ship everything."""
    open_supplier_orders(record)
    for order in SupplierOrder.objects.filter(record=record):
        ship(order)
    record.refresh_from_db()
    return record
