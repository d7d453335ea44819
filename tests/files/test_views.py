import datetime as dt

import pytest
import time_machine
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from shop.core import clock
from shop.files.forms import DocumentField, PhotosField
from shop.files.links import link_to, shown
from shop.files.models import FileKind, StoredFile
from shop.files.services import encode_photos, remove_file, store_file
from tests.factories import make_user
from tests.files.uploads import PDF, bomb, paper, photo

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def stored(upload, kind=FileKind.PHOTO) -> StoredFile:
    file = store_file(
        upload=upload, kind=kind, owner_type="return", owner_key="7", uploaded_by=None, account="guest:1"
    )
    encode_photos()
    file.refresh_from_db()
    return file


def test_a_photo_is_looked_at_and_runs_nothing(client):
    file = stored(photo())
    response = client.get(link_to(file, user_id=None))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"] == 'inline; filename="jar.webp"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert response.content[:4] == b"RIFF"


def test_a_document_is_saved_and_not_opened(client):
    file = stored(paper(), FileKind.DOCUMENT)
    response = client.get(link_to(file, user_id=None))
    assert response["Content-Disposition"].startswith("attachment;")
    assert response.content == PDF


def test_an_address_dies_after_five_minutes(client):
    file = stored(photo())
    with time_machine.travel(clock.now(), tick=False) as now:
        address = link_to(file, user_id=None)
        now.shift(dt.timedelta(seconds=299))
        assert client.get(address).status_code == 200
        now.shift(dt.timedelta(seconds=2))
        assert client.get(address).status_code == 404


def test_an_address_for_a_person_opens_nothing_for_another(client):
    file = stored(photo())
    owner, other = make_user(phone="+8617000000301"), make_user(phone="+8617000000302")
    address = link_to(file, user_id=owner.pk)
    assert client.get(address).status_code == 404
    client.force_login(other)
    assert client.get(address).status_code == 404
    client.force_login(owner)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("token", ["x", "7", "WyI3Il0:1vPX:abc", "长" * 40])
def test_a_guessed_address_finds_nothing(client, token):
    file = stored(photo())
    assert client.get(f"/files/{token}").status_code == 404
    assert client.get(f"/files/{file.key}").status_code == 404
    assert client.get(f"/media/files/{file.key.hex[:2]}/{file.key.hex}-1600.webp").status_code == 404


def test_what_was_removed_or_lies_unencoded_finds_nothing(client):
    file = stored(photo())
    address = link_to(file, user_id=None)
    StoredFile.objects.update(ready_at=None)
    assert client.get(address).status_code == 404
    StoredFile.objects.update(ready_at=clock.now())
    remove_file(file=file, actor_id=None)
    assert client.get(address).status_code == 404


def test_the_thumbs_say_what_is_not_there_yet():
    ready, failed, waiting = stored(photo()), stored(photo(name="bad.jpg")), stored(photo(name="new.jpg"))
    StoredFile.objects.filter(pk=failed.pk).update(ready_at=None, failed_at=clock.now())
    StoredFile.objects.filter(pk=waiting.pk).update(ready_at=None)
    files = shown(StoredFile.objects.order_by("pk"), user_id=None)
    html = render_to_string("shop/files/thumbs.html", {"files": files})
    assert html.count("<img") == 1
    assert "“bad.jpg”无法读取" in html
    assert "“new.jpg”正在处理" in html
    assert ready.name in html


class Form(forms.Form):
    photos = PhotosField(most=2, required=False)
    paper = DocumentField(required=False)


def filled(photos=(), papers=()) -> Form:
    return Form({}, MultiValueDict({"photos": list(photos), "paper": list(papers)}))


def test_a_form_takes_several_photos_and_a_paper():
    form = filled([photo(), photo(name="two.jpg")], [paper()])
    assert form.is_valid()
    assert [upload.name for upload in form.cleaned_data["photos"]] == ["jar.jpg", "two.jpg"]
    assert form.cleaned_data["paper"].read() == PDF


def test_a_form_without_files_is_fine_unless_it_needs_them():
    form = filled()
    assert form.is_valid()
    assert (form.cleaned_data["photos"], form.cleaned_data["paper"]) == ([], None)

    class Needs(forms.Form):
        photos = PhotosField(most=2)

    assert not Needs({}, MultiValueDict()).is_valid()


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        ([photo(), photo(), photo()], "最多 2 张"),
        ([photo(), bomb()], "bomb.png"),
        ([SimpleUploadedFile("evil.svg", b"<svg/>")], "evil.svg"),
        ([SimpleUploadedFile("empty.jpg", b"")], "empty"),
    ],
)
def test_a_form_names_the_photo_that_it_does_not_take(photos, words):
    form = filled(photos)
    assert not form.is_valid()
    text = str(form.errors["photos"])
    assert words in text or "空" in text
