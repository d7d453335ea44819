"""Every parameter against the typed parameters that Stripe's own library carries (generated from its API)."""

import re
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

import typing_extensions
from stripe import StripeContext
from stripe._request_options import RequestOptions

_OPTIONS = frozenset(RequestOptions.__annotations__)
_INTEGER, _NUMBER = re.compile(r"-?\d+"), re.compile(r"-?\d+(\.\d+)?")
_WRAPPERS = (NotRequired, Required, typing_extensions.NotRequired, typing_extensions.Required)


class Refusal(Exception):
    """What Stripe would answer with 400, or another status."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        param: str = "",
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message}}
        self.body["error"] |= {name: text for name, text in (("code", code), ("param", param)) if text}


def check(tree: dict[str, Any], typed: type) -> dict[str, Any]:
    """Return the parameters with numbers and truth values read. Raises Refusal for the first that does not fit."""
    return _record(tree, typed, "")


@lru_cache
def _fields(typed: type) -> dict[str, tuple[Any, bool]]:
    """Return type and whether it is required of every parameter; the library's own options are none."""
    names = {"Mapping": Mapping, "StripeContext": StripeContext}
    hints = get_type_hints(typed, localns=names, include_extras=True)
    required: frozenset[str] = typed.__required_keys__  # type: ignore[attr-defined]
    return {name: (_bare(hint), name in required) for name, hint in hints.items() if name not in _OPTIONS}


def _bare(hint: Any) -> Any:
    while get_origin(hint) in _WRAPPERS:
        [hint] = get_args(hint)
    return hint


def _record(value: Any, typed: type, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(f"Invalid object: {path}", code="parameter_invalid", param=path)
    fields = _fields(typed)
    for name in value:
        if name not in fields:
            full = _join(path, name)
            raise Refusal(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    for name, (_hint, required) in fields.items():
        if required and name not in value:
            full = _join(path, name)
            raise Refusal(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: _value(part, fields[name][0], _join(path, name)) for name, part in value.items()}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(value: Any, hint: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(value, get_args(hint), path)
    if origin is Literal:
        if value in get_args(hint):
            return value
        raise Refusal(f"Invalid {path}: must be one of {get_args(hint)}", param=path)
    if origin is list:
        if not isinstance(value, list):
            raise Refusal("Invalid array", code="parameter_invalid", param=path)
        return [_value(part, get_args(hint)[0], f"{path}[{place}]") for place, part in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise Refusal("Invalid object", code="parameter_invalid", param=path)
        return {name: _value(part, get_args(hint)[1], f"{path}[{name}]") for name, part in value.items()}
    if typing_extensions.is_typeddict(hint):
        return _record(value, hint, path)
    return _scalar(value, hint, path)


def _one_of(value: Any, hints: tuple[Any, ...], path: str) -> Any:
    refusals = []
    for hint in hints:
        try:
            return _value(value, hint, path)
        except Refusal as refusal:
            shaped = get_origin(hint) in (list, dict) or typing_extensions.is_typeddict(hint)
            refusals.append((isinstance(value, dict | list) == shaped, refusal))
    # The reason of the branch that has the value's shape says most.
    raise max(refusals, key=lambda pair: pair[0])[1]


def _scalar(value: Any, hint: Any, path: str) -> Any:
    if hint is bool and value in ("true", "false"):
        return value == "true"
    if hint is int and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if hint in (float, complex) and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if hint is str and isinstance(value, str):
        return value
    name = {int: "integer", bool: "boolean", str: "string"}.get(hint, "value")
    raise Refusal(f"Invalid {name}: {value}", code=f"parameter_invalid_{name}", param=path)
