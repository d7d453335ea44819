"""A shop with demonstration data or unsafe settings is not opened to the public."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import Settings

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.config.env import shop_env
from shop.listings.models import FoodLabel, Listing
from shop.operations.production import DEMO_LICENCE, production_faults
from shop.suppliers.models import Supplier
from tests.factories import make_product, make_supplier, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as production has them, whatever engine the tests run on."""
    settings.SHOP_DEMO = False
    settings.DEBUG = False
    settings.PRODUCTION = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SHOP_BASE_URL = "https://shop.example.com"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}
    }
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


def test_a_real_shop_is_ready(ready: Settings) -> None:
    make_product(supplier=make_supplier(demo=False), demo=False)
    assert list(production_faults()) == []
    out = StringIO()
    call_command("check_production", stdout=out)
    assert out.getvalue() == "ready\n"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SHOP_DEMO", True, "The demonstration flag SHOP_DEMO is on."),
        ("DEBUG", True, "DEBUG is on."),
    ],
)
def test_unsafe_settings_are_refused(ready: Settings, name: str, value: object, sentence: str) -> None:
    setattr(ready, name, value)
    assert list(production_faults()) == [sentence]


def test_sqlite_is_refused(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ready.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert list(production_faults()) == ["The database is SQLite; set DATABASE_URL to a PostgreSQL server."]


def test_demonstration_data_is_refused(ready: Settings) -> None:
    make_product()
    FoodLabel.objects.update(licence_no=DEMO_LICENCE)
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("check_production", stdout=out)
    assert refused.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "- 1 demonstration products are published.",
        f"- 1 published products carry the licence number {DEMO_LICENCE}.",
        "- 1 demonstration suppliers are admitted.",
    ]


def test_what_is_withdrawn_and_suspended_is_no_fault(ready: Settings) -> None:
    make_product()
    Listing.objects.update(state="withdrawn")
    Supplier.objects.update(state="suspended")
    assert list(production_faults()) == []


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
