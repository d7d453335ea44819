"""What production must have beside real data: its own settings, and no logins that everybody knows."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation
from pytest_django import Settings

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.config.env import shop_env
from shop.operations.production import production_faults
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings.SHOP_DEMO = settings.DEBUG = False
    settings.PRODUCTION = True
    settings.SHOP_BASE_URL = "https://shop.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}
    }
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PRODUCTION", False, "SHOP_ENV is not production: cookies travel without TLS."),
        (
            "SHOP_BASE_URL",
            "http://127.0.0.1:8000",
            "SHOP_BASE_URL is no https address; links in mails use it.",
        ),
        (
            "EMAIL_BACKEND",
            "django.core.mail.backends.console.EmailBackend",
            "No mail server is set; set EMAIL_URL.",
        ),
        (
            "CACHES",
            {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            "No REDIS_URL: every process counts login attempts for itself.",
        ),
    ],
)
def test_a_missing_setting_is_named(ready: Settings, name: str, value: object, sentence: str) -> None:
    assert list(production_faults()) == []
    setattr(ready, name, value)
    assert list(production_faults()) == [sentence]


def test_people_with_a_published_password_are_refused_until_they_are_shut_out(ready: Settings) -> None:
    make_user(phone=demo_people()[3].phone)
    assert list(production_faults()) == ["1 demonstration users can log in with a published password."]
    User.objects.update(is_active=False)
    assert list(production_faults()) == []


def test_a_misspelt_environment_is_not_taken_for_the_embedded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_ENV", "prod")
    with pytest.raises(ImproperlyConfigured) as refused:
        shop_env()
    assert str(refused.value) == "SHOP_ENV is 'prod'; it must be one of embedded, production, test."
