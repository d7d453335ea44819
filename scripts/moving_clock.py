"""The clock of a rehearsal: how far the shop's clock is off the machine's, in a file that its processes follow.

A server's clock jumps when it was wrong and is set right. The shop is told by SHOP_CLOCK_FILE, see shop.core.clock.
"""

from pathlib import Path

MINUTE, DAY = 60, 86_400
#: How far off a clock may be found: a second of a leap, holds that end, leases, reminders, receipts; ahead and behind.
JUMPS = (-2 * DAY, -45 * MINUTE, -90, 90, 45 * MINUTE, 3 * DAY, 16 * DAY)


class MovingClock:
    """Off by `right` seconds when it is right, and by a jump more while it is wrong."""

    def __init__(self, path: Path) -> None:
        self.path, self.right = path, 0

    def jump(self, seconds: int) -> None:
        """Let it be wrong by so many seconds at once, whatever it was before; 0 sets it right."""
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(str(self.right + seconds))
        # Processes of the shop read it meanwhile.
        unfinished.replace(self.path)

    def go_on(self, seconds: int) -> None:
        """Let time pass, and the clock be right."""
        self.right += seconds
        self.jump(0)


def shown(seconds: int) -> str:
    """Return a jump as a reader says it."""
    size = abs(seconds)
    span = (
        f"{size // DAY} d" if size >= DAY else f"{size // MINUTE} min" if size >= 2 * MINUTE else f"{size} s"
    )
    return f"{'+' if seconds > 0 else '−'}{span}" if seconds else "right"
