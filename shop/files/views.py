"""Hand out a private file to who has a fresh signed address."""

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from shop.files import places
from shop.files.links import read_link
from shop.files.models import StoredFile


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """Send a photo to be looked at, a document to be saved; 404 for a forged, old or somebody else's address."""
    asked = read_link(token)
    if asked is None or (asked.user_id is not None and asked.user_id != request.user.pk):
        raise Http404
    found = StoredFile.objects.filter(key=asked.key, removed_at=None).exclude(ready_at=None).first()
    if found is None:
        raise Http404
    path = places.photo_path(found, asked.end) if asked.end else places.upload_path(found)
    name = f"{Path(found.name).stem}.webp" if asked.end else found.name
    # Ten megabytes at the most, so it is read at once.
    response = HttpResponse(_bytes(path), content_type="image/webp" if asked.end else found.content_type)
    response["Content-Disposition"] = content_disposition_header(not asked.end, name) or "attachment"
    # Whatever a document holds, it runs nothing here and is not kept behind the reader's back.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, no_store=True)
    return response


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
