"""The rows of the role × URL matrix about units that buy, and the objects of the union that they name."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from shop.accounts.models import User
from shop.buyers.services import invite
from shop.certificates.packs.asking import PACK
from shop.core import clock
from shop.core.whole_files import write_whole
from shop.gateways import services as gateways
from shop.gateways.payer_models import TransferBundle
from shop.ordering.models import OrderRecord
from shop.procurement.models import AcceptanceReport, Contract, PurchaseRequest, UploadFile
from shop.procurement.price_models import PriceRequest
from shop.procurement.roster_files import read_roster
from shop.procurement.rules import set_contract_rule
from shop.procurement.saved_models import SavedList
from shop.procurement.services import (
    Counted,
    ask_price,
    keep_list,
    report_acceptance,
    store_roster,
    store_upload,
)
from shop.procurement.uploads import read_list
from shop.reporting.asking import path_of
from shop.reporting.models import ExportJob
from tests.factories import Cast, make_cast, make_product, make_region, make_supplier, pay
from tests.factories.buyers import make_bulk_stock, make_organisation
from tests.procurement.cast import Goods, Union, approved, draft, make_goods, shipped, submitted
from tests.procurement.people import FOUR, ordered
from tests.reporting.bulk import ready_export
from tests.url_rows import UNION, Answers, Row, Who, answers, everyone, staff_only


class UnitWorld:
    """The cast, and what belongs to the union of union_owner, union_buyer and their colleagues."""

    @cached_property
    def cast(self) -> Cast:
        """Return the people; the two supplier users act for two suppliers of two regions, the union's for units."""
        cast = make_cast(
            supplier=make_supplier(code="matrix-one", region=make_region(slug="wangcang")),
            other_supplier=make_supplier(code="matrix-two", region=make_region(slug="longquan")),
            region_slug="wangcang",
        )
        make_organisation(
            code="un-001",
            buyer=cast.union_buyer,
            approver=cast.union_approver,
            acceptor=cast.union_acceptor,
            finance=cast.union_finance,
            owner=cast.union_owner,
        )
        make_organisation(code="un-002", name="另一工会", buyer=cast.other_union_buyer)
        return cast

    @cached_property
    def union(self) -> Union:
        """Return the unit of union_buyer and union_approver."""
        cast = self.cast
        unit = make_organisation(code="un-001", buyer=cast.union_buyer, approver=cast.union_approver)
        return Union(unit, cast.union_buyer, cast.union_approver, cast.union_buyer)

    @cached_property
    def invitation(self) -> tuple[int, str]:
        """Return the id and the token of union_owner's invitation of other_resident, whose number is proved."""
        person = self.cast.other_resident
        User.objects.filter(pk=person.pk).update(phone_verified=True)
        made, token = invite(
            organisation_id=self.union.unit.pk,
            phone=person.phone or "",
            role="buyer",
            actor_id=self.cast.union_owner.pk,
        )
        return made.pk, token

    @cached_property
    def goods(self) -> Goods:
        """Return goods in the bulk pool."""
        return make_goods()

    @cached_property
    def purchase_draft(self) -> PurchaseRequest:
        """Return a draft of union_buyer."""
        return draft(self.union, self.goods)

    @cached_property
    def upload(self) -> UploadFile:
        """Return a list that union_buyer uploaded."""
        raw = "货号,数量\nWC-TEA-001,5".encode()
        return store_upload(
            request_id=self.purchase_draft.pk,
            name="list.csv",
            read=read_list(raw),
            actor_id=self.cast.union_buyer.pk,
        )

    @cached_property
    def saved_list(self) -> SavedList:
        """Return a list that union_buyer kept."""
        return keep_list(request_id=self.purchase_draft.pk, name="春节", actor_id=self.cast.union_buyer.pk)

    @cached_property
    def submitted_request(self) -> PurchaseRequest:
        """Return a request that waits for union_approver."""
        return submitted(self.union, self.goods)

    @cached_property
    def price_request(self) -> PriceRequest:
        """Return what the union asked the supplier of supplier_user."""
        return self._asked(of_shop=False)

    @cached_property
    def price_request_of_shop(self) -> PriceRequest:
        """Return what the union asked the shop."""
        return self._asked(of_shop=True)

    def _asked(self, *, of_shop: bool) -> PriceRequest:
        product = make_product(supplier=make_supplier(code="matrix-one"), sku="matrix-price")
        [asked] = ask_price(
            organisation_id=self.union.unit.pk,
            quantities={product.pk: 10},
            of_shop=of_shop,
            actor_id=self.cast.union_buyer.pk,
        )
        return asked

    @cached_property
    def unit_order(self) -> OrderRecord:
        """Return an order of the union, paid and shipped."""
        record = approved(self.union, self.goods)
        pay(record)
        return shipped(record)

    @cached_property
    def order_to_many(self) -> OrderRecord:
        """Return an order of the union for a list of people."""
        return ordered(self.union, self.goods, FOUR[2:], tea=21)

    @cached_property
    def bundle(self) -> TransferBundle:
        """Return one code for two unpaid orders of the union."""
        orders = [approved(self.union, self.goods) for _number in range(2)]
        return gateways.bundle_transfers(
            organisation=self.union.unit,
            numbers=[record.number for record in orders],
            actor_id=self.cast.union_buyer.pk,
        )

    @cached_property
    def pack(self) -> ExportJob:
        """Return a reimbursement pack of the union that union_finance asked for and the worker has made."""
        job = ready_export(
            self.cast.union_finance,
            "pack.zip",
            content=PACK,
            kind="zip",
            query={"order": self.unit_order.number},
            everything=False,
            organisation=self.union.unit.code,
            roles=["unit_finance"],
        )
        job.save()
        write_whole(path_of(job), b"a file")
        return job

    @cached_property
    def contract(self) -> Contract:
        """Return the union's contract with the supplier of supplier_user."""
        product = make_product(supplier=make_supplier(code="matrix-one"), sku="matrix-contract")
        make_bulk_stock(product=product, units=50)
        set_contract_rule(from_fen=0, starts_on=clock.today(), actor_id=1)
        return approved(self.union, Goods(tea=product, pears=self.goods.pears)).contracts.get()

    @cached_property
    def acceptance(self) -> AcceptanceReport:
        """Return what union_buyer counted of it."""
        line = self.unit_order.shares.get().line_id
        return report_acceptance(
            record_id=self.unit_order.pk, counted=[Counted(line, 20)], actor_id=self.cast.union_buyer.pk
        )


#: A unit's pages: its own members; another unit's member finds nothing where an object is named.
UNITS = staff_only(200, *UNION, Who.OTHER_UNION_BUYER)
UNIT_OWN = staff_only(200, *UNION)
_UNIT_ACTS = staff_only(302, *UNION)
#: What only the owner of the unit does; to the others there is no such thing to send.
_OWNERS = staff_only(302, Who.UNION_OWNER)
#: A form that only the buyer gets done; to the others of the unit it says so.
_ONLY_BUYER = dict(staff_only(422, *UNION)) | {Who.UNION_BUYER: 302}


def _of_draft(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.purchase_draft.number}


def _of_list(world: UnitWorld) -> dict[str, Any]:
    return {"pk": world.saved_list.pk}


def _of_upload(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.purchase_draft.number, "pk": world.upload.pk}


def _of_roster(world: UnitWorld) -> dict[str, Any]:
    raw = "姓名,部门\n张三,财务部".encode()
    store_roster(
        request_id=world.purchase_draft.pk,
        name="people.csv",
        read=read_roster(raw),
        actor_id=world.cast.union_buyer.pk,
    )
    return {"number": world.purchase_draft.number}


def _of_submitted(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.submitted_request.number}


def of_prices(world: UnitWorld) -> dict[str, Any]:
    """Return the number of what the union asked the supplier of supplier_user."""
    return {"number": world.price_request.number}


def _of_unit_order(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.unit_order.number}


def _of_order_to_many(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.order_to_many.number}


def _of_acceptance(world: UnitWorld) -> dict[str, Any]:
    return {"number": world.acceptance.number}


def of_contract(world: UnitWorld) -> dict[str, Any]:
    """Return the number of the union's contract with the supplier of supplier_user."""
    return {"number": world.contract.number}


def _unit_act(arguments: Callable[[UnitWorld], dict[str, Any]], **data: str) -> Row:
    """Return the row of a button on a unit's page; what the caller may not do is said on the page it leads to."""
    return Row(
        get=everyone(405),
        post=_UNIT_ACTS,
        owner="the union of union_owner and its other members",
        arguments=arguments,
        data=lambda world: data,
    )


def _unit_page(
    arguments: Callable[[UnitWorld], dict[str, Any]], post: Answers | None = None, **data: str
) -> Row:
    """Return the row of a unit's page about one thing of its own."""
    return Row(
        get=UNIT_OWN,
        post=post or everyone(405),
        owner="the union of union_owner and its other members",
        arguments=arguments,
        data=lambda world: data,
    )


def _finances_pack(**arguments: str) -> Row:
    """Return the row of a pack's page: its colleagues have none of it."""
    return Row(
        get=staff_only(200, Who.UNION_FINANCE),
        post=everyone(405),
        owner="union_finance, who asked for it",
        arguments=lambda world: {"key": world.pack.key} | arguments,
    )


UNIT_ROWS: dict[str, Row] = {
    "storefront:unit_home": Row(get=UNITS, post=everyone(405)),
    # The union's code is a unit of its own members only.
    "buyers:acting": Row(get=UNITS, post=_UNIT_ACTS, data=lambda world: {"unit": world.union.unit.code}),
    # An empty form is shown again with what it lacks.
    "buyers:join": Row(get=answers(anonymous=302, others=200), post=answers(anonymous=302, others=422)),
    "buyers:invitation": Row(
        get=answers(anonymous=302, others=404, other_resident=200),
        post=answers(anonymous=302, others=404, other_resident=302),
        owner="other_resident, who is invited",
        arguments=lambda world: {"token": world.invitation[1]},
    ),
    "buyers:unit": Row(get=UNITS, post=staff_only(422, Who.UNION_OWNER)),
    "buyers:unit_papers": Row(get=UNITS, post=staff_only(422, Who.UNION_OWNER)),
    # Everybody may send their own roles again.
    "buyers:unit_members": Row(
        get=UNITS,
        post=staff_only(302, Who.UNION_OWNER, Who.UNION_BUYER),
        data=lambda world: {"user": world.cast.union_buyer.pk, "roles": "buyer"},
    ),
    "buyers:unit_invite": Row(
        get=everyone(405), post=_OWNERS, data=lambda world: {"phone": "13800000099", "role": "buyer"}
    ),
    "buyers:unit_withdraw": Row(
        get=everyone(405),
        post=_OWNERS,
        owner="the union of union_owner and its other members",
        arguments=lambda world: {"pk": world.invitation[0]},
    ),
    "buyers:unit_invoice": Row(get=UNITS, post=staff_only(422, Who.UNION_OWNER, Who.UNION_FINANCE)),
    "storefront:unit_plans": Row(
        get=UNITS,
        post=staff_only(422, *UNION, Who.OTHER_UNION_BUYER),
        data=lambda world: {"act": "plan"},
    ),
    "procurement:requests": Row(get=UNITS, post=everyone(405)),
    # Who does not buy for the unit has none to open a draft for.
    "procurement:new": Row(get=everyone(405), post=staff_only(302, Who.UNION_BUYER, Who.OTHER_UNION_BUYER)),
    "procurement:template": Row(
        get=UNITS,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "procurement:request": _unit_page(_of_draft, _UNIT_ACTS),
    "prices:prices": Row(get=UNITS, post=everyone(405)),
    # Who does not buy for the unit is told so, and so is who names no goods.
    "prices:ask": Row(get=UNITS, post=staff_only(422, *UNION, Who.OTHER_UNION_BUYER)),
    "prices:price": _unit_page(of_prices, _UNIT_ACTS, act="withdraw"),
    "prices:drop": _unit_act(_of_draft),
    "procurement:add": _unit_page(
        _of_draft,
        _ONLY_BUYER,
        sku="WC-TEA-001",
        quantity="3",
    ),
    "procurement:upload": _unit_page(
        _of_draft,
        _ONLY_BUYER,
        text="WC-TEA-001 3",
    ),
    "procurement:preview": _unit_page(_of_upload, _UNIT_ACTS),
    "procurement:confirm": _unit_act(_of_upload),
    "procurement:faults": _unit_page(_of_upload),
    "procurement:roster": _unit_page(_of_draft, staff_only(422, *UNION)),
    "procurement:roster_check": _unit_page(_of_roster, _UNIT_ACTS),
    "procurement:roster_drop": _unit_act(_of_draft),
    "procurement:roster_template": Row(
        get=UNITS,
        post=everyone(405),
        owner="nobody: the kind of file",
        arguments=lambda world: {"kind": "csv"},
    ),
    "procurement:delivery": _unit_page(_of_draft, staff_only(422, *UNION)),
    "procurement:submit": _unit_page(_of_draft, staff_only(409, *UNION)),
    "procurement:quotes": _unit_page(_of_draft, staff_only(422, *UNION)),
    "procurement:quotes_file": _unit_page(_of_draft),
    # Members read the rules; approvers and the owner set them.
    "procurement:approval_rules": Row(get=UNITS, post=staff_only(422, Who.UNION_APPROVER, Who.UNION_OWNER)),
    "procurement:contract": _unit_page(of_contract, staff_only(422, *UNION)),
    "procurement:contract_pdf": _unit_page(of_contract),
    # The order of the union has left already.
    "procurement:order_cancel": Row(
        get=_UNIT_ACTS,
        post=_UNIT_ACTS,
        owner="the union of union_owner and its other members",
        arguments=_of_unit_order,
    ),
    "procurement:order_again": _unit_act(_of_unit_order),
    "procurement:order_address": _unit_page(_of_unit_order, staff_only(422, *UNION)),
    "procurement:decide": _unit_act(_of_submitted, decision="approve"),
    "procurement:reopen": _unit_act(_of_submitted),
    "procurement:cancel": _unit_act(_of_draft),
    "procurement:keep": _unit_act(_of_draft, name="中秋"),
    "procurement:lists": Row(get=UNITS, post=everyone(405)),
    "procurement:list_use": _unit_act(_of_list),
    "procurement:list_drop": _unit_act(_of_list),
    "procurement:reorder": _unit_act(_of_unit_order),
    "procurement:orders": Row(get=UNITS, post=everyone(405)),
    "procurement:order": _unit_page(_of_unit_order),
    "procurement:order_recipients": _unit_page(_of_order_to_many),
    "procurement:order_recipients_state": _unit_page(_of_order_to_many),
    "procurement:sign_off": _unit_page(_of_order_to_many, _UNIT_ACTS),
    "procurement:sign_off_file": _unit_page(lambda world: _of_order_to_many(world) | {"part": 1}),
    "procurement:pay": _unit_act(_of_unit_order),
    "procurement:pay_several": Row(get=UNITS, post=staff_only(422, *UNION, Who.OTHER_UNION_BUYER)),
    "procurement:bundle": _unit_page(lambda world: {"code": world.bundle.reference}),
    "invoicing:unit_invoices": Row(get=UNITS, post=everyone(405)),
    # Who counts goods alone is told so on the order's page.
    "certificates:order_pack": _unit_act(_of_unit_order),
    # An empty form is shown again.
    "certificates:packs": Row(get=UNITS, post=staff_only(422, *UNION, Who.OTHER_UNION_BUYER)),
    "certificates:pack": _finances_pack(),
    "certificates:pack_state": _finances_pack(),
    "certificates:pack_file": _finances_pack(kind="zip"),
    "invoicing:unit_order": _unit_page(
        _of_unit_order,
        staff_only(302, *(who for who in UNION if who != Who.UNION_ACCEPTOR)),
        act="withdraw",
    ),
    "procurement:accept": _unit_page(_of_unit_order, staff_only(422, *UNION)),
    "procurement:report": _unit_page(_of_acceptance),
    "procurement:decide_report": _unit_act(_of_acceptance, decision="approve"),
}
