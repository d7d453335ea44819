"""Pages as people see them, without what differs at every request."""

import re

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def alike(text: str, address: str) -> str:
    """Return a page without its form tokens and its own address, to be compared with another."""
    return _TOKEN.sub("", text).replace(address, "")
