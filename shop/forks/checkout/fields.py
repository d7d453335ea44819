"""The fields of the checkout as HTML: kept as everybody first sees them, drawn anew with what somebody typed."""

from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from shop.forks.checkout.forms import INVOICE_FIELDS, CheckoutForm, pay_methods
from shop.ordering.invoices import InvoiceKind

#: What a person's last order fills in; a guest's is a province at most.
_OWN = ("recipient_name", "phone", "city", "county", "street")


def address_html(form: CheckoutForm) -> SafeString:
    """Return the fields of the address."""
    if form.is_bound or any(form.initial.get(name) for name in _OWN):
        return _address(form)
    return mark_safe(_first_address(form.initial.get("province", ""), get_language() or ""))


def paste_html(text: str, told: list[str] | None) -> SafeString:
    """Return the box that takes an address apart, with what was pasted and what it does not say.

    `told` is None where nothing was pasted yet.
    """
    if text or told is not None:
        return _paste(text, told)
    return mark_safe(_first_paste(get_language() or ""))


def invoice_html(form: CheckoutForm) -> SafeString:
    """Return the choice of an invoice."""
    if form.is_bound or any(form.initial.get(name) for name in ("invoice_kind", *INVOICE_FIELDS)):
        return _invoice(form)
    return mark_safe(_first_invoice(get_language() or ""))


def method_html(form: CheckoutForm) -> SafeString:
    """Return the ways of paying."""
    if form.is_bound or form.initial.get("method"):
        return _method(form)
    offered = tuple((name, str(label)) for name, label in pay_methods())
    return mark_safe(_first_method(offered, get_language() or ""))


@lru_cache(maxsize=100)
def _first_address(province: str, language: str) -> str:
    return _address(CheckoutForm(initial={"province": province}))


@lru_cache(maxsize=20)
def _first_paste(language: str) -> str:
    return _paste("", None)


@lru_cache(maxsize=20)
def _first_invoice(language: str) -> str:
    return _invoice(CheckoutForm())


@lru_cache(maxsize=20)
def _first_method(offered: tuple[tuple[str, str], ...], language: str) -> str:
    return _method(CheckoutForm())


def _address(form: CheckoutForm) -> SafeString:
    return _drawn("address_fields", {"form": form, "areas_url": reverse("checkout:areas")})


def _paste(text: str, told: list[str] | None) -> SafeString:
    return _drawn("paste_box", {"pasted": text, "paste_told": told})


def _invoice(form: CheckoutForm) -> SafeString:
    wanted = form["invoice_kind"].value() not in (None, "", InvoiceKind.NONE)
    is_open = wanted or any(form[name].value() or form[name].errors for name in INVOICE_FIELDS)
    return _drawn("invoice_fields", {"form": form, "is_open": is_open or bool(form["invoice_kind"].errors)})


def _method(form: CheckoutForm) -> SafeString:
    return _drawn("field", {"field": form["method"]})


def _drawn(name: str, values: dict[str, Any]) -> SafeString:
    return render_to_string(f"shop/components/{name}.html", values)
