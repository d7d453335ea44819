"""The cache that outlives its server."""

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: After a failure the server is left alone for so long.
SILENCE_SECONDS = 5.0
_silent_until = 0.0


class RedisOrLocalCache(RedisCache):
    """Redis; while it does not answer, a memory of this process.

    Nothing that must not be lost stands in it, so people log in and buy on, and attempts are still counted,
    by each process for itself.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("while-redis-is-away", {})

    def _ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        global _silent_until  # noqa: PLW0603 - one server for all threads
        if time.monotonic() >= _silent_until:
            try:
                return getattr(super(), method)(*args, **kwargs)
            except RedisError as error:
                _silent_until = time.monotonic() + SILENCE_SECONDS
                logger.warning("the cache was not reached (%s); this process remembers", type(error).__name__)
        return getattr(self._local, method)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("add", *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._ask("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("delete", *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(self._ask("get_many", *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._ask("set_many", *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._ask("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("has_key", *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self._ask("incr", *args, **kwargs))

    def clear(self) -> None:
        self._ask("clear")
