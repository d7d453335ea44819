"""kill −9 while a reimbursement pack is made: never half a pack, and it is made anew."""

from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from shop.certificates.packs.asking import ask_pack, of_order
from shop.operations.exports import make_waiting_exports
from shop.reporting.asking import folder, path_of
from shop.reporting.models import ExportJob
from tests.certificates.pack_cast import counted, files_in, invoiced, transferred
from tests.faults import story
from tests.process import KILLED, in_process
from tests.procurement.cast import approved, make_goods, make_union, shipped

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.mark.parametrize(
    ("point", "visit"),
    [("reporting.export_half", 1), ("reporting.export_half", 4), ("reporting.export_written", 1)],
)
def test_a_killed_pack_is_made_anew_and_was_never_half_a_file(point: str, visit: int) -> None:
    with time_machine.travel(story.START, tick=False):
        union = make_union()
        record = approved(union, make_goods(), tea=20, pears=3)
        transferred(record, serial="S1")
        counted(shipped(record), union, photos=2)
        invoiced(record)
        ask_pack(user=union.buyer, organisation=union.unit, query=of_order(record.number))
    assert in_process(make_waiting_exports, kill_at=point, visit=visit, at=story.START) == KILLED
    job = ExportJob.objects.get()
    assert (job.state, job.attempts, job.digest) == ("waiting", 1, "")
    whole = [path for path in folder().glob("*") if not path.name.startswith(".")]
    assert len(whole) == (1 if point == "reporting.export_written" else 0)
    # The lease still holds: nobody takes it yet.
    assert in_process(make_waiting_exports, at=story.START) == 0
    assert ExportJob.objects.get().attempts == 1
    assert in_process(make_waiting_exports, at=story.START + story.PAUSE) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.rows_done) == ("ready", 2, job.rows_wanted)
    files = files_in(job)
    assert sum(name.endswith(".jpg") for name in files) == 2
    assert len(path_of(job).read_bytes()) == job.size
