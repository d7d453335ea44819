"""The cache without its server: people log in and buy on."""

import socket
import time
from collections.abc import Iterator

import pytest

from shop.core import cache as module
from shop.core.cache import RedisOrLocalCache

OPTIONS = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield server
    module._silent_until = 0.0


@pytest.mark.parametrize("listening", [False, True])
def test_without_the_server_the_process_remembers(silent: socket.socket, listening: bool) -> None:
    """A closed port, then one that accepts and never answers: it is asked once, then left alone."""
    if listening:
        silent.listen()
    port = silent.getsockname()[1]
    cache = RedisOrLocalCache(f"redis://127.0.0.1:{port}/0", {"OPTIONS": dict(OPTIONS)})
    cache.clear()
    started = time.monotonic()
    assert cache.get("attempts") is None
    assert cache.add("attempts", 0)
    assert not cache.add("attempts", 5)
    assert cache.incr("attempts") == 1
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.has_key("a") and cache.delete("a") and not cache.has_key("a")
    cache.delete_many(["b"])
    assert cache.get("b", "gone") == "gone"
    assert time.monotonic() - started < 2
    cache.clear()
