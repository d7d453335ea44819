"""Contact sheet for review: `python -m catalog_seed.illustrations --sheet out.png WC-TEA-001 LQ-CRF-005`."""

import argparse
import csv
from pathlib import Path

from PIL import Image

from .draw import draw_product
from .spec import IllustrationSpec

PRODUCTS = Path(__file__).resolve().parent.parent / "data" / "products.csv"
GAP = 8


def read_specs(path: Path = PRODUCTS) -> dict[str, IllustrationSpec]:
    """Specs of every product of a products.csv, by SKU, in file order."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["sku"]: IllustrationSpec(
                sku=row["sku"],
                name_zh=row["name_zh"],
                spec_zh=row["spec_zh"],
                unit=row["unit"],
                category_slug=row["category"],
                region_slug=row["region_slug"],
            )
            for row in csv.DictReader(file)
        }


def contact_sheet(specs: list[IllustrationSpec], *, columns: int = 6, side: int = 250) -> Image.Image:
    """Draw the specs into one picture, `columns` to a row, each `side` pixels wide."""
    rows = -(-len(specs) // columns)
    sheet = Image.new("RGB", (columns * (side + GAP) + GAP, rows * (side + GAP) + GAP), "white")
    for place, spec in enumerate(specs):
        picture = draw_product(spec).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(picture, (GAP + place % columns * (side + GAP), GAP + place // columns * (side + GAP)))
    return sheet


def main() -> None:
    """Read the arguments, draw, write the sheet."""
    parser = argparse.ArgumentParser(prog="python -m catalog_seed.illustrations", description=__doc__)
    parser.add_argument("--sheet", type=Path, required=True, help="PNG file to write")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--side", type=int, default=250, help="pixels of one picture")
    parser.add_argument("skus", nargs="*", metavar="SKU", help="default: every product")
    arguments = parser.parse_args()
    specs = read_specs()
    unknown = [sku for sku in arguments.skus if sku not in specs]
    if unknown:
        parser.error(f"not in {PRODUCTS.name}: {', '.join(unknown)}")
    chosen = [specs[sku] for sku in arguments.skus] or list(specs.values())
    contact_sheet(chosen, columns=arguments.columns, side=arguments.side).save(arguments.sheet)


if __name__ == "__main__":
    main()
