from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "shop.listings"
    label = "listings"
