"""What orders keep of a person who has closed their account, and for how long.

The goods, the amounts and the ledger stay: they are the trade's, and name nobody. Contact data stay as long as the
law asks for them, and go by the clock.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from oscar.apps.address.models import UserAddress
from oscar.apps.analytics.models import UserProductView, UserRecord, UserSearch
from oscar.apps.basket.models import Basket
from oscar.apps.catalogue.reviews.models import ProductReview, Vote
from oscar.apps.communication.models import Email, Notification
from oscar.apps.customer.models import ProductAlert
from oscar.apps.order.models import Order, ShippingAddress
from oscar.apps.payment.models import Bankcard
from oscar.apps.wishlists.models import WishList

from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.core.locks import lock
from shop.ordering.address_models import SavedAddress
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState

#: Oscar's rows of a person; the shop writes few of them, and none is to outlive the account.
_OF_A_PERSON = (
    UserAddress,
    UserRecord,
    UserProductView,
    UserSearch,
    ProductAlert,
    Bankcard,
    ProductReview,
    Vote,
    Email,
)
#: The columns of an order that say who it was for, empty. Province, city and county stay: they are no one's.
_NOBODY = {
    "guest_phone": "",
    "recipient_name": "",
    "recipient_phone": "",
    "street": "",
    "messages": {},
    "invoice_wish": {},
}


def forget_buyer(*, user_id: int) -> None:
    """Delete what a person kept to buy with, and what Oscar keeps of a person: addresses, the basket, wish lists, what
    they looked at, alerts, cards, mails, reviews of Oscar's own. Safe to call twice.
    """
    with transaction.atomic():
        SavedAddress.objects.filter(owner_id=user_id).delete()
        Basket.objects.filter(owner_id=user_id, record=None).delete()
        WishList.objects.filter(owner_id=user_id).delete()
        Notification.objects.filter(Q(recipient_id=user_id) | Q(sender_id=user_id)).delete()
        for model in _OF_A_PERSON:
            model.objects.filter(user_id=user_id).delete()


def contacts_due() -> QuerySet[OrderRecord]:
    """Return orders of closed accounts whose contact data are to go: never paid, or older than the law asks for.

    An order of a unit is not of the person who handed it in: recipient and invoice are the unit's.
    """
    oldest = clock.now() - dt.timedelta(days=settings.CLOSED_ORDER_CONTACT_DAYS)
    ended = Q(payment_state=PaymentState.CLOSED) | Q(placed_at__lt=oldest)
    own = OrderRecord.objects.filter(buyer__closed_at__isnull=False, buyer_kind=RESIDENT)
    return own.filter(ended, forgotten_at=None)


def forget_contacts(*, limit: int = 200) -> int:
    """Take the contact data off the orders that are due, and return off how many. A job; safe to run twice.

    Number, goods, amounts and county stay. Nothing is journalled: the order says when.
    """
    with transaction.atomic():
        found = contacts_due().order_by("pk").values_list("pk", flat=True)[:limit]
        keys = [record.pk for record in lock(contacts_due().filter(pk__in=list(found)))]
        orders = Order.objects.filter(record__in=keys)
        addresses = ShippingAddress.objects.filter(order__in=orders)
        addresses.update(first_name="", last_name="", line1="", phone_number="", notes="", search_text="")
        OrderRecord.objects.filter(pk__in=keys).update(**_NOBODY, forgotten_at=clock.now())
    return len(keys)
