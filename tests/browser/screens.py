"""What the pages are looked at with."""

from typing import Any

#: A phone in all that a page can ask: a finger instead of a mouse, three pixels for one, the zoom of a phone.
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 3,
}
#: A window whose size a test changes: a phone would zoom out of a page that is too wide, and hide it.
WINDOW: dict[str, Any] = PHONE | {"is_mobile": False, "device_scale_factor": 1}


def desk(width: int) -> dict[str, Any]:
    """Return a screen without a finger."""
    return WINDOW | {"viewport": {"width": width, "height": 844}, "has_touch": False}
