"""A person's coupons beside their basket: at the checkout the best one at first, then the one chosen, or none."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.scope import own_scope
from shop.core.fen import shown_yuan
from shop.coupons.selectors import offers_of
from shop.forks.basket.contents import Contents
from shop.ordering.coupon_quotes import best, choices, with_coupon


def with_coupons(request: Any, found: Contents) -> Contents:
    """Return the contents with the person's coupons, the chosen one taken off. Two queries, guests' none."""
    wanted = request.POST.get("coupon") if request.method == "POST" else None
    offers = offers_of(own_scope(request.user), wanted or "")
    if not offers:
        return found
    told = choices(found.chosen, offers)
    code = best(found.chosen, told) if wanted is None else wanted
    return replace(found, chosen=with_coupon(found.chosen, offers, code), coupons=tuple(told))


def coupon_rows(found: Contents) -> list[dict[str, Any]]:
    """Return what the page offers to choose from; what is missing for one stands beside it."""
    used = found.chosen.coupon.code if found.chosen.coupon else ""
    return [
        {
            "code": one.code,
            "name": one.name,
            "off_fen": one.off_fen,
            "ends_on": one.ends_on,
            "equal": one.equal,
            "is_chosen": one.code == used,
            "missing_text": _("¥%(sum)s more of its goods are needed") % {"sum": shown_yuan(one.missing_fen)}
            if one.missing_fen
            else "",
        }
        for one in found.coupons
    ]


def coupon_hint(request: Any, found: Contents) -> str:
    """Return which coupon the ticked rows can use, or how much more makes one of use; "" for none. As with_coupons."""
    told = choices(found.chosen, offers_of(own_scope(request.user)))
    if not told:
        return ""
    first = told[0]
    if not first.missing_fen:
        if not best(found.chosen, told):
            return ""
        return _("Your coupon “%(name)s” takes ¥%(sum)s off at the checkout.") % {
            "sum": shown_yuan(first.off_fen),
            "name": first.name,
        }
    return _("Spend ¥%(sum)s more to use your coupon “%(name)s”.") % {
        "sum": shown_yuan(first.missing_fen),
        "name": first.name,
    }
