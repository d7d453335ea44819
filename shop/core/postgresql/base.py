"""The database backend: Django's, but for how it finds out that the server has ended a connection."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A kept connection is good as long as the server has sent nothing on it.

    Django would ask `SELECT 1` before the first statement of every request: one round trip in ten. A server that
    ends a connection says so first, and its socket can be read; only then the question is asked.
    """

    def is_usable(self) -> bool:
        """Return whether the connection may go on; never raises."""
        if self.connection is None or self.connection.closed:
            return False
        return not _has_news(self.connection.fileno()) or bool(super().is_usable())


def _has_news(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
