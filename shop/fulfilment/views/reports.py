"""A supplier says which of its test reports speak of a product."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.fulfilment.views.frame import posted_ids
from shop.listings.models import Listing
from shop.listings.services import name_reports


@require_POST
@require_roles(Role.SUPPLIER)
def name(request: ScopedRequest, pk: int) -> HttpResponse:
    """Let exactly the ticked reports speak of an own product."""
    try:
        name_reports(
            scope=request.scope,
            listing_id=pk,
            document_ids=posted_ids(request.POST.getlist("document")),
            actor_id=request.user.pk,
        )
    except Listing.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved. The product's page shows the newest report that holds."))
    return redirect(reverse("fulfilment:product", kwargs={"pk": pk}) + "#reports")
