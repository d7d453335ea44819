"""What a picture says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceLine:
    """A place and its fen. `slug` chooses the drawing, `seal` is its one character."""

    slug: str
    seal: str
    name: str
    short: str
    fen: int


@dataclass(frozen=True)
class ImageSpec:
    """A certificate as the picture shows it: `places` with the largest sum first; nobody's name, phone or address."""

    shop_name: str
    shop_subline: str
    year: int
    fen: int
    orders: int
    as_of: str
    code: str
    link: str
    demo: bool
    places: tuple[PlaceLine, ...]
