import pytest

from shop.core import faultpoint
from shop.listings.exceptions import ListingError
from shop.listings.models import ProductPicture
from shop.listings.pictures import FILES, picture_urls, save_picture, store_derivatives
from tests.factories import make_product

pytestmark = pytest.mark.django_db
BYTES = {name: name.encode() for name in FILES}


@pytest.fixture
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path / "pictures"


@pytest.fixture
def picture():
    return save_picture(product_id=make_product().pk, key="tea-001-0a1b").row


def test_all_files_are_written_and_the_picture_is_ready(folder, picture):
    assert picture_urls(picture) is None
    store_derivatives([(picture, BYTES)])
    store_derivatives([(picture, BYTES)])
    picture.refresh_from_db()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "tea-001-0a1b-160.webp": b"webp-160",
        "tea-001-0a1b-400.webp": b"webp-400",
        "tea-001-0a1b-800.webp": b"webp-800",
        "tea-001-0a1b-800.jpg": b"jpeg-800",
    }
    urls = picture_urls(picture)
    assert urls is not None
    assert (urls.large, urls.thumb) == (
        "/media/pictures/tea-001-0a1b-800.webp",
        "/media/pictures/tea-001-0a1b-160.webp",
    )


def test_a_missing_derivative_is_refused_before_anything_is_written(folder, picture):
    with pytest.raises(ListingError):
        store_derivatives([(picture, {"webp-800": b"x"})])
    assert not folder.exists()
    assert ProductPicture.objects.get().ready_at is None


def test_a_picture_stays_pending_when_the_process_ends_before_it_is_marked(folder, picture):
    def stop(name):
        raise KeyboardInterrupt(name)

    faultpoint.set_hook(stop)
    try:
        with pytest.raises(KeyboardInterrupt, match=r"picture\.files_written"):
            store_derivatives([(picture, BYTES)])
    finally:
        faultpoint.set_hook(None)
    assert ProductPicture.objects.get().ready_at is None
    store_derivatives([(picture, BYTES)])
    assert ProductPicture.objects.get().ready_at is not None


def test_a_new_key_is_pending_again_and_the_old_files_go(folder, picture, django_capture_on_commit_callbacks):
    store_derivatives([(picture, BYTES)])
    with django_capture_on_commit_callbacks(execute=True):
        save_picture(product_id=picture.product_id, key="tea-001-ffff")
    assert ProductPicture.objects.get().ready_at is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("key", ["../secret", "A", "", "x" * 81, "-x", "a/b"])
def test_a_key_that_is_no_plain_name_is_refused(key):
    with pytest.raises(ListingError):
        save_picture(product_id=make_product().pk, key=key)
    assert not ProductPicture.objects.exists()
