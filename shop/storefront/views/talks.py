"""A buyer's conversations: about a product with an account, about an order also as a guest."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import require_login
from shop.conversations.about import About, about_order, about_product, conversation_about
from shop.conversations.forms import TalkForm
from shop.conversations.models import Conversation, Side
from shop.conversations.services import start_conversation
from shop.conversations.thread import Reader, is_poll, poll_answer, thread_of
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.listings.models import Listing
from shop.listings.presentation import in_language
from shop.storefront.access import my_order
from shop.storefront.presenters.talks import talk_rows, talks_of
from shop.suppliers.models import Supplier

PAGE_SIZE = 20


@dataclass(frozen=True)
class Subject:
    """What the page says it is about, where that leads, and the address that goes back."""

    title: str
    url: str
    back_url: str


@never_cache
@require_safe
@require_login
def talks(request: HttpRequest) -> HttpResponse:
    """The account's conversations, the last written first."""
    page = page_of(request, talks_of(request.user.pk or 0), size=PAGE_SIZE)
    context = {
        "page_obj": page,
        "rows": talk_rows(page.object_list),
        "back_url": reverse("storefront:account"),
    }
    return render(request, "shop/storefront/talks.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def talk_product(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a product's supplier. A visitor without an account is led to the login and back."""
    about = about_product(product_id=pk, buyer_id=request.user.pk or 0)
    if about is None:
        raise Http404
    listing = Listing.objects.select_related("product").get(product_id=pk)
    url = listing.product.get_absolute_url()
    return _talk(request, about, Subject(in_language(listing.name_zh, listing.name_en), url, url))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def talk_order(request: HttpRequest, number: str, supplier: str = "") -> HttpResponse:
    """Ask a supplier of an order, or the shop; a guest comes here from the order's own page."""
    record = my_order(request, number)
    about = about_order(record=record, supplier_code=supplier)
    if about is None:
        raise Http404
    url = reverse("storefront:order", args=[record.number])
    return _talk(request, about, Subject(record.number, url, url))


def _talk(request: HttpRequest, about: About, subject: Subject) -> HttpResponse:
    found = conversation_about(about)
    reader = Reader(Side.BUYER, request.user.pk)
    if is_poll(request):
        if found is None:
            raise Http404
        return poll_answer(request, found, reader)
    form = TalkForm(request.POST, request.FILES) if request.method == "POST" else TalkForm()
    if request.method == "POST" and form.is_valid():
        try:
            start_conversation(about=about, words=form.words(), actor_id=request.user.pk)
        except ShopError as refused:
            form.refuse(refused)
        else:
            return redirect(f"{request.path}#last")
    return _page(request, about, subject, found, form)


def _page(
    request: HttpRequest, about: About, subject: Subject, found: Conversation | None, form: TalkForm
) -> HttpResponse:
    supplier = Supplier.objects.select_related("region").filter(pk=about.supplier_id or 0).first()
    context = {
        "subject": subject,
        "supplier_name": in_language(supplier.name_zh, supplier.name_en) if supplier else "",
        "region_slug": supplier.region.slug if supplier else "",
        "talk": found,
        "thread": thread_of(request, found, Reader(Side.BUYER, request.user.pk)),
        "form": form,
        "may_write": found is None or found.erased_at is None,
    }
    return render(request, "shop/storefront/talk.html", context, status=422 if form.errors else 200)
