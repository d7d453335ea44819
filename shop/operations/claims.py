"""The staff's pages of origin claims: is the product really grown there, since when and until when."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.files.forms import DocumentField
from shop.files.links import ShownFile, shown
from shop.files.models import StoredFile
from shop.listings import services
from shop.listings.models import ClaimDecision, ClaimState, ProductOrigin
from shop.listings.selectors.claims import claims as all_claims
from shop.suppliers.admission_models import DocumentKind, DocumentState, SupplierDocument

TABS = ("pending", "ending", "verified", "rejected")


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class VerifyForm(forms.Form):
    """The proof of an origin and its days: an uploaded file, or a checked paper of the supplier."""

    valid_from = _day(gettext_lazy("First day"), initial=clock.today)
    valid_until = _day(gettext_lazy("Last day"))
    document = forms.ChoiceField(label=gettext_lazy("A checked paper of the supplier"), required=False)
    file = DocumentField(label=gettext_lazy("Or a photo or PDF of the proof"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, papers: QuerySet[SupplierDocument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—")] + [
            (str(paper.pk), f"{paper.get_kind_display()} {paper.number} {paper.expires_on or ''}".strip())
            for paper in papers
        ]


class RejectForm(forms.Form):
    """Why an origin is not proved."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


@require_GET
@require_whole_shop(Role.STAFF)
def claims(request: ScopedRequest) -> HttpResponse:
    """The origin claims by state; those that wait stand first."""
    found = all_claims(request.scope)
    ending = Q(claim_state=ClaimState.VERIFIED, reminded_at__isnull=False)
    filters: Mapping[str, Q] = {
        "pending": Q(claim_state=ClaimState.PENDING),
        "ending": ending,
        "verified": Q(claim_state=ClaimState.VERIFIED),
        "rejected": Q(claim_state=ClaimState.REJECTED),
    }
    tab = request.GET.get("tab", "")
    tab = tab if tab in filters else "pending"
    counted = {name: Count("pk", filter=condition) for name, condition in filters.items()}
    counts = found.order_by().aggregate(**counted)
    names = {
        "pending": _("Not verified yet"),
        "ending": _("Ending or ended"),
        "verified": _("Verified"),
        "rejected": _("Rejected"),
    }
    context = {
        "tabs": [(name, names[name], counts[name]) for name in TABS],
        "tab": tab,
        "today": clock.today(),
        "page_obj": page_of(request, found.filter(filters[tab])),
        "page_query": urlencode({"tab": tab}),
    }
    return render(request, "shop/operations/claims.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def claim(request: ScopedRequest, pk: int) -> HttpResponse:
    """One product's origin claim, its proofs and every decision about it. A POST names what to do in `act`."""
    found = all_claims(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    act = request.POST.get("act", "")
    papers = _papers(found)
    verify = VerifyForm(*((request.POST, request.FILES) if act == "verify" else (None, None)), papers=papers)
    reject = RejectForm(request.POST if act == "reject" else None)
    if request.method == "POST" and _done(request, found, {"verify": verify, "reject": reject}.get(act)):
        return redirect("operations:claim", pk=pk)
    decisions = ClaimDecision.objects.filter(product=found.product_id).select_related("file")
    context = {
        "claim": found,
        "today": clock.today(),
        "listing": found.product.listing,
        "decisions": [(one, _file(one.file, request.user.pk)) for one in decisions],
        "papers": [(paper, _file(paper.file, request.user.pk)) for paper in papers],
        "verify_form": verify,
        "reject_form": reject,
    }
    failed = bool(verify.errors or reject.errors)
    return render(request, "shop/operations/claim.html", context, status=422 if failed else 200)


def _file(file: StoredFile | None, user_id: int) -> ShownFile | None:
    return shown([file], user_id=user_id)[0] if file is not None else None


def _papers(found: ProductOrigin) -> QuerySet[SupplierDocument]:
    papers = SupplierDocument.objects.filter(
        supplier=found.product.listing.supplier_id,
        kind=DocumentKind.ORIGIN_PROOF,
        state=DocumentState.VERIFIED,
    )
    return papers.select_related("file").order_by("-uploaded_at", "-pk")


def _done(request: ScopedRequest, found: ProductOrigin, form: forms.Form | None) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    if form is None:
        raise Http404
    if not form.is_valid():
        return False
    sku, data = found.product.listing.sku, form.cleaned_data
    try:
        if isinstance(form, VerifyForm):
            services.verify_claim(
                sku=sku,
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
                upload=data["file"] or None,
                document_id=int(data["document"]) if data["document"] else None,
                note=data["note"],
                actor_id=request.user.pk,
            )
            done = _("Verified: sales of this product count from now on.")
        else:
            services.reject_claim(sku=sku, reason=data["reason"], actor_id=request.user.pk)
            done = _("Rejected: sales of this product do not count from now on.")
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, done)
    return True
