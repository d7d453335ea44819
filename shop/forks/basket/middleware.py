"""Oscar's basket middleware without offers, and without a query or a row for people who have no basket."""

from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from oscar.apps.basket.middleware import BasketMiddleware as OscarBasketMiddleware
from oscar.apps.basket.models import Basket

#: Written out: every page with a basket asks for it, and the words of the ORM cost more than the answer.
_GUESTS = f"""
SELECT {", ".join(f"basket.{field.column}" for field in Basket._meta.concrete_fields)},
    (SELECT COUNT(*) FROM basket_line AS line WHERE line.basket_id = basket.id) AS row_count
FROM basket_basket AS basket WHERE basket.id = %s AND basket.owner_id IS NULL AND basket.status = %s
"""  # noqa: S608 - names of columns
#: Counted by the ORM the basket would be grouped by each of its columns.
_ROWS = RawSQL(
    "(SELECT COUNT(*) FROM basket_line WHERE basket_line.basket_id = basket_basket.id)",
    (),
    output_field=IntegerField(),
)


class BasketMiddleware(OscarBasketMiddleware):  # type: ignore[misc]
    """Gives `request.basket` lazily. Prices come from the strategy alone: the shop runs no offers.

    `row_count` on it is how many rows it had when it was read, for the number beside the basket's link.
    """

    def apply_offers_to_basket(self, request: HttpRequest, basket: Basket) -> None:
        """Do nothing: Oscar's offer application costs queries on every page and is not used."""

    def get_basket(self, request: Any) -> Basket:
        """Return the open basket; a signed-in person without one gets an unsaved basket, not a row. One query."""
        if request._basket_cache is not None:
            return request._basket_cache
        if request.user.is_authenticated and self.get_cookie_key(request) not in request.COOKIES:
            own = list(_counted(Basket.open.filter(owner=request.user))[:2])
            if len(own) < 2:
                basket = own[0] if own else Basket()
                basket.owner = request.user
                request._basket_cache = basket
                return basket
        return super().get_basket(request)

    def get_cookie_basket(self, cookie_key: str, request: Any, manager: Any) -> Basket | None:
        """Return the guest's open basket; a cookie that names none is taken away."""
        if cookie_key not in request.COOKIES:
            return None
        try:
            pk = int(Signer().unsign(request.COOKIES[cookie_key]))
        except (BadSignature, ValueError):
            found = None
        else:
            found = next(iter(Basket.objects.raw(_GUESTS, [pk, Basket.OPEN])), None)
        if found is None:
            request.cookies_to_delete.append(cookie_key)
        return found


def _counted(baskets: QuerySet[Basket]) -> QuerySet[Basket]:
    return baskets.annotate(row_count=_ROWS)
