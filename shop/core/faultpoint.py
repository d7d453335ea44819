"""Named points where a test may end the process, to prove that nothing is lost there."""

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def faultpoint(name: str) -> None:
    """Do nothing, unless test settings have put a hook in."""
    if _hook is not None:
        _hook(name)


def set_hook(hook: Callable[[str], None] | None) -> None:
    """Install the hook; only test settings call this."""
    global _hook  # noqa: PLW0603 - one process-wide switch is the point
    _hook = hook
