"""The values that a product's page is made of. They can be compared: the page is drawn once for equal ones."""

from typing import NamedTuple


class Shown(NamedTuple):
    """The product itself; money in fen. `prices`: what a piece costs from each number on, "1:19800 10:19000"."""

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
    prices: str
    min_quantity: int = 1
    quantity_step: int = 1


class Picture(NamedTuple):
    """Addresses of a picture, 800 and 400 px wide; `url_plain` for browsers that know no WebP."""

    url: str
    url_small: str
    url_plain: str
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
    """A size or packing of the same goods; money in fen, `prices` as those of the product itself."""

    product_id: int
    name: str
    add_url: str
    prices: str
    url: str
    price_fen: int
    unit_price_fen: int | None
    unit_price_label: str
    is_current: bool
    is_available: bool


class PackLeft(NamedTuple):
    """How many of a pack one may order now, and what the page says of its stock."""

    product_id: int
    most: int
    text: str


class Promise(NamedTuple):
    """What the buyer may count on: time, freight, returns. `province`: the one it is said for, which may be changed."""

    label: str
    text: str
    url: str = ""
    province: str = ""


class Province(NamedTuple):
    """A place that goods are sent to: its name in addresses, and the one that the visitor reads."""

    code: str
    name: str


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
