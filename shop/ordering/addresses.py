"""The addresses that a person keeps: at most twenty, one of them chosen beforehand at the checkout.

Every verb locks the person's own row first, so that two pages at the same moment keep one default and the limit.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.phones import normalise_phone
from shop.accounts.scope import Scope
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.listings.selectors import is_area
from shop.ordering.address_models import SavedAddress
from shop.ordering.exceptions import AddressRefused, CannotPlace
from shop.ordering.recipients import Recipient

MOST_ADDRESSES = 20
#: What a form and the table call the parts of a recipient.
COLUMNS = {
    "name": "recipient_name",
    "phone": "phone",
    "province": "province",
    "city": "city",
    "county": "county",
    "street": "street",
}


def addresses(scope: Scope) -> QuerySet[SavedAddress]:
    """Return the addresses of the person in the scope, the default first, then the newest; nobody else's."""
    if scope.user_id is None:
        return SavedAddress.objects.none()
    return SavedAddress.objects.filter(owner_id=scope.user_id).order_by("-is_default", "-pk")


@transaction.atomic
def save_address(*, owner_id: int, recipient: Recipient, default: bool = False) -> SavedAddress:
    """Keep an address; the first is the default, and so is one that is asked to be.

    One that is kept already is returned, so that it is safe to call twice. Raises AddressRefused naming the
    field, and with code too_many at the twenty-first.
    """
    values = _checked(recipient)
    kept = _locked(owner_id)
    found = _same(kept, values)
    if found is None:
        if len(kept) >= MOST_ADDRESSES:
            raise AddressRefused(
                _("You keep %(most)d addresses, which is as many as fit. Please remove one first.")
                % {"most": MOST_ADDRESSES},
                code="too_many",
            )
        found = SavedAddress.objects.create(owner_id=owner_id, **values)
    if default or not kept:
        _make_default(owner_id, found)
    return found


@transaction.atomic
def change_address(
    *, owner_id: int, address_id: int, recipient: Recipient, default: bool = False
) -> SavedAddress:
    """Write an address anew; safe to call twice. The default stays the default.

    Raises AddressRefused naming the field, with code kept_already when another one is the same already, and
    SavedAddress.DoesNotExist when it is not the person's.
    """
    values = _checked(recipient)
    kept = _locked(owner_id)
    found = _own(kept, address_id)
    same = _same(kept, values)
    if same is not None and same != found:
        raise AddressRefused(_("You keep this address already."), code="kept_already", field="recipient_name")
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))
    if default:
        _make_default(owner_id, found)
    return found


@transaction.atomic
def remove_address(*, owner_id: int, address_id: int) -> None:
    """Forget an address; of what is left the newest becomes the default where this one was. Safe to call twice.

    Orders keep their own copy. Another person's address stays as it is.
    """
    kept = _locked(owner_id)
    gone = next((address for address in kept if address.pk == address_id), None)
    if gone is None:
        return
    rest = [address for address in kept if address.pk != address_id]
    gone.delete()
    if gone.is_default and rest:
        _make_default(owner_id, max(rest, key=lambda address: address.pk))


@transaction.atomic
def make_default(*, owner_id: int, address_id: int) -> None:
    """Choose the address that the checkout begins with; safe to call twice.

    Raises SavedAddress.DoesNotExist when it is not the person's.
    """
    _make_default(owner_id, _own(_locked(owner_id), address_id))


def _checked(recipient: Recipient) -> dict[str, str]:
    """Return the columns of a recipient whose phone is a mobile number and whose place exists."""
    plain = Recipient(**{name: getattr(recipient, name).strip() for name in COLUMNS})
    try:
        plain.require_complete()
        phone = normalise_phone(plain.phone)
    except CannotPlace as refused:
        field = COLUMNS.get(refused.field, refused.field)
        raise AddressRefused(refused.message, code=refused.code, field=field) from refused
    except ShopError as refused:
        raise AddressRefused(refused.message, code=refused.code, field="phone") from refused
    if not is_area(plain.province, plain.city, plain.county):
        raise AddressRefused(
            _("There is no such place. Write the names in full, for example 浙江省, 杭州市, 萧山区."),
            code="no_such_place",
            field="county",
        )
    return {column: getattr(plain, name) for name, column in COLUMNS.items()} | {"phone": phone}


def _locked(owner_id: int) -> list[SavedAddress]:
    """Lock the person and return what they keep."""
    list(lock(User.objects.filter(pk=owner_id)))
    return list(SavedAddress.objects.filter(owner_id=owner_id))


def _own(kept: Iterable[SavedAddress], address_id: int) -> SavedAddress:
    for address in kept:
        if address.pk == address_id:
            return address
    raise SavedAddress.DoesNotExist


def _same(kept: Iterable[SavedAddress], values: dict[str, str]) -> SavedAddress | None:
    for address in kept:
        if all(getattr(address, name) == value for name, value in values.items()):
            return address
    return None


def _make_default(owner_id: int, chosen: SavedAddress) -> None:
    """Move the default: the old one first, because the table allows one at a time."""
    SavedAddress.objects.filter(owner_id=owner_id, is_default=True).exclude(pk=chosen.pk).update(
        is_default=False
    )
    SavedAddress.objects.filter(pk=chosen.pk).update(is_default=True)
    chosen.is_default = True
