"""The courier of a rehearsal: tells of every parcel it is asked about, each step twice, and in any order.

What it is asked and how it signs is that of the stand-in for 快递100 which the tests use.
"""

import datetime as dt
import importlib
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from console import ROOT
from moving_clock import MovingClock

#: The story of a parcel, newest step last: text and status code of 快递100.
STORY = (("已揽收", "1"), ("运输途中", "0"), ("派件中", "5"), ("已签收，签收人：本人", "3"))
REST, PATIENCE = 0.5, 600.0
ZONE = dt.timezone(dt.timedelta(hours=8))


class Courier:
    """Pushes for every subscription until it is told to stop; a push that is not taken is sent again."""

    def __init__(self, peer: Any, seed: int) -> None:
        self.peer, self.pushes, self.refused = peer, 0, 0
        self.clock: MovingClock | None = None
        self._draw = random.Random(seed)
        self._told: set[tuple[str, str]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._over.is_set():
            for parcel in [each for each in dict(self.peer.subscriptions) if each not in self._told]:
                self._tell(*parcel)
                self._told.add((parcel[0], parcel[1]))
            self._over.wait(REST)

    def _tell(self, company: str, number: str) -> None:
        # The courier's clock is right, whatever the shop's says.
        right = self.clock.right if self.clock else 0
        now = dt.datetime.now(ZONE) + dt.timedelta(seconds=right)
        steps = [
            ((now - dt.timedelta(seconds=len(STORY) - place)).strftime("%Y-%m-%d %H:%M:%S"), text, code)
            for place, (text, code) in enumerate(STORY)
        ]
        pushes = [list(reversed(steps[: end + 1])) for end in range(len(steps))] * 2
        self._draw.shuffle(pushes)
        for told in pushes:
            self._push(company, number, self.peer.form(company, number, told))

    def _push(self, company: str, number: str, raw: bytes) -> None:
        """Send until it is taken, as the service does; for as long as the shop is in trouble."""
        until = time.monotonic() + PATIENCE
        while not self._over.is_set() and time.monotonic() < until:
            try:
                status, answer = self.peer.push(company, number, raw)
            except OSError:
                # urllib's errors too: whatever went wrong between here and there.
                self.refused += 1
            else:
                self.pushes += 1
                if status == 200 and answer.get("result") is True:
                    return
            self._over.wait(REST)

    def stop(self) -> None:
        """Tell nothing more."""
        self._over.set()
        self._thread.join(timeout=30)


@contextmanager
def courier_service(seed: int) -> Iterator[tuple[Courier, dict[str, str]]]:
    """Run the service while the block runs; give it, and the settings of a shop that asks it."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    stand_in: Any = importlib.import_module("tests.fulfilment.kuaidi100_peer")
    with stand_in.running_peer() as peer:
        courier = Courier(peer, seed)
        settings = {
            "KUAIDI100_KEY": stand_in.KEY,
            "KUAIDI100_SALT": stand_in.SALT,
            "KUAIDI100_API_BASE": peer.base,
        }
        try:
            yield courier, settings
        finally:
            courier.stop()
