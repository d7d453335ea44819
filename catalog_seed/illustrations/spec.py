"""What a picture is drawn from."""

from dataclasses import dataclass


class IllustrationError(ValueError):
    """A product cannot be drawn; the message names the SKU and the value at fault."""


@dataclass(frozen=True, kw_only=True)
class IllustrationSpec:
    """The facts of one product that its picture shows; equal specs give equal pixels.

    `category_slug` and `region_slug` are slugs of categories.csv and regions.csv, `spec_zh` is the
    pack as written on the shelf (`250g/袋`) and `unit` its last word (`袋`).
    """

    sku: str
    name_zh: str
    spec_zh: str
    unit: str
    category_slug: str
    region_slug: str
