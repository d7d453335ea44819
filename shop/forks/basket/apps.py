from oscar.apps.basket import apps


class BasketConfig(apps.BasketConfig):  # type: ignore[misc]
    name = "shop.forks.basket"
