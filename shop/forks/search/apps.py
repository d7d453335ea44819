from django.urls import URLPattern, path
from oscar.apps.search import apps


class SearchConfig(apps.SearchConfig):  # type: ignore[misc]
    name = "shop.forks.search"

    def ready(self) -> None:
        from shop.forks.search import views

        self.search_view = views.search
        self.suggest_view = views.suggest

    def get_urls(self) -> list[URLPattern]:
        """Mount our own search; Oscar's would ask Haystack."""
        return [
            path("", self.search_view, name="search"),
            path("suggest/", self.suggest_view, name="suggest"),
        ]
