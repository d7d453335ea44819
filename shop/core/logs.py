"""What every line of the log says besides its message: the request and the order it belongs to, and no secret.

A line never carries a phone number, an address, a key or a password: the code does not log them, and what
an error of a library quotes is crossed out here, in the text and in the JSON form alike.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

#: Names that a line may carry; `order` is an order number (or the key of a payment).
NAMES = ("request_id", "order", "event", "handler", "job")
_bound: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039 - never changed in place

_CROSSED_OUT = "***"
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Mobile numbers, with or without the country.
    (re.compile(r"(?<![\dA-Za-z])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\dA-Za-z])"), _CROSSED_OUT),
    # PostgreSQL quotes the whole row that a constraint refused, and the values of a key.
    (re.compile(r"(Failing row contains \().*?(\)\.?)(?=\\n|\n|\"|$)"), rf"\1{_CROSSED_OUT}\2"),
    (re.compile(r"(Key \([^)]*\)=\().*?(\) )"), rf"\1{_CROSSED_OUT}\2"),
    # A password in an address; keys of payment providers; fields that are called by such a name.
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+(@)"), rf"\1{_CROSSED_OUT}\2"),
    (re.compile(r"\b((?:sk|rk|pk)_(?:live|test)_|whsec_)\w+"), rf"\1{_CROSSED_OUT}"),
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|token|authorization|secret_key)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]+"
        ),
        rf"\1\2{_CROSSED_OUT}",
    ),
    # The link that opens a guest's order.
    (re.compile(r"(/o/[^/\s]+/)[\w-]+"), rf"\1{_CROSSED_OUT}"),
    # Its short form in a text message, and the key of a group bot.
    (re.compile(r"(/t/)[\w-]{16}(?![\w-])"), rf"\1{_CROSSED_OUT}"),
    (re.compile(r"(webhook/send\?key=)[\w-]+"), rf"\1{_CROSSED_OUT}"),
)


def without_secrets(text: str) -> str:
    """Return the text with phone numbers, quoted rows, keys and passwords crossed out."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def bind(**values: str) -> None:
    """Name what the lines from here on belong to, until the surrounding `bound` ends."""
    _bound.set({**_bound.get(), **_known(values)})


@contextmanager
def bound(**values: str) -> Iterator[None]:
    """Name what the lines within belong to."""
    token = _bound.set({**_bound.get(), **_known(values)})
    try:
        yield
    finally:
        _bound.reset(token)


def context() -> Mapping[str, str]:
    """Return what is bound at the moment."""
    return _bound.get()


def _known(values: Mapping[str, str]) -> dict[str, str]:
    if unknown := set(values) - set(NAMES):
        raise TypeError(f"a line of the log has no {', '.join(sorted(unknown))}")
    return dict(values)


class ContextFilter(logging.Filter):
    """Puts what is bound on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Complete the record; none is left out."""
        record.bound = dict(_bound.get())
        return True


class TextLine(logging.Formatter):
    """One line for people: time, level, logger, message, then what it belongs to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line (with a traceback below it, if any)."""
        values = getattr(record, "bound", {})
        text = super().format(record)
        if values:
            first, newline, rest = text.partition("\n")
            names = " ".join(f"{name}={value}" for name, value in values.items())
            text = f"{first} [{names}]{newline}{rest}"
        return without_secrets(text)


class JsonLine(JsonFormatter):
    """One JSON object a line, of fixed names: what a library hangs on a record besides is left out."""

    FIELDS = ("time", "level", "logger", "message", *NAMES, "status_code", "milliseconds", "error")

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "error"},
            json_ensure_ascii=False,
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return the moment with its zone."""
        return dt.datetime.fromtimestamp(record.created, tz=dt.UTC).isoformat(timespec="milliseconds")

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a line in their order."""
        values = log_data | log_data.pop("bound", {})
        line = {name: values[name] for name in self.FIELDS if values.get(name) not in (None, "")}
        return {
            name: without_secrets(value) if isinstance(value, str) else value for name, value in line.items()
        }
