"""A shop with demonstration data or unsafe settings is not opened to the public."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation
from pytest_django import Settings

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.config.checks import check_production_settings
from shop.config.env import shop_env
from shop.listings.models import FoodLabel, Listing
from shop.notifications.texts import TEXTS
from shop.operations.production import DEMO_LICENCE, production_faults, production_notes
from shop.suppliers.models import Supplier
from tests.database import ROOT, SqliteDatabase
from tests.factories import make_product, make_supplier, make_user

pytestmark = pytest.mark.django_db
REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
ACCOUNT = {"name": "远山集贸易公司", "bank": "萧山农商银行", "number": "6222 0810 0000 1234"}
KEY = "SECRET_KEY is short or one that others know: set at least 50 random characters of your own."
HOSTS = "ALLOWED_HOSTS names no host or takes every one: links in mails could lead to a stranger's site."
COOKIES = "The cookies of sessions and forms travel without TLS."
MAIL = "No mail server is set; set EMAIL_URL."
BANK = "The bank account for transfers is incomplete or an illustration: set name, bank and number."
BROKER = "CELERY_BROKER_URL leads over the network to a server without a password."
FOLLOW = (
    "SUPPLIER_REMINDER_HOURS, SUPPLIER_NEXT_CHANNEL_HOURS and SUPPLIER_STAFF_HOURS must follow each other."
)
SMS = "ALIYUN_SMS_ACCESS_KEY_ID, ALIYUN_SMS_ACCESS_KEY_SECRET, ALIYUN_SMS_SIGN_NAME belong together; some are missing."


@pytest.fixture
def ready(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as production has them, whatever engine the tests run on."""
    settings.SHOP_DEMO = False
    settings.DEBUG = False
    settings.PRODUCTION = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SHOP_BASE_URL = "https://shop.example.com"
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://:word@redis:6379/0"}}
    settings.CELERY_BROKER_URL = "redis://:word@redis:6379/1"
    settings.SECRET_KEY = "".join(chr(97 + index * 7 % 26) for index in range(64))
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.DEFAULT_FROM_EMAIL = "shop@yuanshan.cn"
    settings.BANK_TRANSFER_ACCOUNT = ACCOUNT
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "rk_live_1", "whsec_1"
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
    *notes, last = out.getvalue().splitlines()
    assert last == "ready"
    assert [note[:49] for note in notes] == ["note: No text message leaves this shop: those to "]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SHOP_DEMO", True, "The demonstration flag SHOP_DEMO is on."),
        ("DEBUG", True, "DEBUG is on."),
        ("SHOP_CLOCK_FILE", "/tmp/clock", "SHOP_CLOCK_FILE moves the clock of this shop."),
        ("STRIPE_API_BASE", "http://127.0.0.1:1", "STRIPE_API_BASE puts a stand-in in the place of Stripe."),
        ("STRIPE_SECRET_KEY", "sk_test_1", "STRIPE_SECRET_KEY is a test key: no real money would come in."),
        (
            "STRIPE_WEBHOOK_SECRET",
            "",
            "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together; one of them is missing.",
        ),
    ],
)
def test_unsafe_settings_are_refused(ready: Settings, name: str, value: object, sentence: str) -> None:
    setattr(ready, name, value)
    assert list(production_faults()) == [sentence]


def test_sqlite_is_refused(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ready.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert list(production_faults()) == ["The database is SQLite; set DATABASE_URL to a PostgreSQL server."]


@pytest.mark.parametrize(("locale", "refused"), [("C.UTF-8", 0), ("C.utf8", 0), ("zh_CN.UTF-8", 1)])
def test_the_database_sorts_by_code_point(
    ready: Settings, monkeypatch: pytest.MonkeyPatch, locale: str, refused: int
) -> None:
    monkeypatch.setattr("shop.operations.production._database_locale", lambda: locale)
    assert len([fault for fault in production_faults() if locale in fault]) == refused


def test_demonstration_data_is_refused(ready: Settings) -> None:
    make_product()
    FoodLabel.objects.update(licence_no=DEMO_LICENCE)
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("check_production", stdout=out)
    assert refused.value.returncode == 1
    assert out.getvalue().splitlines()[:3] == [
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
    ("name", "value", "id"),
    [
        ("STRIPE_API_BASE", "http://127.0.0.1:12111", "shop.E003"),
        ("SHOP_CLOCK_FILE", "/tmp/clock", "shop.E005"),
    ],
)
def test_the_deployment_check_refuses_a_stand_in_for_stripe_and_a_moved_clock(
    ready: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str, id: str
) -> None:
    monkeypatch.setattr("shop.config.checks.SHOP_ENV", "production")
    assert check_production_settings(None) == []
    setattr(ready, name, value)
    assert [found.id for found in check_production_settings(None)] == [id]


@pytest.mark.parametrize(
    ("hosts", "ids"),
    [
        (["127.0.0.1", "localhost", "[::1]"], []),
        (["127.0.0.1", "shop.example.com"], ["shop.E004"]),
        (["*"], ["shop.E004"]),
        ([".localhost"], ["shop.E004"]),
    ],
)
def test_pages_without_tls_are_for_this_machine_only(
    ready: Settings, monkeypatch: pytest.MonkeyPatch, hosts: list[str], ids: list[str]
) -> None:
    monkeypatch.setattr("shop.config.checks.SHOP_ENV", "production")
    ready.SHOP_PLAIN_HTTP, ready.ALLOWED_HOSTS = True, hosts
    assert [found.id for found in check_production_settings(None)] == ids
    ready.SHOP_PLAIN_HTTP = False
    assert check_production_settings(None) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PRODUCTION", False, "SHOP_ENV is not production: cookies travel without TLS."),
        (
            "SHOP_BASE_URL",
            "http://127.0.0.1:8000",
            "SHOP_BASE_URL is no https address; links in mails use it.",
        ),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", MAIL),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", MAIL),
        (
            "DEFAULT_FROM_EMAIL",
            "远山集 <shop@yuanshan.example.com>",
            "DEFAULT_FROM_EMAIL is an example; set the shop's own address.",
        ),
        ("SECRET_KEY", "embedded-only-not-for-production" * 2, KEY),
        ("SECRET_KEY", "django-insecure-" + "x" * 60, KEY),
        ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyz", KEY),
        ("ALLOWED_HOSTS", ["*"], HOSTS),
        ("ALLOWED_HOSTS", [], HOSTS),
        ("SECURE_SSL_REDIRECT", False, "SECURE_SSL_REDIRECT is off: pages are served without TLS."),
        ("SECURE_HSTS_SECONDS", 0, "SECURE_HSTS_SECONDS is 0: browsers may come back without TLS."),
        ("SESSION_COOKIE_SECURE", False, COOKIES),
        ("CSRF_COOKIE_SECURE", False, COOKIES),
        (
            "CELERY_BROKER_URL",
            "",
            "No CELERY_BROKER_URL: nobody tells the workers that there is something to do.",
        ),
        ("CELERY_BROKER_URL", "redis://redis:6379/1", BROKER),
        (
            "CACHES",
            {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://redis:6379/0"}},
            "REDIS_URL leads over the network to a server without a password.",
        ),
        (
            "WECOM_API_BASE",
            "http://127.0.0.1:1",
            "WECOM_API_BASE puts a stand-in in the place of https://qyapi.weixin.qq.com.",
        ),
        (
            "ALIYUN_SMS_ENDPOINT",
            "http://127.0.0.1:1",
            "ALIYUN_SMS_ENDPOINT puts a stand-in in the place of https://dysmsapi.aliyuncs.com.",
        ),
        ("WECOM_PER_MINUTE", 21, "WECOM_PER_MINUTE must be 1 to 20: a group bot takes no more."),
        ("ALIYUN_SMS_SIGN_NAME", "远山集", SMS),
        ("SUPPLIER_NEXT_CHANNEL_HOURS", 24, FOLLOW),
        ("SUPPLIER_STAFF_HOURS", 1, FOLLOW),
        ("BANK_TRANSFER_ACCOUNT", ACCOUNT | {"number": "0000 0000 0000 0000"}, BANK),
        ("BANK_TRANSFER_ACCOUNT", ACCOUNT | {"bank": ""}, BANK),
        ("BANK_TRANSFER_ACCOUNT", ACCOUNT | {"name": "演示账户"}, BANK),
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


def test_text_messages_need_every_template_and_are_known_as_untried(ready: Settings) -> None:
    ready.ALIYUN_SMS_ACCESS_KEY_ID, ready.ALIYUN_SMS_ACCESS_KEY_SECRET = "LTAI-1", "s3cr3t"
    ready.ALIYUN_SMS_SIGN_NAME, ready.WECOM_ENABLED = "远山集", True
    ready.ALIYUN_SMS_TEMPLATES = {kind: "SMS_1" for kind in TEXTS if kind not in ("buyer_paid", "login_code")}
    assert list(production_faults()) == ["ALIYUN_SMS_TEMPLATES has no template for buyer_paid, login_code."]
    ready.ALIYUN_SMS_TEMPLATES = dict.fromkeys(TEXTS, "SMS_1")
    assert list(production_faults()) == []
    assert list(production_notes()) == [
        "Text messages go through Aliyun, against which this shop has never been run (未联调).",
        "Group bots of WeCom are on, against which this shop has never been run (未联调).",
    ]


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


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/1", "redis://localhost/1", "redis+socket:///run/redis.sock"]
)
def test_a_broker_on_this_machine_needs_no_password(ready: Settings, url: str) -> None:
    ready.CELERY_BROKER_URL = url
    assert list(production_faults()) == []


def test_no_bank_account_at_all_only_takes_the_method_away(ready: Settings) -> None:
    ready.BANK_TRANSFER_ACCOUNT = {"name": "", "bank": "", "number": ""}
    assert list(production_faults()) == []


def test_the_sentences_are_chinese_for_chinese_staff(ready: Settings) -> None:
    ready.CELERY_BROKER_URL = ""
    with translation.override("zh-hans"):
        assert list(production_faults()) == ["未设置 CELERY_BROKER_URL：工作进程无从得知有待处理的消息。"]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the shop of this test is a copy of SQLite's template"
)
def test_the_production_web_server_does_not_start_on_an_unsafe_shop(tmp_path: Path) -> None:
    """Its real configuration, with the settings of a server but SQLite and a broker that is open to all."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "EMAIL_URL")
    }
    environment |= {
        "SHOP_ENV": "production",
        "DJANGO_SETTINGS_MODULE": "shop.config.settings",
        "SECRET_KEY": "short",
        "DATA_DIR": str(tmp_path),
        "CELERY_BROKER_URL": "redis://redis:6379/1",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn.production.py"]
    command += ["--bind", f"unix:{tmp_path}/socket", "shop.config.wsgi:application"]
    with SqliteDatabase(tmp_path).template.open("rb") as template:
        (tmp_path / "shop.sqlite3").write_bytes(template.read())
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == os.EX_CONFIG, done.stderr
    assert "- CELERY_BROKER_URL 经网络连接且未设密码。" in done.stdout.splitlines()
    assert (
        "- SECRET_KEY 过短或为公开已知的密钥：请设置至少 50 个自行生成的随机字符。"
        in done.stdout.splitlines()
    )
    assert "Booting worker" not in done.stderr
