from oscar.apps.search import apps


class SearchConfig(apps.SearchConfig):  # type: ignore[misc]
    name = "shop.forks.search"
