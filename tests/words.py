"""Whether a text is one for people who read Chinese."""

import re

_CHINESE = re.compile(r"[一-鿿]")


def is_chinese(text: str) -> bool:
    """Return whether there is a Chinese character in it."""
    return bool(_CHINESE.search(text))
