"""Make .venv hold the development lock, for the targets that call its tools directly."""

import sys

from console import Steps
from environment import DEV_LOCK, as_script, is_ready, prepare


def main() -> int:
    """Install the development lock unless it is there; return the exit code."""
    if not is_ready(DEV_LOCK):
        with Steps(1).step("Installing the locked libraries into .venv"):
            prepare(DEV_LOCK)
    return 0


if __name__ == "__main__":
    sys.exit(as_script(main))
