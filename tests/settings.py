"""Settings of the tests: those of the shop, with quick hashing and files in the cache folder."""

import os
from pathlib import Path

_CACHE = Path(__file__).resolve().parent.parent / ".cache"
os.environ["SHOP_ENV"] = "test"
os.environ["DATA_DIR"] = str(_CACHE / "test-data")
os.environ["SHOP_DEMO"] = "1"
os.environ["DEBUG"] = "0"
for _name in ("REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL"):
    os.environ.pop(_name, None)
(_CACHE / "test-data" / "media").mkdir(parents=True, exist_ok=True)
(_CACHE / "test-data" / "static").mkdir(parents=True, exist_ok=True)

from shop.config.settings import *  # noqa: E402, F403 - the environment comes first
from shop.config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
_options = DATABASES["default"].get("OPTIONS", {})
if "init_command" in _options:
    # The tests restore their database; nothing in it has to survive a power cut.
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
# Connections outlive no test: a pool or an old connection would look at a database that has been replaced.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A page that is kept would outlive the test that made it: those about kept pages turn it on for themselves.
KEPT_PAGES_MB = 0
# A process that a test starts works on that test's database, and is called through its broker.
CELERY_BROKER_URL = os.environ.get("TEST_BROKER_URL", "")
if os.environ.get("TEST_DATABASE_NAME"):
    DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]
