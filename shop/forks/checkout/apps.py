from django.urls import URLPattern, path
from oscar.apps.checkout import apps


class CheckoutConfig(apps.CheckoutConfig):  # type: ignore[misc]
    name = "shop.forks.checkout"

    def ready(self) -> None:
        from shop.forks.checkout import views

        self.index_view = views.index
        self.areas_view = views.areas_json

    def get_urls(self) -> list[URLPattern]:
        """Mount the one page of checkout; Oscar's steps take money before the order exists."""
        return [
            path("", self.index_view, name="index"),
            path("areas.json", self.areas_view, name="areas"),
        ]
