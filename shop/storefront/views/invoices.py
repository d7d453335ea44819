"""The invoices of a person's own order: ask for them, have them made out anew, take them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shop.invoicing.pages import act, order_invoices, wish_form
from shop.ordering.invoices import InvoiceWish
from shop.storefront.access import my_order


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Show what has become of the invoices; a POST asks for them, has them exchanged, or takes the wish back."""
    record = my_order(request, number)
    invoices = order_invoices(record, user_id=request.user.pk)
    form = wish_form(request, invoices, InvoiceWish(**record.invoice_wish))
    if request.method == "POST":
        told = act(request, record, form, needs_tax_number=False, asked_by=request.user.pk)
        if told:
            messages.success(request, told)
            return redirect("storefront:order_invoice", number=number)
    context = {"number": record.number, "invoices": invoices, "form": form}
    return render(request, "shop/storefront/order_invoice.html", context, status=422 if form.errors else 200)
