from oscar.apps.catalogue import apps


class CatalogueConfig(apps.CatalogueConfig):  # type: ignore[misc]
    name = "shop.forks.catalogue"
