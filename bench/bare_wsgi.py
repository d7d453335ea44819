"""A Django site of one view without middleware, database or template: what this stack can give at the most."""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

FOLDER = Path(os.environ["BENCH_BARE"])


@lru_cache
def _text(kind: str) -> str:
    return (FOLDER / f"{kind}.html").read_text(encoding="utf-8")


def page(request: HttpRequest, kind: str) -> HttpResponse:
    """Return a string as long as the shop's page of that kind: one such page itself."""
    return HttpResponse(_text(kind))


urlpatterns = [path("<slug:kind>/", page)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="x" * 50)
application = get_wsgi_application()
