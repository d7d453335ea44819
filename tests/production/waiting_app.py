"""A page that is being made until a file appears: what a request in hand at SIGTERM looks like."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django

django.setup()

FOLDER = Path(os.environ["WAITING_FOLDER"])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say that a request is in hand, and answer when told to."""
    if environ["PATH_INFO"] == "/slow":
        (FOLDER / "in-hand").touch()
        rest = threading.Event()
        while not (FOLDER / "go-on").exists():
            rest.wait(0.02)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered by ", str(os.getpid()).encode()]
