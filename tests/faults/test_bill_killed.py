"""kill −9 while a channel's bill is imported: the file and all of its lines are there, or none."""

import pytest
import time_machine

from shop.gateways import services
from shop.gateways.bill_models import BillFile
from shop.gateways.models import BillImport, BillLine
from tests.faults import story
from tests.gateways.bill_files import wechat
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("gateways.bill_file.before_commit",)


def test_a_killed_bill_is_whole_or_nothing() -> None:
    with time_machine.travel(story.START, tick=False):
        day = story.START.date().replace(day=1)
    raw = wechat(day, *[(f"42{number:05d}", f"own-{number}", "1.00", "0", "", "") for number in range(3)])

    def upload() -> None:
        services.upload_bill(provider="wechat", day=day, name="w.csv", raw=raw, uploaded_by=901)

    assert in_process(upload, kill_at=POINTS[0], at=story.START) == KILLED
    counts = [model.objects.count() for model in (BillFile, BillLine, BillImport)]
    assert counts == [0, 0, 0]
    for _again in range(2):
        assert in_process(upload, at=story.START + story.PAUSE) == 0
    counts = [model.objects.count() for model in (BillFile, BillLine, BillImport)]
    assert counts == [1, 3, 1]
