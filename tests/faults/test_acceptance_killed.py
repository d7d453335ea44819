"""kill −9 while an acceptance is reported or approved: all of the step, or nothing."""

from typing import Any

import pytest
import time_machine

from shop.files.models import StoredFile
from shop.ordering.desk_models import Acceptance
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.models import AcceptanceReport, PayBy
from shop.procurement.services import Arrival, Counted
from tests.factories.buyers import make_terms
from tests.faults import story
from tests.files.uploads import photo
from tests.process import KILLED, in_process
from tests.procurement.cast import approved, make_goods, make_union, shipped
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

REPORTED, APPROVED = POINTS = (
    "procurement.acceptance_reported.before_commit",
    "procurement.acceptance_approved.before_commit",
)


def test_a_killed_acceptance_is_whole_or_nothing() -> None:
    with time_machine.travel(story.START, tick=False):
        union, goods = make_union(), make_goods()
        make_terms(organisation=union.unit, limit_fen=10_000_000)
        record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
        drain()
        shipped(record)
    line = record.shares.get().line_id

    def count() -> None:
        services.report_acceptance(
            record_id=record.pk,
            counted=[Counted(line, 19, damaged=1, reason="碎")],
            actor_id=union.buyer.pk,
            arrival=Arrival(photos=[photo()], form_key="k"),
        )

    later: dict[str, Any] = {"at": story.START + story.PAUSE}
    assert in_process(count, kill_at=REPORTED, **later) == KILLED
    assert (AcceptanceReport.objects.count(), StoredFile.objects.count()) == (0, 0)
    for _again in range(2):
        assert in_process(count, **later) == 0
    report = AcceptanceReport.objects.get()
    assert StoredFile.objects.count() == 1

    def approve() -> None:
        services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)

    counted: Any = lambda: (
        AcceptanceReport.objects.get().state,
        Acceptance.objects.count(),
        OutboxMessage.objects.filter(topic="order.reduced").count(),
    )
    assert in_process(approve, kill_at=APPROVED, **later) == KILLED
    assert counted() == ("reported", 0, 0)
    for _again in range(2):
        assert in_process(approve, **later) == 0
        assert counted() == ("approved", 1, 1)
    assert in_process(drain, at=story.START + 2 * story.PAUSE) == 0
    assert_kept()
