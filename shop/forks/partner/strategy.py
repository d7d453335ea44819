from typing import Any

from oscar.apps.partner import strategy

from shop.listings.strategy import ShopStrategy


class Selector(strategy.Selector):  # type: ignore[misc]
    """Oscar's way in to the one strategy of this shop."""

    def strategy(self, request: Any = None, user: Any = None, **kwargs: Any) -> ShopStrategy:
        """Return the strategy for a request, or for a job without one."""
        return ShopStrategy(request)
