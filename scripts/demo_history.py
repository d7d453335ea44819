"""`make demo-history`: two years of orders, statements and closed months for the demonstration shop.

    python3 scripts/demo_history.py        MONTHS=24 ORDERS=60 SEED=… DATA_DIR=…

Prepares the data as `make run` does, then lets the shop's own services write what a shop would have written. Stopped or
killed, it goes on where it was; when all is there it changes nothing. Refuses while a shop runs on the data.
"""

import os
import sys

from console import Failed, Steps, say
from environment import as_script
from launcher import Preparation, hold_data, read_data_dir, read_port, shop_environment

STEPS = 7
SIZES = ("SEED", "MONTHS", "ORDERS")


def _sizes() -> list[str]:
    """Return the command's options. Raises Failed for what is no number."""
    words: list[str] = []
    for name in SIZES:
        text = os.environ.get(name) or ""
        if text and not (text.isascii() and text.isdecimal()):
            raise Failed(f"{name} must be a number, not {text!r}.")
        words += [f"--{name.lower()}", text] if text else []
    return words


def make_history() -> int:
    """Prepare the data, make the history, then the orders of the last days. Safe to call twice."""
    words, data_dir = _sizes(), read_data_dir()
    with hold_data(data_dir):
        steps = Steps(STEPS)
        preparation = Preparation(steps, data_dir, shop_environment(data_dir, read_port()))
        say(f"Data in {data_dir}")
        preparation.up_to_the_catalogue()
        with steps.step("Making the demonstration's history"):
            printed = preparation.manage("make_demo_history", *words, show_errors=True)
        # After it: the orders of the last days lie in the month that is open.
        preparation.command("make_demo_orders", "Making demonstration orders", "order_order")
    say(f"\n{printed.rstrip()}\n\n`make run` opens the shop.")
    return 0


if __name__ == "__main__":
    sys.exit(as_script(make_history))
