"""Which orders a browser may open without an account: those it placed, or opened by a guest's link."""

from collections.abc import Sequence

from django.contrib.sessions.backends.base import SessionBase

_KEY = "guest_orders"
_MOST = 50


def guest_order_numbers(session: SessionBase) -> Sequence[str]:
    """Return the order numbers, the latest first."""
    numbers: Sequence[str] = session.get(_KEY, ())
    return numbers


def remember_guest_order(session: SessionBase, number: str) -> None:
    """Let this browser open a guest's order from now on; only the last fifty are kept."""
    known = [other for other in guest_order_numbers(session) if other != number]
    session[_KEY] = [number, *known][:_MOST]
