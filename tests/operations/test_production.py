"""A shop with demonstration data or unsafe settings is not opened to the public."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import Settings

from shop.listings.models import FoodLabel, Listing
from shop.operations.production import DEMO_LICENCE, production_faults
from shop.suppliers.models import Supplier
from tests.factories import make_product, make_supplier

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as production has them, whatever engine the tests run on."""
    settings.SHOP_DEMO = False
    settings.DEBUG = False
    settings.PRODUCTION = True
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
