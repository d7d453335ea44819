from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "shop.suppliers"
    label = "suppliers"
