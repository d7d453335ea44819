"""An organisation as an order knows it: a snapshot, neutral of how organisations are kept."""

from dataclasses import dataclass

#: Dimensions of the counting rules (section 4). A purchase without a unit is a resident's.
RESIDENT = "resident"
DIRECT, ASSISTED = "direct", "assisted"


@dataclass(frozen=True)
class BuyingUnit:
    """Who a purchase is credited to: code, name on the day, buyer kind and mode (direct or assisted).

    `demo`: a demonstration organisation, whose orders are demonstration data.
    """

    code: str
    name: str
    kind: str
    mode: str
    demo: bool = False
