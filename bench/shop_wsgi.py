"""The shop as its own entry point makes it, with the counter of queries in front when the bench asks for it."""

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from shop.config.wsgi import application as _shop

application: WSGIHandler = _shop
if os.environ.get("BENCH_COUNT"):
    settings.MIDDLEWARE = ["bench.counting.CountQueries", *settings.MIDDLEWARE]
    application = WSGIHandler()
