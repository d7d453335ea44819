"""A person's own page."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role, User
from shop.accounts.scope import UNIT_ROLES
from shop.conversations.selectors import unread_of
from shop.ordering.models import OrderRecord
from shop.storefront.presenters.order_states import TAB_NAMES, tab_counts

_ICONS = {
    "unpaid": "wallet",
    "to_ship": "package",
    "to_receive": "truck",
    "to_review": "star",
    "refunds": "undo-2",
}


def account_context(user: Any, found: QuerySet[OrderRecord], roles: frozenset[Role]) -> dict[str, Any]:
    """Return the context of shop/storefront/account.html. Three queries."""
    counts = tab_counts(found)
    orders_url = reverse("storefront:orders")
    person = user if isinstance(user, User) else None
    return {
        "person": person,
        "person_name": (person.get_full_name() or _("My account")) if person else "",
        "person_phone": (person.phone or person.email or "") if person else "",
        "orders_url": orders_url,
        "counts": [
            {"name": name, "icon": _ICONS[code], "url": f"{orders_url}?tab={code}", "count": counts[code]}
            for code, name in TAB_NAMES.items()
            if code
        ],
        "unread": unread_of(person.pk) if person else 0,
        "works": bool(roles - UNIT_ROLES),
        "unit_url": reverse("storefront:unit_home") if roles & UNIT_ROLES else "",
    }
