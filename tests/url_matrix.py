"""Who gets what at every address: the table of `test_url_matrix`.

A view without a row fails the test, and so does a row without a view. There is no default row and no
default role: `answers` names a status for everyone. Where an address names an object (an order number, a
parcel), the object belongs to the owner that the row names, so that the answer to everyone else shows
whether the page looks at its caller. Add your rows under your app's heading.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from shop.accounts.models import User
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.services import open_supplier_orders
from shop.gateways import services as gateways
from shop.gateways.models import HostedPayment, Payment, RefundExecution, TransferClaim
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast, make_product, make_supplier, place
from tests.factories.places import make_region
from tests.gateways.cast import bank_line, transfer_order


class Who(StrEnum):
    """Everyone who may knock."""

    ANONYMOUS = "anonymous"
    RESIDENT = "resident"
    OTHER_RESIDENT = "other_resident"
    SUPPLIER = "supplier_user"
    OTHER_SUPPLIER = "other_supplier_user"
    STAFF = "staff"
    FINANCE = "finance"
    LIAISON = "liaison"
    AUDITOR = "auditor"


PEOPLE = tuple(who for who in Who if who is not Who.ANONYMOUS)
Answers = Mapping[Who, int]


class World:
    """The cast and what belongs to it; objects are made when a row asks for them.

    Add a cached property for an object that your rows need. It belongs to `resident` or to the supplier of
    `supplier_user`; `other_resident` and `other_supplier_user` own nothing that a row names.
    """

    @cached_property
    def cast(self) -> Cast:
        """Return the people; the two supplier users act for two suppliers of two regions."""
        return make_cast(
            supplier=make_supplier(code="matrix-one", region=make_region(slug="wangcang")),
            other_supplier=make_supplier(code="matrix-two", region=make_region(slug="longquan")),
            region_slug="wangcang",
        )

    @cached_property
    def order(self) -> OrderRecord:
        """Return resident's unpaid order."""
        return place(
            lines=[(make_product(supplier=make_supplier(code="matrix-one")), 1)], buyer=self.cast.resident
        )

    @cached_property
    def supplier_order(self) -> SupplierOrder:
        """Return what the supplier of `supplier_user` has to ship of resident's order."""
        open_supplier_orders(
            order_number=self.order.number, supplier_codes=["matrix-one"], opened_at=self.order.placed_at
        )
        return SupplierOrder.objects.get()

    @cached_property
    def hosted_payment(self) -> HostedPayment:
        """Return the demo provider's session for resident's order."""
        gateways.start_payment(record=self.order, method="demo")
        return HostedPayment.objects.get()

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

    def person(self, who: Who) -> User | None:
        """Return the user who plays this role, None for the anonymous."""
        return None if who is Who.ANONYMOUS else getattr(self.cast, who)


def nothing(world: World) -> dict[str, Any]:
    """Return no arguments, no form data."""
    return {}


@dataclass(frozen=True)
class Row:
    """What an address answers. `owner` says whose the object in the address is; "" where there is none."""

    get: Answers
    post: Answers
    owner: str = ""
    arguments: Callable[[World], dict[str, Any]] = nothing
    data: Callable[[World], dict[str, Any]] = field(default=nothing)


def everyone(status: int) -> Answers:
    """Return the same answer for all: a public page."""
    return dict.fromkeys(Who, status)


def answers(*, anonymous: int, others: int, **named: int) -> Answers:
    """Return an answer for each: `others` for every person who is not named (resident=…, staff=…, …)."""
    wrong = set(named) - {str(who) for who in PEOPLE}
    if wrong:
        raise ValueError(f"nobody in the cast is called {sorted(wrong)}")
    return {who: anonymous if who is Who.ANONYMOUS else named.get(str(who), others) for who in Who}


def staff_only(status: int = 200, *roles: Who) -> Answers:
    """Return `status` for these roles (staff when none is named), the login for strangers, 404 for the rest."""
    return answers(anonymous=302, others=404, **{str(role): status for role in roles or (Who.STAFF,)})


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


_READ = Row(get=everyone(200), post=everyone(405))
_OWN_READ = Row(get=_OWN, post=everyone(405), owner="resident", arguments=_order_number)


def _nobodys(**arguments: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: arguments


_SUPPLIERS = staff_only(200, Who.SUPPLIER, Who.OTHER_SUPPLIER)
_SUPPLIER = staff_only(200, Who.SUPPLIER)
_READING = (Who.STAFF, Who.FINANCE, Who.LIAISON, Who.AUDITOR)
_READERS = staff_only(200, *_READING)
_READERS_WITHOUT_FIGURE = staff_only(400, *_READING)


def _supplier_order(world: World) -> dict[str, Any]:
    return {"pk": world.supplier_order.pk}


ROWS: dict[str, Row] = {
    # --- storefront: public pages, and a person's own orders ---------------------------------------
    "home": _READ,
    "picture": Row(
        get=everyone(404),
        post=everyone(405),
        owner="everyone: a picture that was never made",
        arguments=_nobodys(name="none-400.webp"),
    ),
    "storefront:regions": _READ,
    "storefront:region": Row(
        get=everyone(404), post=everyone(405), owner="everyone", arguments=_nobodys(slug="nowhere")
    ),
    "storefront:method": _READ,
    "storefront:terms": _READ,
    "storefront:privacy": _READ,
    # Only while DEBUG is on.
    "storefront:styleguide": Row(get=everyone(404), post=everyone(405)),
    "storefront:elder_mode": Row(get=everyone(405), post=everyone(302)),
    "storefront:landing": Row(get=everyone(302), post=everyone(405)),
    "storefront:account": _READ,
    "storefront:orders": _READ,
    "storefront:order": _OWN_READ,
    "storefront:order_cancel": Row(get=_OWN, post=_OWN_MOVED, owner="resident", arguments=_order_number),
    # Nothing is shipped yet: the owner is told so on the order's page.
    "storefront:order_receive": Row(
        get=everyone(405), post=_OWN_MOVED, owner="resident", arguments=_order_number
    ),
    # Nothing is paid yet: likewise.
    "storefront:order_refund": Row(
        get=_OWN_MOVED, post=_OWN_MOVED, owner="resident", arguments=_order_number
    ),
    "storefront:order_guest": Row(
        get=everyone(404),
        post=everyone(405),
        owner="whoever holds the token",
        arguments=lambda world: {"number": world.order.number, "token": "never-given"},
    ),
    # --- forks: goods for everyone; basket and checkout act on the caller's own basket --------------
    "catalogue:index": _READ,
    "catalogue:category": Row(
        get=everyone(404),
        post=everyone(405),
        owner="everyone",
        arguments=_nobodys(category_slug="none", pk=1),
    ),
    "catalogue:detail": Row(
        get=everyone(404), post=everyone(405), owner="everyone", arguments=_nobodys(product_slug="none", pk=1)
    ),
    # Without words the search leads to all goods.
    "search:search": Row(get=everyone(302), post=everyone(405)),
    "basket:summary": Row(get=everyone(200), post=everyone(302)),
    "basket:add": Row(get=everyone(405), post=everyone(404), owner="everyone", arguments=_nobodys(pk=1)),
    # With nothing to order it leads to the basket.
    "checkout:index": Row(get=everyone(302), post=everyone(302)),
    "checkout:areas": _READ,
    # --- accounts: allauth's pages; each acts on the caller only -------------------------------
    "account_login": Row(get=_STRANGERS, post=_STRANGERS),
    "account_signup": Row(get=_STRANGERS, post=_STRANGERS),
    "account_request_login_code": Row(get=_STRANGERS, post=_STRANGERS),
    # Without a code on its way there is nothing to confirm.
    "account_confirm_login_code": Row(get=everyone(302), post=everyone(302)),
    "account_verify_phone": Row(get=everyone(302), post=everyone(302)),
    "account_logout": Row(get=_PEOPLE, post=everyone(302)),
    "account_inactive": Row(get=everyone(200), post=everyone(405)),
    # The cast has no passwords to type again.
    "account_reauthenticate": Row(
        get=answers(anonymous=302, others=403), post=answers(anonymous=302, others=403)
    ),
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
    "gateways:payout_sent": _money_act(lambda world: world.proposed_return.pk),
    "gateways:payout_confirm": _money_act(lambda world: world.proposed_return.pk),
    "gateways:refund_retry": _money_act(lambda world: world.proposed_return.pk),
    "gateways:return_approve": _money_act(lambda world: world.proposed_return.pk),
    "gateways:return_withdraw": _money_act(lambda world: world.proposed_return.pk),
    "gateways:return_propose": _money_act(lambda world: world.surplus.pk),
    # --- fulfilment: a supplier's own part of an order ----------------------------------------------
    "fulfilment:supplier_orders": Row(get=_SUPPLIERS, post=everyone(405)),
    "fulfilment:supplier_order": Row(
        get=_SUPPLIER, post=_SUPPLIER, owner="supplier_user", arguments=_supplier_order
    ),
    "fulfilment:confirm": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404, supplier_user=302),
        owner="supplier_user",
        arguments=_supplier_order,
    ),
    # --- notifications, operations, reporting: the desk ----------------------------------------------
    "notifications:mailbox": Row(get=staff_only(), post=everyone(405)),
    "operations:desk": Row(get=_MONEY, post=everyone(405)),
    "operations:retry": Row(
        get=everyone(405),
        post=answers(anonymous=302, others=404),
        owner="the shop: a message that does not exist",
        arguments=_nobodys(pk=1),
    ),
    "healthz": _READ,
    "reporting:overview": Row(get=_READERS, post=everyone(405)),
    "reporting:export": Row(
        get=_READERS, post=everyone(405), owner="the reader's scope", arguments=_nobodys(kind="csv")
    ),
    # Without a figure there is nothing it could be made of.
    "reporting:drill": Row(get=_READERS_WITHOUT_FIGURE, post=everyone(405)),
    "reporting:drill_export": Row(
        get=_READERS_WITHOUT_FIGURE,
        post=everyone(405),
        owner="the reader's scope",
        arguments=_nobodys(kind="csv"),
    ),
}
