"""Pages as people see them, without what differs at every request."""

import re
from html.parser import HTMLParser

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def alike(text: str, address: str) -> str:
    """Return a page without its form tokens and its own address, to be compared with another."""
    return _TOKEN.sub("", text).replace(address, "")


_HAN = re.compile(r"[\u3400-\u9fff]")
_EMPTY = frozenset(
    ["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "wbr"]
)
_READ = frozenset(["alt", "aria-label", "content", "placeholder", "title"])


class _Chinese(HTMLParser):
    """Collects the Chinese that a page does not mark as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        outer = self.open[-1][1] if self.open else ""
        language = given.get("lang") or outer
        self.found += [
            f"{tag} {name}: {value}"
            for name, value in attrs
            if name in _READ and value and _HAN.search(value) and language != "zh-Hans"
        ]
        if tag not in _EMPTY:
            self.open.append((tag, language))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, language = self.open[-1] if self.open else ("", "")
        # What machines read (schema.org) can mark nothing.
        if _HAN.search(data) and language != "zh-Hans" and tag != "script":
            self.found.append(f"{tag}: {data.strip()}")


def unmarked_chinese(html: str) -> list[str]:
    """Return the Chinese, in text and in what is read aloud, that stands outside elements with lang="zh-Hans"."""
    page = _Chinese()
    page.feed(html)
    return page.found
