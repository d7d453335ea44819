"""Make the demonstration orders."""

from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog_seed.demo_admission import make_demo_applications
from catalog_seed.demo_bank import make_demo_bank, read_demo_bill
from catalog_seed.demo_claims import make_demo_claims
from catalog_seed.demo_coupons import make_demo_campaigns
from catalog_seed.demo_goods import make_demo_origins
from catalog_seed.demo_leads import make_demo_leads
from catalog_seed.demo_orders import COUNT, Cast, make
from catalog_seed.demo_prices import make_demo_prices
from catalog_seed.demo_reviews import make_demo_reviews
from catalog_seed.demo_settlement import make_demo_settlement, make_demo_terms
from catalog_seed.demo_unit import UNIT_COUNT, make_demo_unit, make_unit_requests
from shop.accounts.demo import DEMO_SUPPLIERS, demo_people, make_demo_users
from shop.accounts.models import User
from shop.outbox.relay import drain
from worker.routes import ROUTES


class Command(BaseCommand):
    """Creates the demonstration people and about sixty orders; a second run changes nothing."""

    help = "Makes demonstration orders through the services; only where SHOP_DEMO is on."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the plan with a progress bar."""
        if not settings.SHOP_DEMO:
            raise CommandError("SHOP_DEMO is off: demonstration orders never mix with real ones.")
        make_demo_users()
        people = demo_people()
        resident, teller, reviewer = (User.objects.get(phone=people[index].phone) for index in (0, 3, 4))
        cast = Cast(resident=resident, teller=teller, reviewer=reviewer)
        make_demo_terms(cast)
        total = COUNT + UNIT_COUNT
        union = make_demo_unit()
        steps = chain(make(cast), make_unit_requests(union))
        done = sum(tqdm(steps, total=total, desc="demo orders", disable=None))
        applications = make_demo_applications()
        seller = User.objects.get(phone=people[1].phone)
        claims = make_demo_claims(supplier=seller, supplier_code=DEMO_SUPPLIERS[0], checker=reviewer)
        origins = make_demo_origins(supplier=seller, supplier_code=DEMO_SUPPLIERS[0], checker=reviewer)
        coupons = make_demo_campaigns(cast)
        leads = make_demo_leads()
        reviews = make_demo_reviews(cast=cast, seller=seller)
        prices = make_demo_prices(union)
        lines = make_demo_bank(cast) + read_demo_bill()
        # A request that only waits for its approver has told of itself after the last order was settled.
        drain(ROUTES)
        lists = make_demo_settlement(cast)
        self.stdout.write(f"demo applications: {applications} advanced")
        self.stdout.write(f"demo origin claims: {claims} moved")
        self.stdout.write(f"demo lots and test reports: {origins} new")
        self.stdout.write(f"demo campaigns and coupons: {coupons} new")
        self.stdout.write(f"demo negotiations: {leads} new")
        self.stdout.write(f"demo reviews: {reviews} written")
        self.stdout.write(f"demo price requests: {prices} advanced")
        self.stdout.write(f"demo bank and bills: {lines} new lines")
        self.stdout.write(f"demo settlement: {lists} new pay-out lists")
        self.stdout.write(f"demo orders: {total} planned, {done} advanced")
