"""What a unit buys again: the lists it keeps, and orders of before."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.procurement import selectors, services
from shop.procurement.access import holds, my_list, my_order, my_request, unit_page
from shop.procurement.models import UploadFile
from shop.procurement.saved_models import SavedList

PAGE_SIZE = 20


@require_safe
@unit_page
def lists(request: ScopedRequest) -> HttpResponse:
    """The lists of the unit that the visitor acts for; with a request's number they go into that draft."""
    into = request.GET.get("into", "")
    page = page_of(request, selectors.saved_lists(request.scope), size=PAGE_SIZE)
    people = names_of({row.made_by for row in page})
    context = {
        "active_tab": "requests",
        "into": my_request(request, into) if into else None,
        "rows": [
            {
                "saved": row,
                "kinds": len(row.rows),
                "units": sum(units for _sku, units in row.rows),
                "by": people.get(row.made_by, ""),
                "can_buy": holds(request, Role.BUYER, row.organisation),
            }
            for row in page
        ],
        "page_obj": page,
        "query": f"into={into}" if into else "",
    }
    return render(request, "shop/procurement/lists.html", context)


@require_POST
@unit_page
def keep(request: ScopedRequest, number: str) -> HttpResponse:
    """Keep the goods of a request as a list."""
    found = my_request(request, number)
    try:
        kept = services.keep_list(
            request_id=found.pk, name=request.POST.get("name", ""), actor_id=request.user.pk
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept as “%(name)s”.") % {"name": kept.name})
    return redirect("procurement:request", number=number)


@require_POST
@unit_page
def use(request: ScopedRequest, pk: int) -> HttpResponse:
    """Look at a list before it goes into a draft, or into a new one."""
    into = request.POST.get("into", "")
    request_id = my_request(request, into).pk if into else None
    kept = my_list(request, pk)
    try:
        upload = services.use_list(
            scope=request.scope, list_id=kept.pk, request_id=request_id, actor_id=request.user.pk
        )
    except SavedList.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:lists")
    return _look_at(upload)


@require_POST
@unit_page
def drop(request: ScopedRequest, pk: int) -> HttpResponse:
    """Delete a list."""
    kept = my_list(request, pk)
    try:
        services.drop_list(scope=request.scope, list_id=kept.pk, actor_id=request.user.pk)
    except SavedList.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The list is deleted."))
    return redirect("procurement:lists")


@require_POST
@unit_page
def reorder(request: ScopedRequest, number: str) -> HttpResponse:
    """Look at the goods of an order before they go into a new draft."""
    record = my_order(request, number)
    try:
        upload = services.reorder(record=record, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:order", number=number)
    return _look_at(upload)


def _look_at(upload: UploadFile) -> HttpResponse:
    return redirect("procurement:preview", number=upload.request.number, pk=upload.pk)
