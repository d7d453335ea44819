"""allauth's pages at /accounts/, and the language switch."""

from allauth.account.urls import urlpatterns as account_urls
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    *account_urls,
    path("language/", set_language, name="set_language"),
]
