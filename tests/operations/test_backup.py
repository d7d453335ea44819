"""A backup is whole and unchanged or it is refused; what is refused changes nothing."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from shop.operations.backup import making, media
from shop.operations.backup.making import back_up, prune
from shop.operations.backup.manifest import BackupError, Manifest, read_manifest
from shop.operations.models import Restore
from shop.ordering.models import OrderRecord
from tests.factories import make_product, make_supplier, place

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
PICTURE = b"RIFF....WEBP" * 40_000


def order() -> OrderRecord:
    """Return an order of one unit."""
    return place(lines=[(make_product(supplier=make_supplier(), stock=9), 1)])


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "pictures").mkdir(parents=True)
    (root / "pictures" / "tea.webp").write_bytes(PICTURE)
    settings.MEDIA_ROOT = str(root)
    # The other engine's tests run at the same time: its lock is not ours.
    settings.DATA_DIR = tmp_path
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A backup of a shop with one order."""
    order()
    return back_up(to=tmp_path / "backups", say=lambda text: None)


def restore(folder: Path, *words: str) -> str:
    out = StringIO()
    call_command("restore_shop", f"--from={folder}", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_shop_comes_back_as_it_was_with_its_files(copy: Path, media_root: Path) -> None:
    [number] = OrderRecord.objects.values_list("number", flat=True)
    order()
    shutil.rmtree(media_root)
    assert OrderRecord.objects.count() == 2
    assert "restored: the shop as of" in restore(copy, "--replace")
    assert list(OrderRecord.objects.values_list("number", flat=True)) == [number]
    assert (media_root / "pictures" / "tea.webp").read_bytes() == PICTURE
    mark = Restore.objects.get()
    assert (mark.name, mark.is_open) == (copy.name, False)


def test_the_manifest_tells_what_is_in_it(copy: Path) -> None:
    manifest = read_manifest(copy)
    assert manifest.engine == connection.vendor
    assert manifest.counts["ordering_orderrecord"] == 1
    assert "0001_initial" in manifest.migrations["ordering"]
    assert set(manifest.files) == {path.name for path in copy.iterdir()} - {"manifest.json"}
    assert all((copy / name).stat().st_size == part.size for name, part in manifest.files.items())


def test_a_shop_that_is_not_empty_is_not_replaced_unasked(copy: Path) -> None:
    order()
    with pytest.raises(CommandError, match="--replace"):
        restore(copy)
    assert (OrderRecord.objects.count(), Restore.objects.count()) == (2, 0)


def _cut(copy: Path) -> None:
    part = next(path for path in copy.iterdir() if path.name.startswith("database"))
    part.write_bytes(part.read_bytes()[:-1])


def _flip(copy: Path) -> None:
    raw = bytearray((copy / media.NAME).read_bytes())
    raw[5000] ^= 1
    (copy / media.NAME).write_bytes(raw)


def _lose(copy: Path) -> None:
    (copy / media.NAME).unlink()


def _edit(copy: Path) -> None:
    told = json.loads((copy / "manifest.json").read_text())
    told["counts"]["ordering_orderrecord"] = 7
    (copy / "manifest.json").write_text(json.dumps(told))


def _unfinished(copy: Path) -> None:
    (copy / "manifest.json").unlink()


def _rubbish(copy: Path) -> None:
    (copy / "manifest.json").write_text("{")


@pytest.mark.parametrize("harm", [_cut, _flip, _lose, _edit, _unfinished, _rubbish])
def test_what_is_not_whole_or_was_changed_is_refused(copy: Path, harm: Any, media_root: Path) -> None:
    harm(copy)
    order()
    (media_root / "pictures" / "tea.webp").write_bytes(b"new")
    with pytest.raises(CommandError):
        restore(copy, "--replace")
    assert (OrderRecord.objects.count(), Restore.objects.count()) == (2, 0)
    assert (media_root / "pictures" / "tea.webp").read_bytes() == b"new"


def test_another_key_has_to_be_named(copy: Path, settings: Any) -> None:
    settings.SECRET_KEY = "another key of another machine, fifty characters long"
    with pytest.raises(CommandError, match="--other-key"):
        restore(copy, "--replace")
    assert "restored" in restore(copy, "--replace", "--other-key")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"engine": "oracle"}, "other_engine"),
        ({"migrations": {"ordering": ["9999_from_the_future"]}}, "newer"),
        ({"format": 2}, "unreadable"),
    ],
)
def test_a_backup_of_another_shop_is_refused(copy: Path, change: dict[str, Any], code: str) -> None:
    told = json.loads((copy / "manifest.json").read_text()) | change
    (copy / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(BackupError) as refused:
        making.restore(folder=copy, replace=True, other_key=True, say=lambda text: None)
    assert refused.value.code == code
    assert (OrderRecord.objects.count(), Restore.objects.count()) == (1, 0)


def test_a_backup_that_was_cut_off_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(media, "write_media", full)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("backup_shop", f"--to={tmp_path / 'backups'}", stderr=StringIO())
    [left] = (tmp_path / "backups").iterdir()
    assert left.name.endswith(".partial")
    with pytest.raises(CommandError):
        restore(left, "--replace")


@pytest.mark.parametrize("eighth", range(8))
def test_a_damaged_database_leaves_the_present_one_alone(
    copy: Path, monkeypatch: pytest.MonkeyPatch, eighth: int
) -> None:
    """Digests and seal hold, yet the database cannot be read: made so by whoever wrote the backup."""
    part = next(path for path in copy.iterdir() if path.name.startswith("database"))
    raw = bytearray(part.read_bytes())
    begin = len(raw) * eighth // 8
    raw[begin : begin + 4096] = bytes(4096)
    part.write_bytes(raw)
    monkeypatch.setattr(making, "read_manifest", lambda folder, other_key: _believed(folder))
    with pytest.raises(BackupError):
        making.restore(folder=copy, replace=True, other_key=False, say=lambda text: None)
    connection.close()
    assert (OrderRecord.objects.count(), Restore.objects.count()) == (1, 0)


def _believed(folder: Path) -> Any:
    told = json.loads((folder / "manifest.json").read_text())
    return Manifest(**told)


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path, media_root: Path) -> None:
    with tarfile.open(tmp_path / media.NAME, "w") as archive:
        entry = tarfile.TarInfo("../outside")
        entry.size = 1
        archive.addfile(entry, BytesIO(b"x"))
    with pytest.raises(BackupError):
        media.restore_media(tmp_path, media_root, lambda text: None)
    assert not (media_root.parent / "outside").exists()


def test_only_the_newest_backups_stay(tmp_path: Path) -> None:
    for name in ("shop-20260101T000000Z", "shop-20260102T000000Z", "shop-20260103T000000Z", "other"):
        (tmp_path / name).mkdir()
    assert [path.name for path in prune(to=tmp_path, keep=2)] == ["shop-20260101T000000Z"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "media",
        "other",
        "shop-20260102T000000Z",
        "shop-20260103T000000Z",
    ]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no clients")
def test_a_database_in_use_is_left_alone(copy: Path) -> None:
    known = ("dbname", "user", "password", "host", "port")
    asked = {name: value for name, value in connection.get_connection_params().items() if name in known}
    database: Any = connection
    with database.Database.connect(**asked), pytest.raises(CommandError, match="connected"):
        restore(copy, "--replace")
    assert Restore.objects.count() == 0


def test_files_made_for_people_are_not_copied(tmp_path: Path, media_root: Path) -> None:
    (media_root / "exports").mkdir()
    (media_root / "exports" / "entries.csv").write_bytes(b"1,2")
    media.write_media(media_root, tmp_path, lambda text: None)
    with tarfile.open(tmp_path / media.NAME) as archive:
        assert archive.getnames() == ["pictures/tea.webp"]
