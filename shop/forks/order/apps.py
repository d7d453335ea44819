from oscar.apps.order import apps


class OrderConfig(apps.OrderConfig):  # type: ignore[misc]
    name = "shop.forks.order"
