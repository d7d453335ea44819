"""From the basket to the confirmed fen of two regions, every step through the addresses and the worker."""

import pytest
from django.core.management import call_command
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.returns.models import ReturnRequest
from shop.gateways.models import HostedPayment, PaymentAttempt, TransferClaim
from shop.notifications.models import MailboxMessage
from shop.ordering.models import OrderRecord, StockBalance
from tests.factories import make_cast, make_user
from tests.flows.cast import check_out, figure, fill, goods, ledger, work
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db, pytest.mark.data]

TEA, PEARS, FREIGHT = 9_999, 5_000, 1_000
DUE = TEA + PEARS + FREIGHT
TARGETS = {"wangcang": 1_000_000, "longquan": 500_000}
PEOPLE = {"tea-co": "+8613800000051", "pear-co": "+8613800000052"}


def signed_in(phone: str, *grants: tuple[Role, ScopeKind, str]) -> Client:
    client = Client()
    client.force_login(make_user(phone=phone, grants=grants))
    return client


def ship(record: OrderRecord, code: str) -> Parcel:
    """Confirm and ship all that is left, on the supplier's page."""
    client = signed_in(PEOPLE[code], (Role.SUPPLIER, ScopeKind.SUPPLIER, code))
    order = SupplierOrder.objects.get(record=record, supplier__code=code)
    page = f"/supplier/orders/{order.pk}/"
    assert client.post(f"{page}confirm/").status_code == 302
    fields = client.get(page).context["form"].fields
    units = {name: field.initial for name, field in fields.items() if name.startswith("units_")}
    data = {"courier": "邮政EMS", "tracking_number": f"EA{order.pk:09d}CN", **units}
    assert client.post(page, data).status_code == 302
    return Parcel.objects.get(supplier_order=order)


def pay_on_the_demo_page(client: Client, record: OrderRecord) -> None:
    assert client.get(f"/pay/{record.number}/").status_code == 200
    hosted = client.post(f"/pay/{record.number}/start/", {"method": "demo"})["Location"]
    assert client.get(hosted).status_code == 200
    assert client.post(hosted, {"choice": "succeed"}).status_code == 302


def stock() -> dict[str, tuple[int, int]]:
    rows = StockBalance.objects.values_list("stockrecord__partner_sku", "on_hand", "allocated")
    return {sku: (on_hand, allocated) for sku, on_hand, allocated in rows}


def assert_figures(record: OrderRecord, tea: dict[str, int], pears: dict[str, int], freight: int) -> None:
    """Assert the fen of the order by stage, and that the staff's figures say the same."""
    work()
    record.refresh_from_db()
    stages = {("wangcang", stage): fen for stage, fen in tea.items()}
    stages |= {("longquan", stage): fen for stage, fen in pears.items()}
    assert ledger(record) == stages | ({("freight", "none"): freight} if freight else {})
    for region, by_stage in (("wangcang", tea), ("longquan", pears)):
        confirmed, net = by_stage.get("confirmed", 0), sum(by_stage.values())
        assert figure(region) == (TARGETS[region], confirmed, net, net - confirmed)
    assert_kept()


def ship_and_receive(record: OrderRecord, buyer: Client) -> None:
    """Ship both parcels and confirm their receipt, with the figures of each step."""
    assert_figures(record, {"unshipped": TEA}, {"unshipped": PEARS}, FREIGHT)
    ship(record, "tea-co")
    assert_figures(record, {"in_transit": TEA}, {"unshipped": PEARS}, FREIGHT)
    ship(record, "pear-co")
    assert_figures(record, {"in_transit": TEA}, {"in_transit": PEARS}, FREIGHT)
    assert record.fulfilment_state == "shipped"
    for _ in range(2):
        assert buyer.post(f"/orders/{record.number}/receive/").status_code == 302
    assert_figures(record, {"confirmed": TEA}, {"confirmed": PEARS}, FREIGHT)
    assert record.fulfilment_state == "received"
    assert stock() == {"tea": (17, 0), "pears": (18, 0)}


def test_a_guest_buys_by_demo_pay_and_gets_one_tea_back(capsys: pytest.CaptureFixture[str]) -> None:
    guest = Client()
    fill(guest, goods())
    record = check_out(guest)
    assert (record.buyer, record.due_fen, record.payment_state) == (None, DUE, "unpaid")
    assert stock() == {"tea": (20, 3), "pears": (20, 2)}
    assert_figures(record, {}, {}, 0)
    pay_on_the_demo_page(guest, record)
    ship_and_receive(record, guest)

    share = record.shares.get(dims__product="tea")
    order = SupplierOrder.objects.get(record=record, supplier__code="tea-co")
    answer = guest.post(
        f"/orders/{record.number}/returns/new/{order.pk}/",
        {f"units_{share.pk}": 1, "reason": "missing", "kind": "refund_only"},
    )
    assert answer.status_code == 302
    # It has left the confirmed figure at the request; the money waits for somebody's decision.
    assert_figures(record, {"confirmed": 6_666, "refunding": 3_333}, {"confirmed": PEARS}, FREIGHT)
    assert record.refunded_fen == 0
    tea = signed_in(PEOPLE["tea-co"], (Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co"))
    case = ReturnRequest.objects.get()
    assert tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": ""}).status_code == 302
    assert_figures(record, {"confirmed": 6_666}, {"confirmed": PEARS}, FREIGHT)
    assert (record.paid_fen, record.refunded_fen) == (DUE, 3_333)
    assert list(HostedPayment.objects.get().refunds.values()) == [3_333]
    # The guest's link in a message opens the order in another browser.
    told = MailboxMessage.objects.filter(address=record.guest_phone).latest("pk")
    link = next(word for word in told.body.split() if "/t/" in word)
    stranger = Client()
    assert stranger.get(f"/orders/{record.number}/").status_code == 404
    opened = stranger.get("/t/" + link.split("/t/")[1], follow=True)
    assert opened.redirect_chain[-1] == (f"/orders/{record.number}/", 302)
    assert stranger.get(f"/orders/{record.number}/").status_code == 200
    _commands_agree(capsys)


def test_an_account_buys_by_bank_transfer(capsys: pytest.CaptureFixture[str]) -> None:
    cast = make_cast()
    buyer = Client()
    buyer.force_login(cast.resident)
    fill(buyer, goods())
    record = check_out(buyer, method="bank_transfer")
    assert record.buyer == cast.resident
    answer = buyer.post(f"/pay/{record.number}/start/", {"method": "bank_transfer"})
    assert answer["Location"] == f"/pay/{record.number}/transfer/"
    code = PaymentAttempt.objects.get().reference
    assert code in buyer.get(answer["Location"]).content.decode().replace("-", "")

    teller, reviewer = Client(), Client()
    teller.force_login(cast.finance)
    reviewer.force_login(cast.second_finance)
    line = {"reference": code, "bank_serial": "S1", "booked_on": str(clock.today()), "payer": "王芳"}
    assert teller.post("/dashboard/transfers/new/", line | {"amount": "159.99"}).status_code == 302
    claim = TransferClaim.objects.get()
    assert claim.fen == DUE
    teller.post(f"/dashboard/transfers/{claim.pk}/confirm/")
    assert_figures(record, {}, {}, 0)
    for _ in range(2):
        reviewer.post(f"/dashboard/transfers/{claim.pk}/confirm/")
    ship_and_receive(record, buyer)
    _commands_agree(capsys)


def test_a_paid_order_cancelled_before_shipping_leaves_nothing_behind() -> None:
    guest = Client()
    fill(guest, goods())
    record = check_out(guest)
    pay_on_the_demo_page(guest, record)
    work()
    assert guest.post(f"/orders/{record.number}/cancel/", {"reason": "买错了"}).status_code == 302
    assert_figures(record, {}, {}, 0)
    assert (record.payment_state, record.refunded_fen, record.fulfilment_state) == ("paid", DUE, "none")
    assert stock() == {"tea": (20, 0), "pears": (20, 0)}
    assert set(SupplierOrder.objects.values_list("state", flat=True)) == {"cancelled"}


def _commands_agree(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("verify_ledger", "replay_ledger", "check_invariants"):
        call_command(command)
    out = capsys.readouterr().out
    assert ", 0 findings" in out
    assert ", 0 differences, 0 messages not posted yet" in out
    assert "BROKEN" not in out
