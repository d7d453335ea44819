"""Find orders by what a caller on the phone can say: a phone number, a name, a unit, an order or courier number."""

import unicodedata

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Replace

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.fulfilment.models import Parcel
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import orders

#: So many digits at the end of a phone number are asked for at least.
LAST_DIGITS = 4
#: A mobile number of mainland China without its country code.
MOBILE_DIGITS = 11
QUERY_LENGTH = 60


def found_orders(scope: Scope, typed: str) -> QuerySet[OrderRecord]:
    """Return the orders of the scope that fit, newest first; all of them for an empty search.

    Digits are the end of a phone number of receiver, guest or buyer, or a part of an order or courier number; letters
    and digits a part of such a number or the code of a unit; anything else a part of the receiver's or the unit's name.
    The queries of a page do not grow with what is found.
    """
    query = unicodedata.normalize("NFKC", typed).strip()[:QUERY_LENGTH]
    found = orders(scope)
    if not query:
        return found
    plain = "".join(query.split()).replace("-", "")
    if plain.removeprefix("+").isdigit():
        return found.filter(_phone(plain) | _number(query, plain))
    if plain.isascii() and plain.isalnum():
        return found.filter(
            _number(query, plain)
            | Q(credited_organisation__iexact=query)
            | Q(recipient_name__icontains=query)
            | Q(credited_name__icontains=query)
        )
    return found.filter(Q(recipient_name__icontains=query) | Q(credited_name__icontains=query))


def _number(query: str, plain: str) -> Q:
    """Return whose order number holds what was typed, or one of whose parcels or replacements does."""
    parcels = Parcel.objects.filter(tracking_number__icontains=plain)
    replacements = Reshipment.objects.filter(tracking_number__icontains=plain)
    return (
        Q(number__icontains=query)
        | Q(pk__in=parcels.values("supplier_order__record"))
        | Q(pk__in=replacements.values("record"))
    )


def _phone(plain: str) -> Q:
    """Return whose phone ends like this: with four digits at least, whatever blanks and hyphens were typed then."""
    digits = plain.removeprefix("+")
    if len(digits) < LAST_DIGITS:
        return Q(pk__in=[])
    if len(digits) > MOBILE_DIGITS:
        digits = digits.removeprefix("86")
    ends = {name: _digits_of(name) for name in ("recipient_phone", "guest_phone")}
    of_orders = OrderRecord.objects.annotate(
        plain_recipient=ends["recipient_phone"], plain_guest=ends["guest_phone"]
    )
    own = of_orders.filter(Q(plain_recipient__endswith=digits) | Q(plain_guest__endswith=digits))
    people = User.objects.filter(phone__endswith=digits)
    return Q(pk__in=own.values("pk")) | Q(buyer__in=people.values("pk"))


def _digits_of(name: str) -> Replace:
    return Replace(Replace(name, Value(" ")), Value("-"))
