"""The supplier's page of replacements that the shop has asked for."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.phones import shown_phone
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.fulfilment.forms import ShipForm
from shop.fulfilment.reshipping import ship_replacement
from shop.fulfilment.views.frame import frame
from shop.fulfilment.views.orders import PAGE_SIZE
from shop.ordering.desk_models import Reshipment
from shop.ordering.reshipments import reshipments
from shop.ordering.status import ReshipState


@require_GET
@require_roles(Role.SUPPLIER)
def replacements(request: ScopedRequest) -> HttpResponse:
    """What is to be sent once more, the oldest first."""
    return _page(request)


@require_POST
@require_roles(Role.SUPPLIER)
def ship(request: ScopedRequest, pk: int) -> HttpResponse:
    """Enter courier and number of a replacement."""
    own = reshipments(request.scope).filter(pk=pk).first()
    if own is None:
        raise Http404
    form = ShipForm(request.POST, left={})
    if form.is_valid():
        try:
            sent = ship_replacement(
                scope=request.scope,
                reshipment_id=own.pk,
                courier=form.cleaned_data["courier"],
                tracking_number=form.cleaned_data["tracking_number"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(
                request,
                _("Shipped with %(courier)s %(number)s.")
                % {"courier": sent.courier, "number": sent.tracking_number},
            )
            return redirect("fulfilment:replacements")
    return _page(request, refused=own, form=form, status=422)


def _page(
    request: ScopedRequest,
    *,
    refused: Reshipment | None = None,
    form: ShipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    page = page_of(request, reshipments(request.scope).filter(state=ReshipState.REQUESTED), size=PAGE_SIZE)
    rows = [
        {
            "reshipment": one,
            "form": form if refused is not None and refused.pk == one.pk else ShipForm(left={}),
            "phone": shown_phone(one.record.recipient_phone),
        }
        for one in page.object_list
    ]
    context = frame(request) | {"page_obj": page, "rows": rows}
    return render(request, "shop/fulfilment/replacements.html", context, status=status)
