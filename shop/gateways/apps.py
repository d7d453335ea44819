from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "shop.gateways"
    label = "gateways"
