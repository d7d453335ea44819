"""What the demonstration shop asks of units' purchases: a price band, reference prices, contracts from a sum on."""

import datetime as dt

from shop.core import clock
from shop.listings.models import Listing, ListingState
from shop.procurement.rule_models import ContractRule, PriceBand, ReferencePrice
from shop.procurement.rules import set_contract_rule, set_price_band, set_reference_price

BAND_BP = 1_000
CONTRACT_FEN = 300_000
#: The day before the first demonstration request.
DAYS_AGO = 70
REFERENCES = 12
SOURCE = "演示：批发市场周报"


def make_demo_rules(actor_id: int) -> None:
    """Let the rules hold from before the first request on, where none does; a second run changes nothing."""
    with clock.set_to(clock.now() - dt.timedelta(days=DAYS_AGO)):
        today = clock.today()
        if not PriceBand.objects.exists():
            set_price_band(over_bp=BAND_BP, starts_on=today, actor_id=actor_id)
        if not ContractRule.objects.exists():
            set_contract_rule(from_fen=CONTRACT_FEN, starts_on=today, actor_id=actor_id)
        if ReferencePrice.objects.exists():
            return
        listings = Listing.objects.filter(state=ListingState.PUBLISHED).order_by("sku")
        for listing in listings[:REFERENCES]:
            # A little above the list price: the demonstration explains nothing.
            fen = listing.price_fen * 103 // 100
            set_reference_price(sku=listing.sku, fen=fen, source=SOURCE, noted_on=today, actor_id=actor_id)
