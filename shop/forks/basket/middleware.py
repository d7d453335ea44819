"""Oscar's basket middleware without offers, and without a query or a row for people who have no basket."""

from typing import Any

from django.http import HttpRequest
from oscar.apps.basket.middleware import BasketMiddleware as OscarBasketMiddleware
from oscar.apps.basket.models import Basket


class BasketMiddleware(OscarBasketMiddleware):  # type: ignore[misc]
    """Gives `request.basket` lazily. Prices come from the strategy alone: the shop runs no offers."""

    def apply_offers_to_basket(self, request: HttpRequest, basket: Basket) -> None:
        """Do nothing: Oscar's offer application costs queries on every page and is not used."""

    def get_basket(self, request: Any) -> Basket:
        """Return the open basket; a signed-in person without one gets an unsaved basket, not a row."""
        if request._basket_cache is not None:
            return request._basket_cache
        if request.user.is_authenticated and not self._has_basket(request):
            basket = Basket(owner=request.user)
            request._basket_cache = basket
            return basket
        return super().get_basket(request)

    def _has_basket(self, request: Any) -> bool:
        return (
            self.get_cookie_key(request) in request.COOKIES or Basket.open.filter(owner=request.user).exists()
        )
