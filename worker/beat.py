"""When the workers are called: by the clock, at the start for everything, and never without end.

The scheduler remembers nothing itself. When a job was last begun stands in the database (worker/turns.py), so
that a call too many costs one look there, and a scheduler that is restarted every minute skips no job.
"""

import datetime as dt
import logging
import os
from pathlib import Path
from typing import Any

from celery import beat

logger = logging.getLogger(__name__)

#: So many calls may wait in a queue. More would only lie there while no worker runs, and have expired by then.
MOST_WAITING = 100

#: A file that is touched at every turn, for a probe to look at: nobody can ask a scheduler anything.
SIGN = os.environ.get("BEAT_SIGN", "")

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Calls for every entry when it starts, then each in its time, but not onto a queue nobody empties."""

    def setup_schedule(self) -> None:
        """Take the entries over, each due at once."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = NEVER

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Take one turn, and leave the sign of it."""
        if SIGN:
            Path(SIGN).touch()
        return super().tick(*args, **kwargs)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> Any:
        """Call for an entry, unless enough calls wait in its queue already."""
        if producer is not None and self._is_full(producer, entry.options["queue"]):
            logger.warning(
                "no worker takes from queue %s; %s is not called", entry.options["queue"], entry.name
            )
            return None
        return super().apply_async(entry, producer=producer, advance=advance, **kwargs)

    def _is_full(self, producer: Any, queue: str) -> bool:
        try:
            declared = producer.channel.queue_declare(queue=queue, durable=True, auto_delete=False)
        except Exception:  # The call itself meets the same broker, and knows how to come back to it.
            return False
        return bool(declared.message_count >= MOST_WAITING)
