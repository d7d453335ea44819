"""Lists of people for tests, and the way of a request with one to an order that its suppliers ship."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from shop.accounts.scope import Scope
from shop.fulfilment.batches import apply_file, rows_of, store_file
from shop.fulfilment.consignment_models import Consignment
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.planning import Plan, plan_rows
from shop.fulfilment.shipping_list import read_shipping_file
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.ordering.models import OrderRecord
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PayBy, PurchaseRequest
from shop.procurement.roster_files import read_roster
from shop.procurement.roster_models import Roster
from shop.suppliers.models import Supplier
from tests.factories import make_freight_template, make_user
from tests.factories.buyers import make_bulk_stock
from tests.gateways.cast import bank_line
from tests.procurement.cast import Goods, Union, approve, draft, make_goods
from tests.worker import drain

HEADER = "姓名,手机号,部门,地址,份数"
HOME = "浙江省杭州市西湖区文三路{0}号"
FAR = "四川省广元市旺苍县东河镇{0}号"
#: Five sets in three parcels: two at home, three sets with a department.
FOUR = (
    f"张三,13800000011,,{HOME.format(1)},",
    f"李四,13800000012,财务部,{FAR.format(2)},",
    "王五,,财务部,,",
    "赵六,,财务部,,2",
)


def sheet(*rows: str, header: str = HEADER) -> bytes:
    """Return rows as a file."""
    return "\n".join([header, *rows]).encode()


def goods_to_many(units: int = 0) -> Goods:
    """Return goods that go free to two provinces, with so many more units in the bulk pool."""
    goods = make_goods()
    for product in (goods.tea, goods.pears):
        make_freight_template(
            supplier=product.listing.supplier,
            provinces=("浙江省", "四川省"),
            free_from_fen=0,
            starts_on=timezone.localdate() - dt.timedelta(days=2),
        )
        if units:
            make_bulk_stock(product=product, units=units)
    return goods


def with_people(request: PurchaseRequest, union: Union, *rows: str) -> Roster:
    """Let these people get the goods of a draft."""
    read = read_roster(sheet(*rows))
    assert not read.faults, read.faults
    file = services.store_roster(request_id=request.pk, name="名单.csv", read=read, actor_id=union.buyer.pk)
    return services.confirm_roster(
        request_id=request.pk, seen=file.digest, are_sure=True, actor_id=union.buyer.pk
    )


def ordered(
    union: Union,
    goods: Goods,
    rows: Sequence[str],
    *,
    tea: int = 20,
    pears: int = 0,
    pay_by: PayBy = PayBy.TRANSFER,
) -> OrderRecord:
    """Return the order of an approved request for these people, not paid yet."""
    request = draft(union, goods, tea=tea, pears=pears, pay_by=pay_by)
    with_people(request, union, *rows)
    request = PurchaseRequest.objects.get(pk=request.pk)
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    decision = approve(request, union.approver)
    assert decision.record is not None, decision.changes
    return decision.record


def released(union: Union, goods: Goods, rows: Sequence[str], **fields: int) -> OrderRecord:
    """Return such an order, paid and handed to its suppliers; its parcels are not written down yet."""
    record = ordered(union, goods, rows, **fields)  # type: ignore[arg-type]
    hand_over(record)
    return record


def hand_over(record: OrderRecord) -> None:
    """Let the order be paid by transfer, and everybody be told: its suppliers have it then."""
    gateways.start_payment(record=record, method="bank_transfer")
    attempt = PaymentAttempt.objects.get(record=record, state="open")
    line = bank_line(attempt, record.due_fen, by=71, serial=f"S{record.pk}")
    gateways.confirm_transfer(claim_id=line, confirmed_by=72)
    drain()
    record.refresh_from_db()


def prepared(union: Union, goods: Goods, rows: Sequence[str], **fields: int) -> OrderRecord:
    """Return such an order with all its parcels written down."""
    record = released(union, goods, rows, **fields)
    while services.make_consignments():
        pass
    return record


def scope_of(supplier: Supplier) -> Scope:
    """Return what the supplier's people may do."""
    return Scope(suppliers=frozenset({supplier.code}))


def filled_in(order: SupplierOrder, numbers: Sequence[int], *, prefix: str = "SF") -> bytes:
    """Return a list with a courier number for each of these recipients of a supplier order."""
    number = order.record.number
    rows = [f"{number},{one},,,顺丰速运,{prefix}{order.pk:03}{one:09}" for one in numbers]
    return "\n".join(["订单号,收件序号,行号,本次发货件数,快递公司,快递单号", *rows]).encode()


def planned(order: SupplierOrder, raw: bytes) -> Plan:
    """Return what a list would ship."""
    read = read_shipping_file(raw)
    return plan_rows(scope_of(order.supplier), read.rows, read.columns)


def ship_list(order: SupplierOrder, raw: bytes) -> int:
    """Upload a list and confirm it; return how many parcels it shipped."""
    actor_id = make_user(phone="+8613900000077").pk
    file = store_file(
        supplier=order.supplier, name="list.csv", raw=raw, read=read_shipping_file(raw), actor_id=actor_id
    )
    scope = scope_of(order.supplier)
    seen = plan_rows(scope, rows_of(file), file.columns).digest
    return apply_file(scope=scope, file_id=file.pk, seen=seen, actor_id=actor_id)


def all_numbers(order: SupplierOrder) -> list[int]:
    """Return the numbers of a supplier order's recipients."""
    return list(
        Consignment.objects.filter(supplier_order=order).order_by("number").values_list("number", flat=True)
    )
