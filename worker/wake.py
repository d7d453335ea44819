"""The outbox's wake port for Celery: tell the workers of a commit, and never make the one who committed wait."""

import logging
import os
import threading
import time
from collections.abc import Callable

from worker.calls import call

logger = logging.getLogger(__name__)

#: After a failure nobody is called for so long; the sweep finds the messages meanwhile.
SILENCE_SECONDS = 5.0


def call_workers() -> None:
    """Ask a worker to relay what is new. Raises what the broker's client raises; never tries twice."""
    call("worker.relay_messages")


class Bell:
    """Rings from a thread of its own: a broker that is dead or does not answer costs a request nothing.

    Rings while a call is under way are one more call. A ring that is lost, with its process or in the silence
    after a failure, is made good by the sweep.
    """

    def __init__(self, call: Callable[[], None] = call_workers, *, silence: float = SILENCE_SECONDS) -> None:
        self._call = call
        self._silence = silence
        self._silent_until = 0.0
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._pid = 0

    def ring(self) -> None:
        """Have the workers called; returns at once and raises nothing of the broker's."""
        if self._pid != os.getpid():
            self._start()
        self._rung.set()

    def _start(self) -> None:
        """Start the thread, once in each process: a fork takes none along."""
        with self._lock:
            if self._pid == os.getpid():
                return
            self._rung = threading.Event()
            threading.Thread(target=self._answer, args=(self._rung,), name="bell", daemon=True).start()
            self._pid = os.getpid()

    def _answer(self, rung: threading.Event) -> None:
        while True:
            rung.wait()
            rung.clear()
            self.call_once()

    def call_once(self) -> bool:
        """Call the workers unless the last failure is too fresh; return whether they were reached."""
        if time.monotonic() < self._silent_until:
            return False
        try:
            self._call()
        except Exception as error:  # The client of a broker raises many kinds; none is the caller's.
            self._silent_until = time.monotonic() + self._silence
            logger.warning("the broker was not reached (%s); the sweep delivers", type(error).__name__)
            return False
        return True
