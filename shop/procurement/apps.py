from django.apps import AppConfig


class ProcurementConfig(AppConfig):
    name = "shop.procurement"
    label = "procurement"
