from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "shop.invoicing"
    label = "invoicing"
