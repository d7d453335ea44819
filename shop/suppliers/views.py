"""How a seller comes in, and a supplier's own papers. Phone first; works without JavaScript."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_login, require_roles
from shop.accounts.models import Role
from shop.accounts.scope import own_scope
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.suppliers import selectors, services
from shop.suppliers.admission_models import SupplierApplication
from shop.suppliers.completeness import missing_parts
from shop.suppliers.forms import ApplicationForm, PaperForm, typed
from shop.suppliers.frame import frame, own_supplier
from shop.suppliers.papers import shown_papers
from shop.suppliers.services.applications import OPEN_TO_APPLICANT


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Say how to become a supplier, and begin; whoever has begun finds their applications here."""
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={reverse('suppliers:join')}")
        try:
            made = services.start_application(applicant_id=request.user.pk, demo=settings.SHOP_DEMO)
        except ShopError as refused:
            messages.error(request, str(refused))
            return redirect("suppliers:join")
        return redirect("suppliers:application", number=made.number)
    context = {"applications": selectors.applications(own_scope(request.user))}
    return render(request, "shop/suppliers/join.html", context)


@require_login
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, number: str) -> HttpResponse:
    """One's own application: fill it in, hand it in, see where it stands."""
    found = _own(request, number)
    form = ApplicationForm(request.POST if request.method == "POST" else None, initial=typed(found))
    if request.method == "POST" and form.is_valid() and _saved(request, found, form):
        return redirect("suppliers:application", number=number)
    return _page(request, found, form=form)


@require_login
@require_POST
def add_paper(request: HttpRequest, number: str) -> HttpResponse:
    """Add a paper to one's own application."""
    found = _own(request, number)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.upload_document(
                upload=form.cleaned_data["file"],
                paper=form.paper(),
                actor_id=int(request.user.pk or 0),
                application_number=found.number,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The paper is added."))
            return redirect(reverse("suppliers:application", args=[number]) + "#papers")
    return _page(request, found, paper_form=form)


@require_login
@require_POST
def remove_paper(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Take a paper out of one's own application again."""
    found = _own(request, number)
    try:
        services.remove_document(
            document_id=pk, application_number=found.number, actor_id=int(request.user.pk or 0)
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect(reverse("suppliers:application", args=[number]) + "#papers")


@require_roles(Role.SUPPLIER)
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: ScopedRequest) -> HttpResponse:
    """A supplier's own papers: what holds until when, and a new version of one."""
    supplier = own_supplier(request)
    posted = request.method == "POST"
    form = PaperForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        try:
            services.upload_document(
                upload=form.cleaned_data["file"],
                paper=form.paper(),
                actor_id=request.user.pk,
                supplier_code=supplier.code,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Uploaded. It holds once somebody of the shop has checked it."))
            return redirect("suppliers:documents")
    own = supplier.documents.select_related("file").order_by("kind", "-uploaded_at", "-pk")
    context = frame(request, "documents") | {
        "papers": shown_papers(own, user_id=request.user.pk),
        "form": form,
    }
    return render(request, "shop/suppliers/documents.html", context, status=422 if form.errors else 200)


def _own(request: HttpRequest, number: str) -> SupplierApplication:
    found = selectors.applications(own_scope(request.user)).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _saved(request: HttpRequest, found: SupplierApplication, form: ApplicationForm) -> bool:
    """Store what was typed, and hand it in where that was asked; False when the page has to be shown again."""
    actor_id = int(request.user.pk or 0)
    try:
        services.save_application(number=found.number, draft=form.draft(), actor_id=actor_id)
        if "submit" in request.POST:
            services.submit_application(number=found.number, actor_id=actor_id)
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    handed_in = _("Handed in. The county looks at it first; you are told of every step.")
    messages.success(request, handed_in if "submit" in request.POST else _("Saved."))
    return True


def _page(
    request: HttpRequest,
    found: SupplierApplication,
    *,
    form: ApplicationForm | None = None,
    paper_form: PaperForm | None = None,
) -> HttpResponse:
    found.refresh_from_db()
    papers = list(found.documents.select_related("file").order_by("kind", "-uploaded_at", "-pk"))
    form = form or ApplicationForm(initial=typed(found))
    paper_form = paper_form or PaperForm()
    is_open = found.state in OPEN_TO_APPLICANT
    context: dict[str, Any] = {
        "application": found,
        "is_open": is_open,
        "form": form,
        "paper_form": paper_form,
        "papers": shown_papers(papers, user_id=request.user.pk),
        "missing": missing_parts(found, papers) if is_open else [],
        "events": selectors.timeline(found),
    }
    failed = bool(form.errors or paper_form.errors)
    return render(request, "shop/suppliers/application.html", context, status=422 if failed else 200)
