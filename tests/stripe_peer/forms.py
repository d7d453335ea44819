"""Form encoding as Stripe reads it: `line_items[0][price_data][currency]=cny` is a tree."""

import re
from typing import Any
from urllib.parse import parse_qsl

_KEY = re.compile(r"[^\[\]]+")


def decode(text: str) -> dict[str, Any]:
    """Return the tree of a form or a query; every leaf is a str."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        *folders, name = _KEY.findall(key)
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    """Turn the branches that are numbered from 0 into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(part) for name, part in value.items()}
    numbers = [str(number) for number in range(len(inner))]
    return [inner[number] for number in numbers] if list(inner) == numbers else inner
