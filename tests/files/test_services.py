import datetime as dt
import os
import resource
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import ExifTags, Image

from shop.core import clock
from shop.files import places
from shop.files.exceptions import FileRefused
from shop.files.inspecting import MAX_BYTES, clean_name
from shop.files.models import FileAccount, FileKind, StoredFile
from shop.files.selectors import files_of
from shop.files.services import encode_photos, remove_file, store_file, sweep_files
from shop.journal.models import JournalEntry
from tests.files.uploads import PDF, bomb, paper, photo
from tests.process import in_process

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path / "files"


def store(upload, kind=FileKind.PHOTO, account="supplier:one", key="7") -> StoredFile:
    return store_file(
        upload=upload, kind=kind, owner_type="return", owner_key=key, uploaded_by=5, account=account
    )


def everything(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def nothing_is_stored(folder: Path) -> bool:
    return not StoredFile.objects.exists() and not everything(folder)


def test_a_photo_is_shown_after_the_worker_has_encoded_it(folder):
    file = store(photo(size=(2000, 1000)))
    assert (file.name, file.content_type, file.width, file.height) == ("jar.jpg", "image/jpeg", 2000, 1000)
    assert file.ready_at is None
    assert everything(folder) == [f"{file.key.hex}.upload"]
    assert encode_photos() == 1
    assert encode_photos() == 0
    file = StoredFile.objects.get()
    assert file.ready_at is not None
    assert everything(folder) == [f"{file.key.hex}-1600.webp", f"{file.key.hex}-320.webp"]
    with Image.open(places.photo_path(file, places.LARGE)) as large:
        assert (large.format, large.size) == ("WEBP", (1600, 800))
    with Image.open(places.photo_path(file, places.SMALL)) as small:
        assert small.size == (320, 160)


def test_where_a_photo_was_taken_goes_and_it_stands_upright(folder):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    file = store(photo(size=(60, 20), exif=exif))
    assert b"Exif" in places.upload_path(file).read_bytes()
    encode_photos()
    for end in (places.LARGE, places.SMALL):
        raw = places.photo_path(file, end).read_bytes()
        assert b"EXIF" not in raw and b"Exif" not in raw and b"GPS" not in raw
        with Image.open(BytesIO(raw)) as image:
            assert image.size == (20, 60)
            assert not image.getexif()


def test_a_transparent_picture_gets_white_paper(folder):
    file = store(photo(name="cut.png", image_format="PNG", mode="RGBA", color=(0, 0, 0, 0)))
    encode_photos()
    with Image.open(places.photo_path(file, places.SMALL)) as image:
        assert min(image.convert("L").tobytes()) > 250


def test_a_document_stays_as_it_came(folder):
    file = store(paper(), FileKind.DOCUMENT)
    assert (file.kind, file.content_type, file.name) == ("document", "application/pdf", "营业执照.pdf")
    assert file.ready_at is not None
    assert places.upload_path(file).read_bytes() == PDF
    assert encode_photos() == 0


def test_a_photo_of_a_paper_is_treated_as_a_photo(folder):
    assert store(photo(name="licence.jpg"), FileKind.DOCUMENT).kind == FileKind.PHOTO


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (lambda: SimpleUploadedFile("x.jpg", b""), "empty"),
        (lambda: SimpleUploadedFile("x.jpg", b"\xff\xd8\xff" + bytes(MAX_BYTES)), "too_large"),
        (lambda: SimpleUploadedFile("x.jpg", b"<svg onload='alert(1)'/>", "image/jpeg"), "file_kind"),
        (lambda: SimpleUploadedFile("x.jpg", b"<html><script>1</script>", "image/jpeg"), "file_kind"),
        (lambda: SimpleUploadedFile("x.eps", b"%!PS-Adobe-3.0 EPSF-3.0", "image/eps"), "file_kind"),
        (lambda: SimpleUploadedFile("x.gif", b"GIF89a<script>", "image/gif"), "file_kind"),
        (lambda: SimpleUploadedFile("x.jpg", b"\xff\xd8\xffnothing", "image/jpeg"), "file_kind"),
        (lambda: paper(name="x.jpg"), "file_kind"),
        (bomb, "too_many_pixels"),
        (lambda: bomb(4001, 4000), "too_many_pixels"),
    ],
)
def test_a_hostile_photo_is_refused_and_nothing_is_stored(folder, upload, code):
    with pytest.raises(FileRefused) as refused:
        store(upload())
    assert refused.value.code == code
    assert nothing_is_stored(folder)
    assert not FileAccount.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"%PDF-1.7 without an end", b"MZ\x90\x00 %PDF- %%EOF", b"<html>%PDF-%%EOF", b"PK\x03\x04docx"]
)
def test_only_a_whole_pdf_is_a_document(folder, raw):
    with pytest.raises(FileRefused) as refused:
        store(paper(raw), FileKind.DOCUMENT)
    assert refused.value.code == "file_kind"
    assert nothing_is_stored(folder)


def test_a_bomb_is_refused_from_its_header_without_memory_for_its_pixels(folder):
    before = _peak_kilobytes()
    with pytest.raises(FileRefused):
        store(bomb())
    # 50,000 × 50,000 pixels would be 7.5 million kilobytes.
    assert _peak_kilobytes() - before < 50_000


def _peak_kilobytes() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def test_a_photo_with_a_page_behind_it_loses_the_page(folder):
    upload = photo()
    polyglot = SimpleUploadedFile("a.jpg.html", upload.read() + b"<script>alert(1)</script>", "text/html")
    file = store(polyglot)
    encode_photos()
    for end in (places.LARGE, places.SMALL):
        assert b"script" not in places.photo_path(file, end).read_bytes()


def test_a_photo_that_breaks_off_is_given_up_and_holds_up_no_other(folder):
    whole = photo(size=(900, 900), color="blue").read()
    broken = store(SimpleUploadedFile("half.jpg", whole[: len(whole) // 2]))
    good = store(photo())
    assert encode_photos() == 1
    broken.refresh_from_db()
    good.refresh_from_db()
    assert broken.failed_at is not None and broken.ready_at is None
    assert good.ready_at is not None


def test_a_photo_under_which_the_worker_dies_is_given_up(folder):
    file = store(photo())
    StoredFile.objects.filter(pk=file.pk).update(attempts=3)
    assert encode_photos() == 0
    file.refresh_from_db()
    assert file.failed_at is not None


def test_the_quota_is_of_the_account_and_free_again_after_removal(folder):
    FileAccount.objects.create(name="supplier:one", most_files=1)
    file = store(photo())
    with pytest.raises(FileRefused) as refused:
        store(photo())
    assert refused.value.code == "quota"
    assert store(photo(), account="supplier:two").account_id == "supplier:two"
    remove_file(file=file, actor_id=5, reason="wrong photo")
    remove_file(file=file, actor_id=5, reason="wrong photo")
    account = FileAccount.objects.get(pk="supplier:one")
    assert (account.files, account.bytes) == (0, 0)
    assert JournalEntry.objects.filter(action="file.removed", reason="wrong photo").count() == 1


def test_the_quota_counts_bytes(folder):
    size = len(photo().read())
    FileAccount.objects.create(name="supplier:one", most_bytes=size * 2 - 1)
    store(photo())
    with pytest.raises(FileRefused):
        store(photo())
    assert FileAccount.objects.get(pk="supplier:one").bytes == size
    with pytest.raises(IntegrityError), transaction.atomic():
        FileAccount.objects.filter(pk="supplier:one").update(bytes=size * 2)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_uploads_at_once_never_exceed_the_quota(folder, together):
    """One supplier, many uploads: as many as fit are kept, the others are told, and leave no bytes behind."""
    FileAccount.objects.create(name="supplier:one", most_files=3)
    results = together([lambda: store(photo())] * 12)
    refused = [each.code for each in results if isinstance(each, FileRefused)]
    assert refused == ["quota"] * 9
    account = FileAccount.objects.get(pk="supplier:one")
    assert (account.files, StoredFile.objects.count(), len(everything(folder))) == (3, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_a_disk_that_is_full_leaves_no_half_a_file(folder):
    """The kernel refuses to write more than so many bytes, as it does when the disk is full."""

    def store_on_a_small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        store(photo())

    FileAccount.objects.create(name="supplier:one", most_files=3)
    assert in_process(store_on_a_small_disk) == 1
    assert nothing_is_stored(folder)
    assert FileAccount.objects.get(pk="supplier:one").files == 0
    store(photo())
    assert len(everything(folder)) == 1


@pytest.mark.django_db(transaction=True)
def test_removed_bytes_are_gone(folder):
    file = store(photo())
    encode_photos()
    remove_file(file=file, actor_id=None)
    assert everything(folder) == []
    assert files_of("return", ["7"]) == {}


def test_files_by_owner_in_one_query(folder, django_assert_num_queries):
    first, second = store(photo()), store(photo(name="two.jpg"))
    other = store(photo(), key="8")
    with django_assert_num_queries(1):
        found = files_of("return", ["7", "8", "9"])
    assert found == {"7": [first, second], "8": [other]}


def test_bytes_without_a_row_go_after_a_day(folder):
    kept = store(photo())
    orphan, young = folder / "ab" / f"{'ab' * 16}.upload", folder / "ab" / f"{'ac' * 16}.upload"
    orphan.parent.mkdir()
    for path in (orphan, young):
        path.write_bytes(b"x")
    old = time.time() - dt.timedelta(days=2).total_seconds()
    for path in (orphan, places.upload_path(kept)):
        os.utime(path, (old, old))
    assert sweep_files() == 1
    assert everything(folder) == sorted([young.name, places.upload_path(kept).name])
    assert clock.now().timestamp() > old


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\jar.jpg", "jar.jpg"),
        ('a"; filename="b.html', "a_filename_b.html"),
        ("\r\nSet-Cookie: x.png", "Set-Cookie_x.png"),
        ("破损 照片.JPG", "破损_照片.JPG"),
        ("...", "file"),
        ("长" * 300 + ".jpg", "长" * 100 + ".jpg"),
    ],
)
def test_a_name_is_made_harmless(given, kept):
    assert clean_name(given) == kept
