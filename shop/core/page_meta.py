"""What search engines and shared links are told of a page. A page that is told of nothing is not for them."""

from typing import NamedTuple


class Crumb(NamedTuple):
    """A page above this one, or the page itself: its name and its path."""

    name: str
    path: str


class SharedPicture(NamedTuple):
    """The path of the picture that a shared link shows, and its size in pixels."""

    path: str
    width: int
    height: int


class PageMeta(NamedTuple):
    """A page as it is to be found: values that can be compared, for pieces that are drawn once.

    `path` is the one path, with its query, under which these contents are to be known; `crumbs` leads from the first
    page to the page itself and is empty where there is nothing between. `kind` is Open Graph's type.
    """

    path: str
    title: str
    description: str = ""
    picture: SharedPicture | None = None
    crumbs: tuple[Crumb, ...] = ()
    kind: str = "website"
