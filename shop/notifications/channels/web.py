"""One call to a provider: bounded in time and size, and silent about the address, which may hold a key."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from shop.notifications.channels.base import ChannelError

#: Longer than any answer of these providers.
LONGEST_ANSWER = 64 * 1024
SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes

    def fields(self) -> dict[str, Any]:
        """Return the JSON object of the body; raises ChannelError when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ChannelError(f"HTTP {self.status}, no JSON object")
        return found


def post(url: str, *, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    """Send a POST and return the answer; redirects are not followed. Raises ChannelError.

    An error of the network is raised again by its name only: its text, or a traceback that quotes the
    request, could hold the key that is part of the address.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    ends = time.monotonic() + seconds
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        found = Answer(answer.status, _read(answer, ends))
    except ChannelError:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise ChannelError(type(error).__name__) from None
    finally:
        connection.close()
    if found.status >= SERVER_ERROR:
        raise ChannelError(f"HTTP {found.status}")
    return found


def _read(answer: HTTPResponse, ends: float) -> bytes:
    """Read to the end, however slowly it drips, but no longer than until `ends`."""
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(8192):
        size += len(part)
        parts.append(part)
        if size > LONGEST_ANSWER:
            raise ChannelError("the answer is too long")
        if time.monotonic() > ends:
            raise ChannelError("TimeoutError")
    return b"".join(parts)
