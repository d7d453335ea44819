"""What must be true before real people and real money come in."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from shop.accounts.demo import demo_people
from shop.accounts.models import User
from shop.listings.models import FoodLabel, Listing, ListingState
from shop.suppliers.models import Supplier, SupplierState

#: The seed's mark for a licence that was never issued; only a demonstration may show it.
DEMO_LICENCE = "演示-无编号"


def production_faults() -> Iterator[str]:
    """Yield one sentence per reason why this shop must not be opened to the public."""
    yield from _setting_faults()
    yield from _data_faults()


def _setting_faults() -> Iterator[str]:
    if not settings.PRODUCTION:
        yield _("SHOP_ENV is not production: cookies travel without TLS.")
    if settings.SHOP_DEMO:
        yield _("The demonstration flag SHOP_DEMO is on.")
    if settings.DEBUG:
        yield _("DEBUG is on.")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield _("The database is SQLite; set DATABASE_URL to a PostgreSQL server.")
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        yield _("No REDIS_URL: every process counts login attempts for itself.")
    if not settings.SHOP_BASE_URL.startswith("https://"):
        yield _("SHOP_BASE_URL is no https address; links in mails use it.")
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield _("No mail server is set; set EMAIL_URL.")
    yield from _stripe_faults()


def _stripe_faults() -> Iterator[str]:
    if settings.STRIPE_API_BASE:
        yield _("STRIPE_API_BASE puts a stand-in in the place of Stripe.")
    if settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
        yield _("STRIPE_SECRET_KEY is a test key: no real money would come in.")
    if bool(settings.STRIPE_SECRET_KEY) != bool(settings.STRIPE_WEBHOOK_SECRET):
        yield _("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together; one of them is missing.")


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
