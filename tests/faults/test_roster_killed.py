"""kill −9 while a list of people is taken over: all of them or nobody, and once."""

import pytest
import time_machine

from shop.procurement import services
from shop.procurement.models import PurchaseRequest
from shop.procurement.roster_files import read_roster
from shop.procurement.roster_models import Roster, RosterFile, RosterPerson
from tests.faults import story
from tests.process import KILLED, in_process
from tests.procurement.cast import draft, make_goods, make_union
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("procurement.roster.people_written", "procurement.roster.before_commit")
FIRST = "姓名,部门\n张三,财务部\n".encode()
LIST = "姓名,部门,份数\n李四,财务部,\n王五,财务部,2\n赵六,工会,1\n".encode()


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_list_of_people_is_whole_or_nothing(point: str) -> None:
    with time_machine.travel(story.START, tick=False):
        union, goods = make_union(), make_goods()
        request = draft(union, goods)
        before = _stored(request, FIRST, union.buyer.pk)
        _confirm(request, before, union.buyer.pk)
        seen = _stored(request, LIST, union.buyer.pk)

    for _again in range(2):
        assert (
            in_process(lambda: _confirm(request, seen, union.buyer.pk), kill_at=point, at=story.START)
            == KILLED
        )
        assert Roster.objects.get().digest == before
        assert list(RosterPerson.objects.values_list("name", flat=True)) == ["张三"]
        assert RosterFile.objects.get().digest == seen
    for _again in range(2):
        assert in_process(lambda: _confirm(request, seen, union.buyer.pk), at=story.START) == 0
        assert Roster.objects.values_list("digest", "headcount", "sets").get() == (seen, 3, 4)
        assert RosterPerson.objects.count() == 3
        assert not RosterFile.objects.exists()
    assert_kept()


def _stored(request: PurchaseRequest, raw: bytes, actor_id: int) -> str:
    read = read_roster(raw)
    return services.store_roster(request_id=request.pk, name="a.csv", read=read, actor_id=actor_id).digest


def _confirm(request: PurchaseRequest, seen: str, actor_id: int) -> None:
    services.confirm_roster(request_id=request.pk, seen=seen, are_sure=False, actor_id=actor_id)
