"""kill −9 while a digest goes to a group bot: every notice arrives, and none is marked that did not."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from shop.notifications.digests import send_limited_notices
from shop.notifications.models import SupplierNotice
from shop.notifications.services import write_supplier_notice
from tests.faults import story
from tests.fulfilment.cast import mixed_order
from tests.notifications.cast import make_channel
from tests.notifications.peers import WecomPeer
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("notifications.digest_claimed", "notifications.digest_sent")
KEY = "6f1ed002-ab12-4c6d-9f1f-000000000001"


@pytest.fixture
def peer(settings: Settings) -> Iterator[WecomPeer]:
    peer = WecomPeer(KEY)
    settings.WECOM_ENABLED, settings.WECOM_API_BASE = True, peer.base
    yield peer
    peer.stop()
    assert peer.wrong == []


#: Killed before it is sent it goes out once; killed before it is marked a second time: a bot knows no keys.
@pytest.mark.parametrize(("point", "told"), [(POINTS[0], 1), (POINTS[1], 2)])
def test_a_killed_digest_goes_out_again(peer: WecomPeer, point: str, told: int) -> None:
    with time_machine.travel(story.START, tick=False):
        order = mixed_order()
        make_channel(order.first.supplier, "wecom", KEY)
        for key in ("a", "b"):
            write_supplier_notice(
                key=key, kind="supplier_new_order", record=order.record, supplier=order.first.supplier
            )
    assert in_process(send_limited_notices, kill_at=point, at=story.START) == KILLED
    assert set(SupplierNotice.objects.values_list("state", flat=True)) == {"pending"}
    with time_machine.travel(story.START + dt.timedelta(minutes=10), tick=False):
        assert send_limited_notices() == 2
        assert send_limited_notices() == 0
    assert set(SupplierNotice.objects.values_list("state", flat=True)) == {"sent"}
    assert [text.count(order.record.number) for text in peer.texts[KEY]] == [2] * told
