"""The addresses that a person keeps. Another person's is as one that does not exist."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import require_login
from shop.accounts.scope import own_scope
from shop.core.exceptions import ShopError
from shop.ordering.address_models import SavedAddress
from shop.ordering.address_text import LONGEST_TEXT
from shop.ordering.addresses import (
    MOST_ADDRESSES,
    addresses,
    change_address,
    make_default,
    remove_address,
    save_address,
)
from shop.ordering.pasting import recognised
from shop.storefront.address_forms import AddressForm, values_of


@require_safe
@require_login
def address_list(request: Any) -> HttpResponse:
    """All of them, the default first."""
    found = list(addresses(own_scope(request.user)))
    context = {"addresses": found, "most": MOST_ADDRESSES, "may_add": len(found) < MOST_ADDRESSES}
    return render(request, "shop/storefront/addresses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def address_new(request: Any) -> HttpResponse:
    """Keep another address."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def address(request: Any, pk: int) -> HttpResponse:
    """Change one."""
    return _form_page(request, _own(request, pk))


@require_POST
@require_login
def address_remove(request: Any, pk: int) -> HttpResponse:
    """Forget one; orders keep their own copy."""
    remove_address(owner_id=request.user.pk, address_id=_own(request, pk).pk)
    messages.success(request, _("The address is removed."))
    return redirect("storefront:addresses")


@require_POST
@require_login
def address_default(request: Any, pk: int) -> HttpResponse:
    """Let the checkout begin with this one; a second press changes nothing."""
    try:
        make_default(owner_id=request.user.pk, address_id=pk)
    except SavedAddress.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Orders go to this address unless you say otherwise."))
    return redirect("storefront:addresses")


def _own(request: Any, pk: int) -> SavedAddress:
    return get_object_or_404(addresses(own_scope(request.user)), pk=pk)


def _form_page(request: Any, kept: SavedAddress | None) -> HttpResponse:
    """Show the form, take a pasted text apart into it, or save what it says."""
    if request.method != "POST":
        return _page(request, AddressForm(initial=values_of(kept) if kept else {}), kept)
    if "recognise" in request.POST:
        text = request.POST.get("pasted", "")[:LONGEST_TEXT]
        found = recognised(text)
        typed = {name: request.POST.get(name, "") for name in AddressForm.base_fields}
        form = AddressForm(initial=typed | found.values)
        return _page(request, form, kept, pasted=text, told=found.missing)
    form = AddressForm(request.POST)
    if form.is_valid() and _saved(request, form, kept):
        messages.success(request, _("The address is saved."))
        return redirect("storefront:addresses")
    return _page(request, form, kept)


def _saved(request: Any, form: AddressForm, kept: SavedAddress | None) -> bool:
    """Save a valid form; False, and the reason in the form, when it is refused."""
    values: dict[str, Any] = {
        "owner_id": request.user.pk,
        "recipient": form.recipient(),
        "default": form.cleaned_data["is_default"],
    }
    try:
        if kept is None:
            save_address(**values)
        else:
            change_address(address_id=kept.pk, **values)
    except SavedAddress.DoesNotExist as missing:
        raise Http404 from missing
    except ShopError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def _page(
    request: HttpRequest,
    form: AddressForm,
    kept: SavedAddress | None,
    *,
    pasted: str = "",
    told: list[str] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "address": kept,
        "pasted": pasted,
        "paste_told": told,
        "areas_url": reverse("checkout:areas"),
    }
    return render(request, "shop/storefront/address_edit.html", context)
