"""All settings, read from the environment; the only place that names every app."""

import oscar
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from oscar.defaults import *  # noqa: F403 - Oscar's settings are defaults that we override below

from shop.config.env import BASE_DIR, DATA_DIR, SHOP_ENV, clock_file, env, log_format, secret_key
from shop.config.notices import *  # noqa: F403
from shop.config.weixin import *  # noqa: F403

PRODUCTION = SHOP_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key()
# Keys of before, for as long as sessions, links and second factors made with them are to hold.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# `make prod-local` only: production without TLS, on loopback addresses (config/checks.py refuses any other).
SHOP_PLAIN_HTTP = PRODUCTION and env.bool("SHOP_PLAIN_HTTP", default=False)
TLS = PRODUCTION and not SHOP_PLAIN_HTTP
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- the shop's own settings -------------------------------------------------
SHOP_NAME = env.str("SHOP_NAME", default="远山集")
SHOP_SUBLINE = env.str("SHOP_SUBLINE", default="萧山区消费帮扶")
SHOP_DEMO = env.bool("SHOP_DEMO", default=not PRODUCTION)
# Rehearsals only: the seconds in this file are added to the clock, so that its jumps can be tried.
SHOP_CLOCK_FILE = clock_file()
SHOP_BASE_URL = env.str("SHOP_BASE_URL", default="http://127.0.0.1:8000")
ICP_NUMBER = env.str("ICP_NUMBER", default="")
BANK_TRANSFER_ACCOUNT = {
    "name": env.str("BANK_ACCOUNT_NAME", default=""),
    "bank": env.str("BANK_NAME", default=""),
    "number": env.str("BANK_ACCOUNT_NUMBER", default=""),
}
# Both keys show Stripe at the cashier. STRIPE_API_BASE puts a stand-in in its place: demonstration and tests only.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_ACCOUNT_ID = env.str("STRIPE_ACCOUNT_ID", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_TIMEOUT_SECONDS = env.float("STRIPE_TIMEOUT_SECONDS", default=8.0)
STRIPE_NETWORK_RETRIES = env.int("STRIPE_NETWORK_RETRIES", default=1)

# Both set: 快递100 is asked about every parcel and pushes its news to SHOP_BASE_URL/tracking/kuaidi100/ (未联调).
KUAIDI100_KEY, KUAIDI100_SALT = env.str("KUAIDI100_KEY", ""), env.str("KUAIDI100_SALT", "")
KUAIDI100_API_BASE = env.str("KUAIDI100_API_BASE", default="https://poll.kuaidi100.com")
KUAIDI100_TIMEOUT_SECONDS = env.float("KUAIDI100_TIMEOUT_SECONDS", default=8.0)
# Whoever shows this word may read /metrics from elsewhere than this machine; empty: nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- apps --------------------------------------------------------------------
FORKS = {
    f"oscar.apps.{name}.apps.{config}": f"shop.forks.{name}.apps.{config}"
    for name, config in {
        "catalogue": "CatalogueConfig",
        "search": "SearchConfig",
        "basket": "BasketConfig",
        "checkout": "CheckoutConfig",
        "order": "OrderConfig",
        "partner": "PartnerConfig",
        "customer": "CustomerConfig",
    }.items()
}
# Django's admin is not mounted: it writes past the services. Oscar needs the app, not its pages.
REPLACED = FORKS | {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}
OWN_APPS = [
    "shop.core.apps.CoreConfig",
    "shop.journal.apps.JournalConfig",
    "shop.files.apps.FilesConfig",
    "shop.outbox.apps.OutboxConfig",
    "shop.regions.apps.RegionsConfig",
    "shop.accounts.apps.AccountsConfig",
    "shop.suppliers.apps.SuppliersConfig",
    "shop.buyers.apps.BuyersConfig",
    "shop.listings.apps.ListingsConfig",
    "shop.coupons.apps.CouponsConfig",
    "shop.ordering.apps.OrderingConfig",
    "shop.gateways.apps.GatewaysConfig",
    "shop.fulfilment.apps.FulfilmentConfig",
    "shop.conversations.apps.ConversationsConfig",
    "shop.invoicing.apps.InvoicingConfig",
    "shop.procurement.apps.ProcurementConfig",
    "shop.opinions.apps.OpinionsConfig",
    "shop.notifications.apps.NotificationsConfig",
    "shop.ledger.apps.LedgerConfig",
    "shop.settlement.apps.SettlementConfig",
    "shop.reporting.apps.ReportingConfig",
    "shop.certificates.apps.CertificatesConfig",
    "shop.storefront.apps.StorefrontConfig",
    "shop.operations.apps.OperationsConfig",
    "shop.config.apps.ConfigConfig",
    "worker.apps.WorkerConfig",
    "catalog_seed.apps.CatalogSeedConfig",
]
INSTALLED_APPS = [
    *OWN_APPS,
    *[REPLACED.get(app, app) for app in oscar.INSTALLED_APPS],
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
]
# A fork carries code, never columns: its tables and history stay Oscar's (ADR 0002).
MIGRATION_MODULES = {
    name: f"oscar.apps.{name}.migrations" for name in ("catalogue", "basket", "order", "partner", "customer")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
SITE_ID = 1

MIDDLEWARE = [
    "shop.core.middleware.NameRequest",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "shop.storefront.keeping.middleware.KeptPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "shop.core.middleware.RefuseNullCharacters",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shop.forks.basket.middleware.BasketMiddleware",
]
ROOT_URLCONF = "shop.config.urls"
WSGI_APPLICATION = "shop.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.storefront.context_processors.shop",
            ],
        },
    }
]

# Whole pages for visitors without a name, in the memory of each web process (ADR 15); 0: none are kept.
KEPT_PAGES_MB = min(env.int("KEPT_PAGES_MB", default=0 if DEBUG else 16), 16)

# --- database: two engines, one code path (ADR 0005) --------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    # The first request or task after a restart of the server is not the one that finds out.
    DATABASES["default"]["ENGINE"] = "shop.core.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # The same statements come again and again: from the fourth time on a connection has them planned (ADR 0005).
    # The shop's connections are its own: behind a pooler that changes them in between, plans would be missing.
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 3}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "shop.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }
ATOMIC_REQUESTS = False

CACHES = {
    "default": (
        {
            "BACKEND": "shop.core.cache.RedisOrLocalCache",
            "LOCATION": env.str("REDIS_URL"),
            "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.5},
        }
        if env.str("REDIS_URL", default="")
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
# Transport only: without it `manage.py runworker` drains the outbox, with it `celery -A worker.app worker` does.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

# --- language, time -----------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
# The first one wins: ours, then what Oscar has left untranslated.
LOCALE_PATHS = [BASE_DIR / "shop" / "locale", BASE_DIR / "shop" / "locale_oscar"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files --------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(DATA_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "shop" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(DATA_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or SHOP_ENV == "test"
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_MANIFEST_STRICT = True

# --- people and sessions --------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_ENGINE = "shop.accounts.sessions"
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("storefront:landing")
ACCOUNT_ADAPTER = "shop.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# An e-mail address is added in the account, where a link proves it: typed at sign-up it would tell who has one.
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1"]
ACCOUNT_FORMS = {
    "login": "shop.accounts.forms.LoginForm",
    "signup": "shop.accounts.forms.SignupForm",
    "request_login_code": "shop.accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "shop.accounts.forms.ConfirmLoginCodeForm",
    "verify_phone": "shop.accounts.forms.VerifyPhoneForm",
    "change_phone": "shop.accounts.forms.ChangePhoneForm",
    "reset_password": "shop.accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 5 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,100/h/ip,3/m/key,20/d/key",
    "verify_phone": "10/m/ip,100/h/ip,1/30s/key,20/d/key",
    # Wrong passwords. An account opens again after five minutes, whoever went on guessing.
    "login_failed": "10/m/ip,100/h/ip,5/5m/key",
    # Wrong codes of a second factor: only who knows the password gets so far.
    "second_factor": "10/m/ip,100/h/ip,5/5m/key,30/d/key",
}
# So many texts asked for at the login in one minute, by everyone together, and each comes with a question first.
SMS_CHALLENGE_PER_MINUTE = env.int("SMS_CHALLENGE_PER_MINUTE", default=30)
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
MFA_ADAPTER = "shop.accounts.mfa_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "shop.accounts.mfa_forms.AuthenticateForm",
    "reauthenticate": "shop.accounts.mfa_forms.ReauthenticateForm",
    "activate_totp": "shop.accounts.mfa_forms.SetUpForm",
}
MFA_TOTP_ISSUER = SHOP_NAME
MFA_RECOVERY_CODES_SHOW_ONCE = True
# An unproved address logs nobody in, so it need not be in the way of a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
PHONENUMBER_DEFAULT_REGION = "CN"
PHONENUMBER_DB_FORMAT = "E164"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SECURE_SSL_REDIRECT = TLS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000) if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
# Probes come from beside the shop, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # Browsers apply this to the redirect that follows "pay now" too.
        "form-action": [
            "'self'",
            *(["https://checkout.stripe.com"] if STRIPE_SECRET_KEY else []),
            *(each for each in (STRIPE_API_BASE, WEIXIN_FORM_ACTION) if each),
        ],
        "frame-ancestors": ["'none'"],
    }
}

# --- mail ------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@yuanshan.example.com")
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    EMAIL_CONFIG = env.email_url("EMAIL_URL")
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

#: Who is told by mail, once, when messages have waited longer than this.
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
OUTBOX_ALERT_MINUTES = env.int("OUTBOX_ALERT_MINUTES", default=5)
# A supplier whose licence has ended is suspended by the shop itself; otherwise it only stands on the staff's queue.
SUSPEND_ON_EXPIRED_LICENCE = env.bool("SUSPEND_ON_EXPIRED_LICENCE", default=False)
REVIEW_DAYS, REVIEWS_LOOK_FIRST = env.int("REVIEW_DAYS", 90), env.bool("REVIEWS_LOOK_FIRST", False)

# --- stock; a product's own thresholds go before these ------------------------------
#: So many days before its last good day a lot is no longer sold; on 0 it is sold until that day.
STOCK_UNSOLD_DAYS = env.int("STOCK_UNSOLD_DAYS", default=0)
#: So many days before its last good day a lot is reported as expiring soon.
STOCK_EXPIRY_DAYS = env.int("STOCK_EXPIRY_DAYS", default=30)
#: At so many units for sale a product is reported as running low.
STOCK_LOW_AT = env.int("STOCK_LOW_AT", default=10)

# --- texts that accounts agree to: another version, and everybody is asked again ------
PRIVACY_VERSION = "2026-11-30"
TERMS_VERSION = "2026-11-01"

# --- accounts that their owners close ------------------------------------------------
#: So long an order of a closed account keeps whom it was for (E-Commerce Law, art. 31: three years of the trade).
CLOSED_ORDER_CONTACT_DAYS = env.int("CLOSED_ORDER_CONTACT_DAYS", default=3 * 366)

# --- files of figures and of the journal ------------------------------------------
#: A list with more rows than this is made by the worker; the page leads to how far it is.
EXPORT_DIRECT_ROWS = env.int("EXPORT_DIRECT_ROWS", default=5_000)
#: No file has more rows than this. A sheet of a workbook ends at 1,048,576.
EXPORT_MOST_ROWS = min(env.int("EXPORT_MOST_ROWS", default=500_000), 1_000_000)
#: So long a file that the worker made can be taken; then it is deleted.
EXPORT_KEPT_DAYS = env.int("EXPORT_KEPT_DAYS", default=7)

# --- Oscar -------------------------------------------------------------------------
OSCAR_SHOP_NAME, OSCAR_SHOP_TAGLINE = SHOP_NAME, SHOP_SUBLINE
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_HOMEPAGE = reverse_lazy("home")
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_SLUG_FUNCTION = "shop.listings.slugs.pinyin_slug"
OSCAR_THUMBNAILER = "shop.listings.pictures.PrebuiltThumbnailer"
OSCAR_BASKET_COOKIE_SECURE = OSCAR_RECENTLY_VIEWED_COOKIE_SECURE = TLS
OSCAR_INITIAL_ORDER_STATUS = OSCAR_INITIAL_LINE_STATUS = "placed"
OSCAR_ORDER_STATUS_PIPELINE: dict[str, tuple[str, ...]] = {"placed": ()}
OSCAR_LINE_STATUS_PIPELINE: dict[str, tuple[str, ...]] = {"placed": ()}
OSCAR_SEND_REGISTRATION_EMAIL = False
# Haystack stays installed because Oscar imports it; browsing and search are ours (listings.SearchText).
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"

# Lines for people, or one JSON object each for a collector; both without phone numbers and keys (shop.core.logs).
LOG_FORMAT = log_format()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "shop.core.logs.ContextFilter"}},
    "formatters": {"text": {"()": "shop.core.logs.TextLine"}, "json": {"()": "shop.core.logs.JsonLine"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["context"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING")},
    "loggers": {
        # A sweep a second would be most of the log; Django's own handlers would say things twice.
        "celery": {"level": "WARNING"},
        "django": {"level": "WARNING", "handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
