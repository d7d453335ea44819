"""Signed notices to the shop, as often and as late as one likes."""

import hashlib
import hmac
import json
import queue
import random
import threading
import time
import urllib.error
import urllib.request
from typing import Any

TRIES, PAUSE_SECONDS = 5, 1.0
#: So long a careless sender lets events gather.
GATHER_SECONDS = 2.0


def sign(event: dict[str, Any], secret: str, *, age: int = 0) -> tuple[bytes, dict[str, str]]:
    """Return the bytes of an event and the header that proves them: time, and HMAC-SHA256 over time and bytes."""
    raw = json.dumps(event, indent=2, ensure_ascii=False).encode()
    stamp = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return raw, {"Stripe-Signature": f"t={stamp},v1={digest}"}


class Sender:
    """Delivers events one after the other; one that is not taken is tried again, signed anew."""

    def __init__(self, secret: str, url: str) -> None:
        self.secret, self.url = secret, url
        self._waiting: queue.Queue[tuple[dict[str, Any], str]] = queue.Queue()
        self._thread: threading.Thread | None = None

    def later(self, event: dict[str, Any], url: str) -> None:
        """Deliver soon, to the given address of the sender or else to this one."""
        self._waiting.put((event, self.url or url))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def now(self, event: dict[str, Any], url: str = "") -> int:
        """Deliver and return the shop's status."""
        raw, headers = sign(event, self.secret)
        request = urllib.request.Request(
            url or self.url, data=raw, headers=headers | {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def _work(self) -> None:
        while True:
            self._deliver(*self._waiting.get())

    def _deliver(self, event: dict[str, Any], url: str) -> None:
        for _attempt in range(TRIES):
            try:
                if url and self.now(event, url) == 200:
                    return
            except OSError:
                pass
            time.sleep(PAUSE_SECONDS)


class CarelessSender(Sender):
    """Delivers every event twice, and what has gathered meanwhile in any order."""

    def __init__(self, secret: str, url: str, seed: int) -> None:
        super().__init__(secret, url)
        self._draw = random.Random(seed)

    def _work(self) -> None:
        while True:
            gathered = [self._waiting.get()]
            time.sleep(GATHER_SECONDS)
            while not self._waiting.empty():
                gathered.append(self._waiting.get())
            gathered *= 2
            self._draw.shuffle(gathered)
            for event, url in gathered:
                self._deliver(event, url)
