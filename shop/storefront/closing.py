"""Closing one's own account: what stands in the way, and everything that lets go of the person.

Orders, their amounts, the ledger and certificates stay as they are, under a code that names nobody. So do, and why:
the reason that a buyer wrote for a refund, on which money went back, as the journal has it from which nothing is taken;
who paid a transfer and from where, as the bank's own line and the books have it; what was said about a guest's order,
which is no account's: its messages have a number as their author that leads to nobody any more. Every column that leads
to a person is decided on in tests/storefront/test_closing_keys.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.accounts.closing import forget_person
from shop.accounts.models import ScopeGrant, User
from shop.conversations.services import forget_person as forget_conversations
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.coupons.claiming import lapse_coupons_of
from shop.fulfilment.returns.models import OPEN_STATES, FreightState, ReturnRequest
from shop.gateways.models import Payment
from shop.notifications.forgetting import forget_mailbox
from shop.notifications.services import write_closing_notice
from shop.opinions.forgetting import forget_author
from shop.opinions.wishes import forget_wishes_of
from shop.ordering.desk_models import Reshipment
from shop.ordering.forgetting import forget_buyer
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import FulfilmentState, PaymentState, RefundState, ReshipState
from shop.storefront.presenters.order_states import TAB_NAMES

#: Who lets go of the person, in this order and in one transaction; each takes `user_id` and is safe to call twice.
#: Whoever still needs the number stands before the last one.
STEPS: tuple[Callable[..., object], ...] = (
    forget_mailbox,
    write_closing_notice,
    forget_buyer,
    forget_conversations,
    forget_author,
    forget_wishes_of,
    lapse_coupons_of,
    forget_person,
)


@dataclass(frozen=True)
class Obstacle:
    """Why an account cannot be closed yet: a sentence, and the page where that ends; "" where there is none."""

    text: str
    url: str = ""


def obstacles(user_id: int) -> list[Obstacle]:
    """Return what stands in the way of closing, empty when nothing does. Two queries."""
    orders_url, counts = reverse("storefront:orders"), _open_matters(user_id)
    found = [
        Obstacle(
            text % {"count": counts[name]}, f"{orders_url}?tab={name}" if name in TAB_NAMES else orders_url
        )
        for name, text in _texts(counts).items()
        if counts[name]
    ]
    if ScopeGrant.objects.filter(user_id=user_id).exists():
        found.append(
            Obstacle(
                _(
                    "You work for the shop, a supplier or a unit. Ask there to have your role taken away first."
                )
            )
        )
    return found


def close_own_account(*, user_id: int) -> bool:
    """Close a person's account for good: who they are is gone, what they bought stays under a code.

    One transaction over all STEPS. False when it is closed already (safe twice). Raises ShopError (obstacle) while
    an order, a case, money or a role is open; nothing is written then. The caller has a fresh proof of the person.
    """
    with transaction.atomic():
        person = lock(User.objects.filter(pk=user_id)).get()
        if person.closed_at is not None:
            return False
        if blocking := obstacles(user_id):
            raise ShopError(blocking[0].text, code="obstacle")
        for step in STEPS:
            step(user_id=user_id)
    return True


def _texts(counts: dict[str, int]) -> dict[str, str]:
    return {
        "unpaid": ngettext(
            "%(count)d order waits for payment. Pay or cancel it.",
            "%(count)d orders wait for payment. Pay or cancel them.",
            counts["unpaid"],
        ),
        "to_receive": ngettext(
            "%(count)d order has not arrived yet. Confirm its receipt when it has.",
            "%(count)d orders have not arrived yet. Confirm their receipt when they have.",
            counts["to_receive"],
        ),
        "refunds": ngettext(
            "%(count)d order has a refund or an after-sales case that is still open.",
            "%(count)d orders have refunds or after-sales cases that are still open.",
            counts["refunds"],
        ),
        "money": ngettext(
            "Money of yours came in for %(count)d order and is neither used nor sent back yet.",
            "Money of yours came in for %(count)d orders and is neither used nor sent back yet.",
            counts["money"],
        ),
    }


def _open_matters(user_id: int) -> dict[str, int]:
    """Return how many of the person's own orders are unpaid, under way, in after-sales, and with money left over."""
    own = OrderRecord.objects.filter(buyer_id=user_id, purchase_request=None).annotate(
        in_case=_in_case(), has_money=_has_money()
    )
    under_way = Q(payment_state=PaymentState.PAID, refunded_fen__lt=F("paid_fen"))
    counts: dict[str, Any] = own.aggregate(
        unpaid=Count("pk", filter=Q(payment_state__in=[PaymentState.UNPAID, PaymentState.CLOSING])),
        to_receive=Count("pk", filter=under_way & ~Q(fulfilment_state=FulfilmentState.RECEIVED)),
        refunds=Count("pk", filter=Q(in_case=True)),
        money=Count("pk", filter=Q(has_money=True)),
    )
    return counts


def _in_case() -> Q:
    of_order = {"record": OuterRef("pk")}
    cases = ReturnRequest.objects.filter(
        Q(state__in=OPEN_STATES) | Q(freight_state=FreightState.ASKED),
        supplier_order__record=OuterRef("pk"),
    )
    refunds = RefundRequest.objects.filter(**of_order, state=RefundState.REQUESTED)
    replacements = Reshipment.objects.filter(
        **of_order, state__in=[ReshipState.REQUESTED, ReshipState.SHIPPED]
    )
    return Q(Exists(cases)) | Q(Exists(refunds)) | Q(Exists(replacements))


def _has_money() -> Exists:
    used = F("applied_fen") + F("returned_fen") + F("moved_fen")
    return Exists(Payment.objects.filter(record=OuterRef("pk"), fen__gt=used))
