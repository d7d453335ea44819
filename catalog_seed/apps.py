from django.apps import AppConfig


class CatalogSeedConfig(AppConfig):
    name = "catalog_seed"
    label = "catalog_seed"
