"""A list of SKUs and quantities on its way into a draft: upload, preview, correction, confirmation."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.procurement import services
from shop.procurement.access import my_request, my_upload, unit_page
from shop.procurement.checking import check_rows
from shop.procurement.deals import deal_of
from shop.procurement.drafts import rows_of
from shop.procurement.files import fault_csv, template_csv, template_xlsx
from shop.procurement.forms import UploadForm
from shop.procurement.models import PurchaseRequest, UploadFile
from shop.procurement.pages import preview_context
from shop.procurement.uploads import read_list, read_pasted

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def upload(request: ScopedRequest, number: str) -> HttpResponse:
    """Read a file or pasted lines; nothing is applied before its preview is confirmed."""
    found = my_request(request, number)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    if form.is_bound and form.is_valid():
        try:
            kept = _store(request, found, form)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("procurement:preview", number=number, pk=kept.pk)
    context = {"active_tab": "requests", "request_row": found, "form": form}
    return render(request, "shop/procurement/upload.html", context, status=422 if form.errors else 200)


def _store(request: ScopedRequest, found: PurchaseRequest, form: UploadForm) -> UploadFile:
    file = form.cleaned_data["file"]
    text = form.cleaned_data["text"]
    read = read_list(file.read()) if file else read_pasted(text)
    name = file.name if file else _("Pasted lines")
    return services.store_upload(request_id=found.pk, name=name or "", read=read, actor_id=request.user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def preview(request: ScopedRequest, number: str, pk: int) -> HttpResponse:
    """Good rows with their prices beside the bad ones with reasons; a POST corrects rows and looks again."""
    found = my_upload(request, number, pk)
    if request.method == "POST":
        changes = {
            row.row: (request.POST.get(f"sku_{row.row}", ""), request.POST.get(f"quantity_{row.row}", ""))
            for row in rows_of(found)
            if f"sku_{row.row}" in request.POST
        }
        _take_suggestion(changes, request.POST.get("fix", ""))
        try:
            services.correct_upload(upload_id=found.pk, changes=changes, actor_id=request.user.pk)
        except ShopError as refused:
            messages.error(request, str(refused))
        return redirect(_same_page(request))
    if found.applied_at is not None:
        return redirect("procurement:request", number=number)
    pages = {"page": request.GET.get("page", ""), "bad_page": request.GET.get("bad", "")}
    context = preview_context(found, **pages) | {"active_tab": "requests"}
    return render(request, "shop/procurement/preview.html", context)


def _same_page(request: ScopedRequest) -> str:
    """Return the address of the preview at the rows that were looked at."""
    query = {name: request.GET[name] for name in ("page", "bad") if name in request.GET}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _take_suggestion(changes: dict[int, tuple[str, str]], fix: str) -> None:
    """Write the text of the button that was pressed (row:field:text) into its row."""
    row, _colon, rest = fix.partition(":")
    field, _colon, text = rest.partition(":")
    if not (row.isascii() and row.isdigit() and len(row) < 8) or int(row) not in changes:
        return
    sku, quantity = changes[int(row)]
    changes[int(row)] = (text, quantity) if field == "sku" else (sku, text)


@require_POST
@unit_page
def confirm(request: ScopedRequest, number: str, pk: int) -> HttpResponse:
    """Take the good rows over into the draft; a second click changes nothing."""
    found = my_upload(request, number, pk)
    try:
        checked = services.apply_upload(
            upload_id=found.pk,
            seen=request.POST.get("seen", ""),
            replace=request.POST.get("mode") == "replace",
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:preview", number=number, pk=pk)
    taken = ngettext("%(number)d product taken over.", "%(number)d products taken over.", len(checked.good))
    messages.success(request, taken % {"number": len(checked.good)})
    return redirect("procurement:request", number=number)


@require_safe
@unit_page
def faults(request: ScopedRequest, number: str, pk: int) -> HttpResponse:
    """Send the faults as a file."""
    found = my_upload(request, number, pk)
    checked = check_rows(rows_of(found), columns=found.columns, deal=deal_of(found.request))
    return file_answer(fault_csv(checked.faults).encode(), CSV, f"{number}-{_('faults')}.csv")


@require_safe
@unit_page
def template(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send an empty list to fill in, with what is for sale in bulk on a second sheet."""
    if kind == "xlsx":
        return file_answer(template_xlsx(), XLSX, f"{_('order list')}.xlsx")
    if kind == "csv":
        return file_answer(template_csv().encode(), CSV, f"{_('order list')}.csv")
    raise Http404


def file_answer(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a file to be taken away."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
