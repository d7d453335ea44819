"""A unit's purchase, from the request to the acceptance report and the money; each step may be taken again."""

import datetime as dt
from collections.abc import Callable

from django.utils.translation import gettext as _

from catalog_seed import demo_orders, demo_unit
from catalog_seed.history.exceptions import HistoryRefused
from catalog_seed.history.plan import Purchase
from catalog_seed.history.world import Step, World
from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt, TransferState
from shop.invoicing.goods import goods_of
from shop.invoicing.models import InvoiceRequest
from shop.invoicing.models import RequestState as InvoiceState
from shop.invoicing.services import WrittenLine, record_invoice
from shop.ordering.models import OrderRecord
from shop.ordering.status import PayMethod
from shop.procurement import services as procurement
from shop.procurement.content import content_digest
from shop.procurement.models import AcceptanceReport, PayBy, PurchaseRequest, ReportState, RequestState

Act = Callable[[World, Purchase, OrderRecord], bool]
#: Of goods whose code no invoice has named yet.
_TAX_CODE = "1" + "0" * 18
_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def steps_of_purchase(world: World, purchase: Purchase) -> list[Step]:
    """Return what happens to a unit's purchase, in order."""

    def step(after: dt.timedelta, act: Act) -> Step:
        return Step(purchase.asked_at + after, lambda: act(world, purchase, world.record(purchase.name)))

    asked = [
        Step(purchase.asked_at, lambda: _ask(world, purchase)),
        Step(purchase.asked_at + 3 * _HOUR, lambda: _approve(world, purchase)),
    ]
    payment = [(4 * _HOUR, _start_to_pay), (26 * _HOUR, _propose_money), (28 * _HOUR, _confirm_money)]
    sent = [
        step(2 * _DAY, _ship),
        step(5 * _DAY + purchase.number % 3 * _HOUR, _sign),
        step(6 * _DAY, _report),
        step(7 * _DAY, _accept),
        step(10 * _DAY, _invoice),
    ]
    if purchase.pay_by == PayBy.TERMS:
        return [*asked, *sent, *(step(after + 25 * _DAY, act) for after, act in payment)]
    return [*asked, *(step(after, act) for after, act in payment), *sent]


def _request(world: World, purchase: Purchase) -> PurchaseRequest | None:
    requests = PurchaseRequest.objects.filter(organisation=world.units[purchase.unit].unit)
    return requests.filter(purpose=purchase.name).first()


def _ask(world: World, purchase: Purchase) -> bool:
    request, cast = _request(world, purchase), world.units[purchase.unit]
    if request is not None and request.state != RequestState.DRAFT:
        return False
    quantities = dict(purchase.quantities)
    demo_unit.submit(demo_unit.draft_request(request, purchase.name, quantities, purchase.pay_by, cast), cast)
    return True


def _approve(world: World, purchase: Purchase) -> bool:
    if purchase.name in world.orders:
        return False
    request, cast = _request(world, purchase), world.units[purchase.unit]
    assert request is not None  # asked for three hours ago
    decision = procurement.approve_request(
        request_id=request.pk, seen=content_digest(request), note="同意", actor_id=cast.approver.pk
    )
    if decision.record is None:
        raise HistoryRefused(
            _("“%(purpose)s” cannot be ordered any more: %(changes)s")
            % {"purpose": purchase.name, "changes": " ".join(decision.changes)},
            code="changed",
        )
    world.orders[purchase.name] = decision.record.pk
    return True


def _start_to_pay(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    # A step that is done says so: what else a killed run has left is then done at its own moment, not at this one.
    opened = PaymentAttempt.objects.filter(record=record, provider=PayMethod.BANK_TRANSFER)
    if opened.exclude(reference="").exists():
        return False
    demo_orders.begin_to_pay(record, PayMethod.BANK_TRANSFER)
    return True


def _attempt(record: OrderRecord) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(record=record, provider=PayMethod.BANK_TRANSFER).latest("pk")


def _propose_money(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    if _attempt(record).claims.exists():
        return False
    payer, teller = world.units[purchase.unit].unit.name, world.cast.teller
    demo_orders.proposed(_attempt(record), record, serial=purchase.serial, payer=payer, teller=teller)
    return True


def _confirm_money(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    claim = _attempt(record).claims.first()
    if claim is None or claim.state != TransferState.PROPOSED:
        return False
    gateways.confirm_transfer(claim_id=claim.pk, confirmed_by=world.cast.reviewer.pk)
    return True


def _ship(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    def number(order: SupplierOrder) -> str:
        return f"{purchase.serial}{order.supplier.code.upper()}"

    return bool(demo_orders.ship_all(record, number))


def _sign(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    return bool(demo_orders.sign_all(record))


def _report(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    if AcceptanceReport.objects.filter(record=record).exists():
        return False
    procurement.report_acceptance(
        record_id=record.pk,
        counted=demo_unit.counted(record, purchase.rejects),
        note="开箱清点",
        actor_id=world.units[purchase.unit].buyer.pk,
        arrival=demo_unit.arrival(purchase.rejects),
    )
    return True


def _accept(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    report = AcceptanceReport.objects.get(record=record)
    if report.state == ReportState.APPROVED:
        return False
    procurement.approve_acceptance(report_id=report.pk, actor_id=world.units[purchase.unit].approver.pk)
    return True


def _invoice(world: World, purchase: Purchase, record: OrderRecord) -> bool:
    """Let the suppliers write their invoices down, of most purchases: with them the evidence is whole."""
    wanted = InvoiceRequest.objects.filter(record=record, replaces=None).order_by("pk")
    if purchase.number % 4 == 0:
        return False
    written = False
    for place, request in enumerate(wanted):
        lines = [
            WrittenLine(one.key, one.gross_fen, one.rate_percent, one.tax_code or _TAX_CODE)
            for one in goods_of(record.pk, request.supplier_id)
        ]
        if request.state != InvoiceState.REQUESTED or not lines:
            continue
        record_invoice(
            request_id=request.pk,
            number=purchase.invoice_number(place),
            issued_on=clock.today(),
            lines=lines,
            actor_id=None,
        )
        written = True
    return written
