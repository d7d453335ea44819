"""Pictures of the embedded shop. In production the proxy in front serves /media/ itself."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

#: What the worker writes: one folder, plain names, two kinds of file. Nothing else is ever handed out.
_PICTURE = re.compile(r"[a-z0-9][a-z0-9-]*\.(?:webp|jpg)")
_YEAR = 365 * 24 * 3600


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a picture derivative. A file once written never changes, so it may be kept for a year."""
    if not _PICTURE.fullmatch(name):
        raise Http404
    response = serve(request, f"pictures/{name}", document_root=settings.MEDIA_ROOT)
    response["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
