"""allauth's pages at /accounts/, and the language switch."""

from allauth.account.urls import urlpatterns as account_urls
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from shop.accounts.views import EmailView

urlpatterns: list[URLPattern | URLResolver] = [
    path("email/", EmailView.as_view(), name="account_email"),
    *(pattern for pattern in account_urls if pattern.name != "account_email"),
    path("language/", set_language, name="set_language"),
]
