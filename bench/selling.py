"""Sell at a steady pace through the shop's services, inside the shop: `selling.py PER_SECOND SECONDS`.

Every order is placed and paid; its lag is the time from the moment `order.paid` was written, in the transaction that
is then committed, to the moment when its last supplier's notice was handed to the channel. Prints one JSON object.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connections  # noqa: E402 - after the setup
from oscar.apps.basket.models import Basket  # noqa: E402

from shop.gateways import services as gateways  # noqa: E402
from shop.gateways.models import PaymentAttempt  # noqa: E402
from shop.gateways.providers import demo  # noqa: E402
from shop.listings.models import Listing, ListingState  # noqa: E402
from shop.listings.strategy import ShopStrategy  # noqa: E402
from shop.notifications.models import NoticeState, SupplierNotice  # noqa: E402
from shop.ordering import services as ordering  # noqa: E402
from shop.ordering.status import PayMethod  # noqa: E402
from shop.outbox.models import OutboxMessage  # noqa: E402

THREADS = 4
PATIENCE_SECONDS = 30.0
BUYER = ordering.Recipient(
    name="张三",
    phone="13800138000",
    province="浙江省",
    city="杭州市",
    county="萧山区",
    street="市心中路 1 号",
)


def _baskets(number: int) -> list[Basket]:
    """Fill the baskets before the clock runs: two products each, of two suppliers where neighbours differ."""
    plenty = Listing.objects.filter(
        state=ListingState.PUBLISHED, product__stockrecords__num_in_stock__gte=100
    ).select_related("product")
    goods = [listing.product for listing in plenty.order_by("sku")]
    baskets = []
    for count in range(number):
        basket = Basket.objects.create()
        basket.strategy = ShopStrategy()
        for product in (goods[count % len(goods)], goods[(count + len(goods) // 2) % len(goods)]):
            basket.add_product(product, 1)
        baskets.append(basket)
    return baskets


def _sell(basket: Basket) -> str:
    quote = ordering.quote_basket(basket=basket, province=BUYER.province)
    record = ordering.place_order(
        basket=basket,
        buyer=None,
        guest_phone=BUYER.phone,
        recipient=BUYER,
        method=PayMethod.DEMO,
        messages={},
        invoice_wish={},
        quoted=quote,
        demo=True,
    ).record
    started = gateways.start_payment(record=record, method=record.method)
    attempt = PaymentAttempt.objects.get(pk=started.attempt_id)
    for notice in demo.choose(attempt.reference, demo.Choice.SUCCEED):
        gateways.receive_notice(provider=PayMethod.DEMO, raw=notice.raw, headers=notice.headers)
    return record.number


def sell(per_second: float, seconds: float) -> tuple[list[str], float]:
    """Sell by the clock, however long an order takes; return the orders' numbers and the pace that was kept."""
    baskets = _baskets(round(per_second * seconds))
    began = time.monotonic()

    def at_its_time(number: int, basket: Basket) -> str:
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        return _sell(basket)

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = list(pool.map(at_its_time, range(len(baskets)), baskets))
    return numbers, len(numbers) / (time.monotonic() - began)


def lags(numbers: list[str]) -> list[float]:
    """Wait until every order's suppliers are told, or patience ends; return the seconds of those that are."""
    notices = SupplierNotice.objects.filter(record__number__in=numbers)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        told = set(notices.values_list("record__number", flat=True))
        if len(told) == len(numbers) and not notices.exclude(state=NoticeState.SENT).exists():
            break
        time.sleep(0.5)
    paid = dict(
        OutboxMessage.objects.filter(topic="order.paid", stream__in=numbers).values_list(
            "stream", "stored_at"
        )
    )
    last: dict[str, float] = {}
    for number, sent_at in notices.filter(state=NoticeState.SENT).values_list("record__number", "sent_at"):
        assert sent_at is not None, "what is sent has a time"
        last[number] = max(last.get(number, 0.0), (sent_at - paid[number]).total_seconds())
    return list(last.values())


def main() -> None:
    """Sell, wait, and print what was found."""
    numbers, pace = sell(float(sys.argv[1]), float(sys.argv[2]))
    connections.close_all()
    print(json.dumps({"orders": len(numbers), "pace": pace, "lags": lags(numbers)}))


if __name__ == "__main__":
    main()
