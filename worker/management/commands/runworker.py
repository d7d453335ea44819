"""Deliver messages and run jobs: the worker of a shop without Celery."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from worker.loop import Loop
from worker.routes import ROUTES
from worker.schedule import JOBS


class Command(BaseCommand):
    help = "Deliver messages and run due jobs until SIGTERM or Ctrl-C; the delivery in hand is finished."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="drain what is due, run each job once, send what is left to send, then exit",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        loop = Loop(routes=ROUTES, jobs=JOBS)
        if options["once"]:
            handled = loop.run_once()
            self.stdout.write(f"{handled} deliveries")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.stop())
        loop.run_forever()
