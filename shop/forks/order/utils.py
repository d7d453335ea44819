from oscar.apps.order.utils import OrderNumberGenerator

from shop.ordering.order_creator import OrderCreator

__all__ = ["OrderCreator", "OrderNumberGenerator"]
