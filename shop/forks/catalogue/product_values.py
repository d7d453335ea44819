"""The values that a product's page is made of. They can be compared: the page is drawn once for equal ones."""

from typing import NamedTuple


class Shown(NamedTuple):
    """The product itself; money in fen."""

    product_id: int
    title: str
    summary: str
    spec: str
    unit_word: str
    units_word: str
    price_fen: int
    unit_price_fen: int | None
    unit_price_label: str
    is_available: bool
    is_demo: bool
    min_quantity: int = 1
    quantity_step: int = 1


class Picture(NamedTuple):
    """Addresses of a picture, 800 and 400 px wide."""

    url: str
    url_small: str
    is_illustration: bool


class Place(NamedTuple):
    """The region, in the visitor's language."""

    slug: str
    name: str
    full_name: str
    programme_name: str
    url: str


class Certificate(NamedTuple):
    """A certificate by its name."""

    name: str


class Pack(NamedTuple):
    """Another size or packing of the same goods; money in fen."""

    name: str
    url: str
    price_fen: int
    unit_price_fen: int | None
    unit_price_label: str
    is_current: bool
    is_available: bool


class Promise(NamedTuple):
    """What the buyer may count on: time, freight, returns."""

    label: str
    text: str
    url: str = ""


class Contribution(NamedTuple):
    """What one piece adds to the region's total of the year, in fen."""

    fen: int
    confirmed_fen: int
    target_fen: int | None


class OriginRow(NamedTuple):
    """A line about where the goods come from."""

    label: str
    value: str
    url: str = ""


class OriginShown(NamedTuple):
    """Where the goods come from."""

    place: str
    place_detail: str
    rows: tuple[OriginRow, ...]
    note: str


class Offered(NamedTuple):
    """What search engines are told of the offer; pictures by their whole addresses. `brand` may be empty."""

    sku: str
    brand: str
    seller: str
    category: str
    price_fen: int
    pictures: tuple[str, ...]
