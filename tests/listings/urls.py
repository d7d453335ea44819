"""The two addresses that cards and categories link to, without the pages behind them."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path


def page(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse()


_catalogue = [
    re_path(r"^category/(?P<category_slug>[\w-]+(/[\w-]+)*)_(?P<pk>\d+)/$", page, name="category"),
    re_path(r"^(?P<product_slug>[\w-]*)_(?P<pk>\d+)/$", page, name="detail"),
]
urlpatterns = [path("catalogue/", include((_catalogue, "catalogue")))]
