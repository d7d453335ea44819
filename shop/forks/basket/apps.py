from django.urls import URLPattern, path
from oscar.apps.basket import apps


class BasketConfig(apps.BasketConfig):  # type: ignore[misc]
    name = "shop.forks.basket"

    def ready(self) -> None:
        from shop.forks.basket import views

        self.summary_view = views.summary
        self.add_view = views.add

    def get_urls(self) -> list[URLPattern]:
        """Mount our own pages only; vouchers and saved baskets do not exist here."""
        return [
            path("", self.summary_view, name="summary"),
            path("add/<id:pk>/", self.add_view, name="add"),
        ]
