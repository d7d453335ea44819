from django.apps import AppConfig


class BuyersConfig(AppConfig):
    name = "shop.buyers"
    label = "buyers"
