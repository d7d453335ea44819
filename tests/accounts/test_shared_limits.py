"""Attempts are counted once for all processes of the shop, in the cache that they share."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.database import ROOT
from tests.drains.processes import PrivateRedis

pytestmark = [pytest.mark.broker, pytest.mark.concurrency]

#: What a login with a wrong password does first, ten times; prints how often it might go on.
GUESS = """
import sys
import django
django.setup()
from allauth.core import context
from allauth.core.internal import ratelimit
from django.test import RequestFactory, override_settings

cache = {"BACKEND": "shop.core.cache.RedisOrLocalCache", "LOCATION": sys.argv[1]}
with override_settings(CACHES={"default": cache}):
    went_on = 0
    sys.stdin.readline()
    for number in range(10):
        request = RequestFactory().post("/accounts/login/", REMOTE_ADDR=f"203.0.113.{sys.argv[2]}{number}")
        with context.request_context(request):
            key = "phone:+8613800138000"
            went_on += bool(
                ratelimit.consume(request, app="allauth.account", action=sys.argv[3], key=key)
            )
print(went_on)
"""


@pytest.fixture
def shared() -> Iterator[PrivateRedis]:
    server = PrivateRedis()
    server.start()
    yield server
    server.remove()


@pytest.mark.parametrize("action", ["login_failed", "second_factor"])
def test_three_processes_together_guess_as_often_as_one(shared: PrivateRedis, action: str) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    guessers = [
        subprocess.Popen(
            [sys.executable, "-c", GUESS, f"unix://{shared.socket}", str(number), action],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2, 3)
    ]
    went_on = [int(guesser.communicate("now\n", timeout=120)[0]) for guesser in guessers]
    assert sum(went_on) == 5
