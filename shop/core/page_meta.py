"""What search engines and shared links are told of a page. A page that is told of nothing is not for them."""

from collections.abc import Iterable
from typing import NamedTuple

from shop.core.addresses import absolute


class Crumb(NamedTuple):
    """A page above this one, or the page itself."""

    name: str
    address: str


class SharedPicture(NamedTuple):
    """The picture that a shared link shows, and its size in pixels."""

    address: str
    width: int
    height: int


class PageMeta(NamedTuple):
    """A page as it is to be found: values that can be compared, for pieces that are drawn once. Addresses are whole.

    `address` is the one under which these contents are to be known; `crumbs` leads from the first page to the page
    itself and is empty where there is nothing between. `kind` is Open Graph's type.
    """

    address: str
    title: str
    description: str = ""
    picture: SharedPicture | None = None
    crumbs: tuple[Crumb, ...] = ()
    kind: str = "website"


def way(steps: Iterable[tuple[str, str]]) -> tuple[Crumb, ...]:
    """Return crumbs of names and paths."""
    return tuple(Crumb(name, absolute(path)) for name, path in steps)
