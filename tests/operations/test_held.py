"""The staff's page of notices held after a restore, and the queue of parcels that need a person."""

import pytest
from django.test import Client

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.models import Parcel
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.operations.restores import HELD, begin_restored, unless_catching_up
from shop.operations.selectors import kinds_of_work, work_queue
from tests.factories import make_cast, make_supplier
from tests.fulfilment.cast import mixed_order, ship

pytestmark = pytest.mark.django_db


def notice(key: str, state: str = "dead", error: str = HELD) -> BuyerNotice:
    now = clock.now()
    return BuyerNotice.objects.create(
        key=key,
        kind="buyer_paid",
        address="buyer@example.com",
        subject=f"订单 {key}",
        body="",
        state=state,
        last_error=error,
        due_at=now,
        created_at=now,
    )


@pytest.fixture
def staff() -> Client:
    cast = make_cast(supplier=make_supplier(code="tea-co"), other_supplier=make_supplier(code="pear-co"))
    client = Client()
    client.force_login(cast.staff)
    return client


def states() -> dict[str, tuple[str, str]]:
    return {one.key: (one.state, one.last_error) for one in BuyerNotice.objects.all()}


def test_staff_decide_about_what_is_ticked_and_nothing_else(staff: Client) -> None:
    sent, told, left = notice("send"), notice("told"), notice("left")
    given_up = notice("given-up", error="SMTPException")
    page = staff.get("/dashboard/held-notices/").content.decode()
    assert ("订单 send" in page, "订单 given-up" in page) == (True, False)
    for ids, act in (([sent.pk, given_up.pk], "send"), ([told.pk], "told")):
        answer = staff.post("/dashboard/held-notices/buyers/decide/", {"notice": ids, "act": act})
        assert answer.status_code == 302
    assert states() == {
        "send": ("pending", ""),
        "told": ("sent", "told before the restore"),
        "left": ("dead", HELD),
        "given-up": ("dead", "SMTPException"),
    }
    assert left.state == "dead"
    actions = JournalEntry.objects.filter(object_type="buyernotice").values_list("action", flat=True)
    assert sorted(actions) == ["notice.sent_after_restore", "notice.told_before_restore"]


@pytest.mark.parametrize(
    ("receivers", "sent"),
    [
        ("buyers", {"act": "burn"}),
        ("buyers", {"act": "send", "notice": "1; DROP"}),
        ("buyers", {"act": "send", "notice": "9" * 30}),
        ("nobody", {"act": "send"}),
    ],
)
def test_nonsense_is_not_found_and_changes_nothing(
    staff: Client, receivers: str, sent: dict[str, str]
) -> None:
    notice("held")
    answer = staff.post(f"/dashboard/held-notices/{receivers}/decide/", sent)
    assert (answer.status_code, states()) == (404, {"held": ("dead", HELD)})


def test_a_restored_shop_holds_what_waits_and_sends_nothing() -> None:
    notice("waiting", state="pending", error="")
    assert begin_restored(copied_at=clock.now(), name="shop-1") == 1
    assert begin_restored(copied_at=clock.now(), name="shop-1") == 0
    assert states() == {"waiting": ("dead", HELD)}
    assert unless_catching_up(lambda: 7)() == 0


def test_every_kind_of_work_is_in_the_queue_once() -> None:
    """Parcels and money going back were once left out of it."""
    works = kinds_of_work(SYSTEM, clock.now())
    codes = [work.code for work in works]
    assert len(codes) == len(set(codes)) == 48
    assert {
        "parcel",
        "parcel_trouble",
        "parcel_no_news",
        "reshipment",
        "reshipment_trouble",
        "refundrequest",
        "payout_make",
    } <= set(codes)


def test_a_parcel_in_trouble_is_work_until_it_is_seen_to(staff: Client) -> None:
    parcel = ship(mixed_order().first)
    Parcel.objects.update(trouble="refused", trouble_at=clock.now(), clock_stopped_at=clock.now())
    assert "parcel_trouble" in {item.kind for item in work_queue(SYSTEM, clock.now())}
    listed = staff.get("/dashboard/parcels/?list=trouble").content.decode()
    assert (parcel.tracking_number in listed, "收件人拒收" in listed) == (True, True)
    staff.post(f"/dashboard/parcels/{parcel.pk}/settled/", {"note": "已联系买家"})
    assert "parcel_trouble" not in {item.kind for item in work_queue(SYSTEM, clock.now())}
    assert staff.get("/dashboard/parcels/?list=nowhere").status_code == 404
