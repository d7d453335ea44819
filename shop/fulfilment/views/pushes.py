"""The door for the pushes of a tracking service."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop.fulfilment.pushes import Outcome, UnknownNumber, receive_push
from shop.fulfilment.tracking.base import BadPush
from shop.fulfilment.tracking.registry import provider_named

#: A push has some dozens of lines. Nothing longer is read, let alone kept.
LONGEST_PUSH = 262_144


@csrf_exempt
@require_POST
def tracking_push(request: HttpRequest, provider: str) -> HttpResponse:
    """Take a push: 200 once it is stored; 400 for one that is not genuine, 404 for a number nobody asked about."""
    service = provider_named(provider)
    if service is None:
        raise Http404
    if _length(request) > LONGEST_PUSH:
        return HttpResponse("too long", status=413, content_type="text/plain")
    try:
        outcome = receive_push(provider=service, raw=request.body)
    except BadPush:
        return HttpResponseBadRequest("refused", content_type="text/plain")
    except UnknownNumber:
        return JsonResponse(dict(service.taken(ok=False, message="unknown number").body), status=404)
    if outcome is Outcome.GIVEN_UP:
        return JsonResponse(dict(service.taken(ok=False, message="not understood").body), status=422)
    return JsonResponse(dict(service.taken(ok=True, message=outcome.value).body))


def _length(request: HttpRequest) -> int:
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else LONGEST_PUSH + 1
