"""kill −9 while a unit's list is taken over: all of it or nothing, and once."""

import pytest
import time_machine

from shop.procurement import services
from shop.procurement.checking import check_rows
from shop.procurement.drafts import lines_of, rows_of
from shop.procurement.models import UploadFile
from shop.procurement.uploads import read_list
from tests.faults import story
from tests.process import KILLED, in_process
from tests.procurement.cast import make_goods, make_union
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("procurement.upload.lines_written", "procurement.upload.before_commit")
LIST = "货号,数量\nWC-TEA-001,20\nLQ-FRT-001,7\n".encode()


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_list_is_whole_or_nothing_and_ends_the_same(point: str) -> None:
    with time_machine.travel(story.START, tick=False):
        union, goods = make_union(), make_goods()
        request = services.create_request(organisation_id=union.unit.pk, actor_id=union.buyer.pk)
        services.save_quantities(request_id=request.pk, quantities={goods.tea.pk: 1}, actor_id=union.buyer.pk)
        upload = services.store_upload(
            request_id=request.pk, name="a.csv", read=read_list(LIST), actor_id=union.buyer.pk
        )
        seen = check_rows(rows_of(upload), columns=upload.columns).digest

    def take_over() -> None:
        services.apply_upload(upload_id=upload.pk, seen=seen, replace=False, actor_id=union.buyer.pk)

    for _again in range(2):
        assert in_process(take_over, kill_at=point, at=story.START) == KILLED
        assert lines_of(request) == {goods.tea.pk: 1}
        assert UploadFile.objects.get().applied_at is None
    for _again in range(2):
        assert in_process(take_over, at=story.START) == 0
        assert lines_of(request) == {goods.tea.pk: 21, goods.pears.pk: 7}
    assert_kept()
