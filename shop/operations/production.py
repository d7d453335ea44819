"""What must be true before real people and real money come in."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.listings.models import FoodLabel, Listing, ListingState
from shop.notifications.channels.registry import SMS_SETTINGS, is_live
from shop.notifications.models import ChannelKind
from shop.notifications.texts import TEXTS
from shop.operations.health import is_open_to_all
from shop.suppliers.models import Supplier, SupplierState

SHORTEST_KEY = 50
#: What the embedded shop falls back to, what Django makes for a new project, what the build of an image uses.
KEYS_THAT_OTHERS_KNOW = ("embedded-only", "django-insecure-", "build", "only-for-the-check")
#: The seed's mark for a licence that was never issued; only a demonstration may show it.
DEMO_LICENCE = "演示-无编号"
#: What a group bot of WeCom takes.
WECOM_MOST_PER_MINUTE = 20


def production_faults() -> Iterator[str]:
    """Yield one sentence per reason why this shop must not be opened to the public."""
    yield from _setting_faults()
    yield from _data_faults()


def production_notes() -> Iterator[str]:
    """Yield what may be as it is, and must be known by whoever opens this shop."""
    if not is_live(ChannelKind.SMS):
        yield _(
            "No text message leaves this shop: those to guests and to people without an e-mail address are only"
            " shown to the staff on the page /dashboard/mailbox/."
        )
    else:
        yield _("Text messages go through Aliyun, against which this shop has never been run (未联调).")
    if is_live(ChannelKind.WECOM):
        yield _("Group bots of WeCom are on, against which this shop has never been run (未联调).")
    if settings.KUAIDI100_KEY:
        yield _("Kuaidi100 was never tried against the service itself: watch its first parcels.")


def _setting_faults() -> Iterator[str]:
    if not settings.PRODUCTION:
        yield _("SHOP_ENV is not production: cookies travel without TLS.")
    if settings.SHOP_DEMO:
        yield _("The demonstration flag SHOP_DEMO is on.")
    if settings.DEBUG:
        yield _("DEBUG is on.")
    if settings.SHOP_CLOCK_FILE:
        yield _("SHOP_CLOCK_FILE moves the clock of this shop.")
    if len(settings.SECRET_KEY) < SHORTEST_KEY or settings.SECRET_KEY.startswith(KEYS_THAT_OTHERS_KNOW):
        yield _("SECRET_KEY is short or one that others know: set at least 50 random characters of your own.")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield _("The database is SQLite; set DATABASE_URL to a PostgreSQL server.")
    elif (locale := _database_locale()) and locale.upper().replace("-", "") not in ("C", "C.UTF8"):
        yield _(
            "The database sorts by %(locale)s: make one with the locale C.UTF-8, or an update of the system"
            " may break its indexes."
        ) % {"locale": locale}
    yield from _https_faults()
    yield from _redis_faults()
    yield from _mail_faults()
    yield from _bank_faults()
    yield from _stripe_faults()
    yield from _notice_faults()
    yield from _tracking_faults()


def _database_locale() -> str:
    """Return the collation of the PostgreSQL database in use; "" on another engine."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()")
        return str(cursor.fetchone()[0])


def _https_faults() -> Iterator[str]:
    hosts = settings.ALLOWED_HOSTS
    if not hosts or "*" in hosts:
        yield _(
            "ALLOWED_HOSTS names no host or takes every one: links in mails could lead to a stranger's site."
        )
    if not settings.SHOP_BASE_URL.startswith("https://"):
        yield _("SHOP_BASE_URL is no https address; links in mails use it.")
    if not settings.SECURE_SSL_REDIRECT:
        yield _("SECURE_SSL_REDIRECT is off: pages are served without TLS.")
    if not settings.SECURE_HSTS_SECONDS:
        yield _("SECURE_HSTS_SECONDS is 0: browsers may come back without TLS.")
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield _("The cookies of sessions and forms travel without TLS.")


def _redis_faults() -> Iterator[str]:
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        yield _("No REDIS_URL: every process counts login attempts for itself.")
    elif is_open_to_all(str(settings.CACHES["default"].get("LOCATION", ""))):
        yield _("REDIS_URL leads over the network to a server without a password.")
    if not settings.CELERY_BROKER_URL:
        yield _("No CELERY_BROKER_URL: nobody tells the workers that there is something to do.")
    elif is_open_to_all(settings.CELERY_BROKER_URL):
        yield _("CELERY_BROKER_URL leads over the network to a server without a password.")


def _mail_faults() -> Iterator[str]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield _("No mail server is set; set EMAIL_URL.")
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith(("example.com", "example.org", "localhost")):
        yield _("DEFAULT_FROM_EMAIL is an example; set the shop's own address.")


def _bank_faults() -> Iterator[str]:
    account = settings.BANK_TRANSFER_ACCOUNT
    if not any(account.values()):
        return  # Bank transfer is not offered then.
    number = "".join(character for character in account["number"] if character.isalnum())
    illustrative = any(word in value for word in ("演示", "示例", "demo") for value in account.values())
    if not all(account.values()) or not number.strip("0") or illustrative:
        yield _("The bank account for transfers is incomplete or an illustration: set name, bank and number.")


def _stripe_faults() -> Iterator[str]:
    if settings.STRIPE_API_BASE:
        yield _("STRIPE_API_BASE puts a stand-in in the place of Stripe.")
    if settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
        yield _("STRIPE_SECRET_KEY is a test key: no real money would come in.")
    if bool(settings.STRIPE_SECRET_KEY) != bool(settings.STRIPE_WEBHOOK_SECRET):
        yield _("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together; one of them is missing.")


def _notice_faults() -> Iterator[str]:
    for name, real in (
        ("WECOM_API_BASE", "https://qyapi.weixin.qq.com"),
        ("ALIYUN_SMS_ENDPOINT", "https://dysmsapi.aliyuncs.com"),
    ):
        if getattr(settings, name) != real:
            yield _("%(name)s puts a stand-in in the place of %(real)s.") % {"name": name, "real": real}
    if not 1 <= settings.WECOM_PER_MINUTE <= WECOM_MOST_PER_MINUTE:
        yield _("WECOM_PER_MINUTE must be 1 to 20: a group bot takes no more.")
    given = [bool(getattr(settings, name)) for name in SMS_SETTINGS]
    if any(given) and not all(given):
        yield _("%(names)s belong together; some are missing.") % {"names": ", ".join(SMS_SETTINGS)}
    elif all(given) and (missing := [kind for kind in TEXTS if not settings.ALIYUN_SMS_TEMPLATES.get(kind)]):
        yield _("ALIYUN_SMS_TEMPLATES has no template for %(kinds)s.") % {"kinds": ", ".join(missing)}
    hours = (
        settings.SUPPLIER_REMINDER_HOURS,
        settings.SUPPLIER_NEXT_CHANNEL_HOURS,
        settings.SUPPLIER_STAFF_HOURS,
    )
    if list(hours) != sorted(set(hours)) or hours[0] < 1:
        yield _(
            "SUPPLIER_REMINDER_HOURS, SUPPLIER_NEXT_CHANNEL_HOURS and SUPPLIER_STAFF_HOURS must follow each other."
        )


def _tracking_faults() -> Iterator[str]:
    if bool(settings.KUAIDI100_KEY) != bool(settings.KUAIDI100_SALT):
        yield _("KUAIDI100_KEY and KUAIDI100_SALT belong together; one of them is missing.")
    if settings.KUAIDI100_KEY and not settings.KUAIDI100_API_BASE.startswith("https://"):
        yield _("KUAIDI100_API_BASE is no https address; the key would travel in the open.")


def _data_faults() -> Iterator[str]:
    published = Listing.objects.filter(state=ListingState.PUBLISHED)
    if count := published.filter(demo=True).count():
        yield _("%(count)d demonstration products are published.") % {"count": count}
    labels = FoodLabel.objects.filter(product__listing__state=ListingState.PUBLISHED)
    if count := labels.filter(licence_no=DEMO_LICENCE).count():
        yield _("%(count)d published products carry the licence number %(mark)s.") % {
            "count": count,
            "mark": DEMO_LICENCE,
        }
    if count := Supplier.objects.filter(state=SupplierState.ADMITTED, demo=True).count():
        yield _("%(count)d demonstration suppliers are admitted.") % {"count": count}
    known = User.objects.filter(is_active=True, phone__in=[person.phone for person in demo_people()])
    if count := known.count():
        yield _("%(count)d demonstration users can log in with a published password.") % {"count": count}
