"""A relay in a process of its own: `python -m tests.outbox.relay_process [faultpoint]` dies there like kill −9."""

import os
import sys

import django

from shop.core import faultpoint


def main(point: str) -> None:
    """Drain with the tests' routes."""

    def die(name: str) -> None:
        if name == point:
            os._exit(137)

    django.setup()
    faultpoint.set_hook(die)
    # Models can only be imported after django.setup().
    from shop.outbox import relay  # noqa: PLC0415
    from tests.outbox.cast import ORDERED  # noqa: PLC0415

    print(relay.drain(ORDERED))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
