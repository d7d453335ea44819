"""What the tests of shipping start from: one paid order of two suppliers in two regions."""

from dataclasses import dataclass
from typing import Any

from shop.accounts.scope import SYSTEM, Scope
from shop.fulfilment import services
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.ordering.models import LineShare, OrderRecord
from shop.suppliers.models import Supplier
from tests.factories import make_product, make_region, make_supplier, place_paid

ACTOR = 1


@dataclass(frozen=True)
class Mixed:
    """Three units of tea and two of honey of one supplier, four of pears of the other."""

    record: OrderRecord
    tea: LineShare
    honey: LineShare
    pears: LineShare
    first: SupplierOrder
    second: SupplierOrder


def suppliers() -> tuple[Supplier, Supplier]:
    """Return a supplier of Wangcang and one of Longquan."""
    return (
        make_supplier(code="tea-co", name_zh="木门茶业", region=make_region(slug="wangcang")),
        make_supplier(
            code="pear-co", name_zh="龙泉果业", region=make_region(slug="longquan", name_zh="龙泉市")
        ),
    )


def mixed_order(**fields: Any) -> Mixed:
    """Return the order, paid and handed to its suppliers."""
    tea_co, pear_co = suppliers()
    tea = make_product(supplier=tea_co, sku="tea", name_zh="黄茶", price_fen=10_000, stock=50)
    honey = make_product(supplier=tea_co, sku="honey", name_zh="土蜂蜜", price_fen=3_000, stock=50)
    pears = make_product(supplier=pear_co, sku="pears", name_zh="翠冠梨", price_fen=2_500, stock=50)
    record = place_paid(lines=[(tea, 3), (honey, 2), (pears, 4)], **fields)
    open_supplier_orders(record)
    shares = {share.dims["product"]: share for share in record.shares.all()}
    orders = {order.supplier.code: order for order in record.supplier_orders.select_related("supplier")}
    return Mixed(record, shares["tea"], shares["honey"], shares["pears"], orders["tea-co"], orders["pear-co"])


def open_supplier_orders(record: OrderRecord) -> None:
    """Hand the order to its suppliers without the rest of the shop, which misses the payment's own row."""
    services.open_supplier_orders(
        order_number=record.number,
        supplier_codes=sorted(set(record.shares.values_list("supplier__code", flat=True))),
        opened_at=record.released_at or record.placed_at,
    )


def ship(order: SupplierOrder, units: dict[int, int] | None = None, **fields: Any) -> Parcel:
    """Ship units by share id, or all that is left."""
    return services.ship_parcel(
        scope=fields.pop("scope", SYSTEM),
        supplier_order_id=order.pk,
        courier=fields.pop("courier", "邮政EMS"),
        tracking_number=fields.pop("number", f"EMS{order.pk:06d}"),
        actor_id=ACTOR,
        units_by_share=units,
    )


def scope_of_supplier(code: str) -> Scope:
    """Return what a person of this supplier may see."""
    return Scope(suppliers=frozenset({code}))


def states(mixed: Mixed) -> tuple[str, str, str]:
    """Return the states of the order's shipping and of its two supplier orders."""
    for row in (mixed.record, mixed.first, mixed.second):
        row.refresh_from_db()
    return (mixed.record.fulfilment_state, mixed.first.state, mixed.second.state)
