"""kill −9 while a file is stored or a photo encoded: nothing half-stored is ever shown, and nothing waits for ever."""

import datetime as dt

import pytest
import time_machine

from shop.files.models import FileAccount, FileKind, StoredFile
from shop.files.services import LEASE, encode_photos, store_file, sweep_files
from tests.faults import story
from tests.files.uploads import photo
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("files.bytes_written", "files.photo_written")


def test_a_kill_in_storing_and_encoding(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)

    def store() -> None:
        store_file(
            upload=photo(),
            kind=FileKind.PHOTO,
            owner_type="return",
            owner_key="7",
            uploaded_by=None,
            account="guest:1",
        )

    assert in_process(store, kill_at=POINTS[0], at=story.START) == KILLED
    assert (StoredFile.objects.count(), FileAccount.objects.count()) == (0, 0)
    assert in_process(store, at=story.START) == 0
    assert in_process(encode_photos, kill_at=POINTS[1], at=story.START) == KILLED
    assert StoredFile.objects.get().ready_at is None
    with time_machine.travel(story.START + LEASE + dt.timedelta(seconds=1), tick=False):
        assert encode_photos() == 1
        assert encode_photos() == 0
    assert StoredFile.objects.get().ready_at is not None
    uploads = list(tmp_path.rglob("*.upload"))
    assert len(list(tmp_path.rglob("*.webp"))) == 2
    # That of the first try: no row names it, and a day later it goes.
    assert [path.name[:32] == StoredFile.objects.get().key.hex for path in uploads] == [False]
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=2), tick=False):
        assert sweep_files() == 1
    assert len(list(tmp_path.rglob("*.webp"))) == 2
    assert not list(tmp_path.rglob("*.upload"))
