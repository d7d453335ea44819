"""The page on which a person closes their own account, and the one that says it is done."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import require_login
from shop.accounts.models import User
from shop.accounts.phones import masked_phone
from shop.accounts.proving import Proof, is_proof_sent, proof_of, require_proof, send_proof
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.storefront.closing import close_own_account, obstacles
from shop.storefront.closing_forms import ClosingForm

PURPOSE = "close_account"


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def account_close(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays, and what is still open; a POST sends a code (`act`) or closes the account."""
    user = request.user
    assert isinstance(user, User)
    form = ClosingForm(request.POST if request.method == "POST" else None, proof=proof_of(user))
    if request.method == "POST" and _acted(request, user, form):
        return redirect(
            "storefront:account_closed" if request.user.is_anonymous else "storefront:account_close"
        )
    return render(
        request,
        "shop/storefront/account_close.html",
        _context(request, user, form),
        status=422 if form.errors else 200,
    )


@require_safe
def account_closed(request: HttpRequest) -> HttpResponse:
    """Say that it is done; anybody may read it."""
    return render(request, "shop/storefront/account_closed.html", {})


def _context(request: HttpRequest, user: User, form: ClosingForm) -> dict[str, Any]:
    return {
        "form": form,
        "obstacles": obstacles(user.pk),
        "proof": str(form.proof),
        "is_sent": is_proof_sent(request, user=user, purpose=PURPOSE),
        "phone": masked_phone(user.phone or ""),
        "contact_years": settings.CLOSED_ORDER_CONTACT_DAYS // 365,
    }


def _acted(request: HttpRequest, user: User, form: ClosingForm) -> bool:
    """Do what was asked; False when the page has to be shown again with the form's errors."""
    try:
        if request.POST.get("act") == "send" and form.proof == Proof.TEXT:
            send_proof(request, user=user, purpose=PURPOSE)
            return True
        if not form.is_valid():
            return False
        if blocking := obstacles(user.pk):
            raise ShopError(blocking[0].text, code="obstacle")
        require_proof(request, user=user, purpose=PURPOSE, typed=form.cleaned_data["code"])
        close_own_account(user_id=user.pk)
    except ShopError as refused:
        form.is_valid()
        add_refusal(form, refused)
        return False
    logout(request)
    return True
