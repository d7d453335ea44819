"""The page on which a guest finds an order again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shop.accounts.phone_codes import asked_code, forget_code
from shop.accounts.phones import masked_phone
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.storefront.finding import PURPOSE, CodeForm, FindForm, ask_for_order, open_found_order


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_find(request: HttpRequest) -> HttpResponse:
    """Ask for number and phone, then for the code. `act` says which form came: "code", "again", else the first."""
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "again":
        forget_code(request, PURPOSE)
        return redirect("storefront:order_find")
    asked = asked_code(request, PURPOSE)
    form: CodeForm | FindForm
    if act == "code" or (asked is not None and request.method != "POST"):
        form = CodeForm(request.POST if act == "code" else None)
        if number := _opened(request, form):
            return redirect("storefront:order", number=number)
    else:
        form = FindForm(request.POST if request.method == "POST" else None)
        if _asked(request, form):
            return redirect("storefront:order_find")
    context = {
        "form": form,
        "is_sent": isinstance(form, CodeForm),
        "phone": masked_phone(asked.phone) if asked else "",
    }
    status = 422 if form.errors else 200
    return render(request, "shop/storefront/order_find.html", context, status=status)


def _asked(request: HttpRequest, form: FindForm) -> bool:
    """Ask for the code when the form was sent and is right."""
    if not form.is_valid():
        return False
    try:
        ask_for_order(request, number=form.cleaned_data["number"], phone=form.cleaned_data["phone"])
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    return True


def _opened(request: HttpRequest, form: CodeForm) -> str:
    """Return the number of the order that the code opens, "" when none was sent or it does not fit."""
    if not form.is_valid():
        return ""
    try:
        return open_found_order(request, typed=form.cleaned_data["code"])
    except ShopError as refused:
        add_refusal(form, refused)
        return ""
