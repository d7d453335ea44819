"""A unit's measurements inside the shop, each of which prints one line of JSON at its end.

`stock UNITS` gives every product on sale so many units in the bulk pool and makes a union; `pad LINES` lets a list of
so many lines become an order, and says how long each step took and how often it asked the database.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402 - after the setup
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from oscar.apps.partner.models import StockRecord  # noqa: E402

from shop.accounts.models import User  # noqa: E402
from shop.buyers.models import BuyerKind, MemberRole, Organisation, OrganisationState  # noqa: E402
from shop.buyers.services import add_member  # noqa: E402
from shop.core import clock  # noqa: E402
from shop.listings.models import CatalogueChange, Listing, ListingState  # noqa: E402
from shop.ordering.models import StockBalance  # noqa: E402
from shop.ordering.services import Recipient  # noqa: E402
from shop.procurement import services  # noqa: E402
from shop.procurement.models import PayBy  # noqa: E402

_CODE = "bench-union"
_PEOPLE = {MemberRole.BUYER: "+8617000000091", MemberRole.APPROVER: "+8617000000092"}
_RECIPIENT = Recipient(
    name="周采宁",
    phone="+8617000000091",
    province="浙江省",
    city="杭州市",
    county="萧山区",
    street="北干街道示例路 1 号",
)
#: Every so many rows one has a SKU that is nobody's.
_BAD_EVERY = 50


def stock(units: int) -> dict[str, int]:
    """Fill the bulk pool, and make a verified union with a buyer and an approver."""
    records = StockRecord.objects.filter(product__listing__state=ListingState.PUBLISHED)
    known = StockBalance.objects.filter(pool="bulk").values("stockrecord")
    StockBalance.objects.bulk_create(
        [
            StockBalance(stockrecord=record, pool="bulk", on_hand=units)
            for record in records.exclude(pk__in=known)
        ],
        batch_size=2_000,
    )
    unit, _ = Organisation.objects.get_or_create(
        code=_CODE,
        defaults={
            "name": "计时工会",
            "kind": BuyerKind.UNION,
            "state": OrganisationState.VERIFIED,
            "registered_at": clock.now(),
            "verified_by": 1,
            "verified_at": clock.now(),
        },
    )
    for role, phone in _PEOPLE.items():
        if not User.objects.filter(phone=phone).exists():
            person = User.objects.create_user(phone=phone)
            add_member(organisation_id=unit.pk, user_id=person.pk, role=role, actor_id=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"balances": StockBalance.objects.filter(pool="bulk").count()}


class _Walk:
    """One list on its way to an order; keeps how long each step took and how often it asked."""

    def __init__(self) -> None:
        self.buyer, self.approver = (self._client(phone) for phone in _PEOPLE.values())
        self.steps: dict[str, tuple[float, int]] = {}

    def _client(self, phone: str) -> Client:
        # As the proxy before a production server asks; the embedded shop asks for neither.
        client = Client(headers={"Host": "127.0.0.1", "X-Forwarded-Proto": "https"})
        client.force_login(User.objects.get(phone=phone))
        return client

    def step(self, name: str, act: Callable[[], Any], *, status: int) -> Any:
        """Do a step, which must answer with this status, and note its cost."""
        # As after a change of the catalogue: a long list is too large to be remembered, a short one is not.
        CatalogueChange.objects.create(mark=1)
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            answer = act()
            seconds = time.perf_counter() - began
        assert answer.status_code == status, (name, answer.status_code)
        self.steps[name] = (seconds, len(captured))
        return answer


def pad(lines: int) -> dict[str, Any]:
    """Let one list of so many lines become an order."""
    rows = [f"{sku},1" for sku in _skus(lines)]
    rows[::_BAD_EVERY] = [f"{row.partition(',')[0]}-X,1" for row in rows[::_BAD_EVERY]]
    walk = _Walk()
    unit = Organisation.objects.get(code=_CODE)
    buyer_id = User.objects.get(phone=_PEOPLE[MemberRole.BUYER]).pk
    request = services.create_request(organisation_id=unit.pk, actor_id=buyer_id)
    page = f"/unit/requests/{request.number}/"
    walk.buyer.get(page)
    file = SimpleUploadedFile("list.csv", "\n".join(["货号,数量", *rows]).encode("gb18030"))
    preview = walk.step("upload", lambda: walk.buyer.post(f"{page}upload/", {"file": file}), status=302)[
        "Location"
    ]
    shown = walk.step("preview", lambda: walk.buyer.get(preview), status=200)
    seen = {"seen": _hidden(shown, "seen")}
    walk.step("confirm", lambda: walk.buyer.post(f"{preview}confirm/", seen), status=302)
    walk.step("pad", lambda: walk.buyer.get(page), status=200)
    services.save_delivery(
        request_id=request.pk,
        recipient=_RECIPIENT,
        pay_by=PayBy.TRANSFER,
        message="",
        purpose="",
        actor_id=buyer_id,
    )
    review = walk.step("review", lambda: walk.buyer.get(f"{page}submit/"), status=200)
    digest = {"digest": _hidden(review, "digest")}
    walk.step("submit", lambda: walk.buyer.post(f"{page}submit/", digest), status=302)
    asked = walk.step("read", lambda: walk.approver.get(page), status=200)
    decision = {"decision": "approve", "seen": _hidden(asked, "seen")}
    placed = walk.step("approve", lambda: walk.approver.post(f"{page}decide/", decision), status=302)
    assert "/unit/orders/" in placed["Location"], "the order was not placed"
    return {"steps": walk.steps}


def _skus(lines: int) -> list[str]:
    """Return goods that are delivered to the recipient's province: the first ones by SKU."""
    found = Listing.objects.filter(state=ListingState.PUBLISHED, product__is_public=True)
    skus = list(found.order_by("pk").values_list("sku", flat=True)[:lines])
    assert len(skus) == lines, f"there are only {len(skus)} goods"
    return skus


def _hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w+)"', answer.content.decode())
    assert found, name
    return found[1]


def main() -> None:
    """Do what the first word says."""
    name, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"stock": stock, "pad": pad}[name](number)))


if __name__ == "__main__":
    main()
