"""A supplier's own pages of invoices: what is to be made out, and one request with its papers. Phone first."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.fen import shown_yuan
from shop.core.forms import add_refusal
from shop.core.paging import counts_of, page_of
from shop.files import places
from shop.files.invoice_files import XML
from shop.files.models import StoredFile
from shop.invoicing import selectors, services
from shop.invoicing.access import supplier_page
from shop.invoicing.crediting import creditable_refunds
from shop.invoicing.forms import CreditForm, ExchangeForm, FileForm, RecordForm, initial_of
from shop.invoicing.goods import goods_of
from shop.invoicing.models import InvoiceRequest, RequestState
from shop.invoicing.pages import paper_rows
from shop.invoicing.reading import ReadInvoice, read_invoice
from shop.suppliers.frame import frame, own_supplier

PAGE_SIZE = 20
_TABS = {
    "requested": (RequestState.REQUESTED,),
    "issued": (RequestState.ISSUED,),
    "ended": (RequestState.CREDITED, RequestState.EXCHANGED, RequestState.WITHDRAWN),
}


@require_safe
@supplier_page
def own(request: ScopedRequest) -> HttpResponse:
    """The supplier's invoices: to be made out (the oldest first), issued, and what is over."""
    supplier = own_supplier(request)
    found = selectors.requests(Scope(suppliers=frozenset({supplier.code})))
    tab = request.GET.get("tab", "")
    tab = tab if tab in _TABS else "requested"
    lists = [found.filter(state__in=states) for states in _TABS.values()]
    counts = dict(zip(_TABS, counts_of(lists), strict=True))
    rows = found.filter(state__in=_TABS[tab])
    if tab == "requested":
        rows = rows.order_by("asked_at", "pk")
    page = page_of(request, rows, size=PAGE_SIZE, count=counts[tab])
    context = frame(request, "sales", supplier) | {
        "tab": tab,
        "counts": counts,
        "query": f"tab={tab}",
        "page_obj": page,
        "rows": paper_rows(selectors.with_papers(list(page)), user_id=request.user.pk),
    }
    return render(request, "shop/invoicing/own.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_page
def own_request(request: ScopedRequest, number: str) -> HttpResponse:
    """One request: to whom it is made out, its goods, its papers; a POST writes an invoice down or keeps a file."""
    supplier = own_supplier(request)
    scope = Scope(suppliers=frozenset({supplier.code}))
    found = selectors.requests(scope).filter(number=number).first()
    if found is None:
        raise Http404
    forms = _Forms(request, found)
    if request.method == "POST":
        answer = forms.act()
        if answer is not None:
            return answer
    papers, lines = selectors.with_papers([found]), selectors.lines_of(found)
    context = frame(request, "sales", supplier) | {
        "row": paper_rows(papers, user_id=request.user.pk)[0],
        "papers": [(invoice, lines.get(invoice.pk, [])) for invoice in papers[0].invoices],
        "goods": forms.goods,
        "goods_fen": sum(one.gross_fen for one in forms.goods),
        "record_form": forms.record if forms.record.errors or forms.goods else None,
        "file_form": forms.file,
        "credit_form": forms.credit if forms.credit.errors or forms.refunds else None,
        "exchange_form": forms.exchange
        if forms.exchange.errors or found.state == RequestState.ISSUED
        else None,
    }
    status = 422 if forms.is_refused else 200
    return render(request, "shop/invoicing/own_request.html", context, status=status)


class _Forms:
    """The forms of a request's page, of which a POST fills one."""

    def __init__(self, request: ScopedRequest, row: InvoiceRequest) -> None:
        self.request, self.row = request, row
        self.asked = request.POST.get("act", "") if request.method == "POST" else ""
        waits = row.state == RequestState.REQUESTED
        self.goods = goods_of(row.record_id, row.supplier_id) if waits else []
        self.refunds = creditable_refunds(row)
        self.read = self._read() if waits else None
        initial = initial_of(self.read, self.goods, clock.today())
        self.record = RecordForm(self._data("record"), goods=self.goods, initial=initial)
        self.file = FileForm(self._data("file"), request.FILES if self.asked == "file" else None)
        named = [(one, f"{one.number} ¥{shown_yuan(one.fen)}") for one in self.refunds]
        today = {"issued_on": clock.today()}
        self.credit = CreditForm(self._data("credit"), refunds=named, initial=today)
        self.exchange = ExchangeForm(self._data("exchange"), initial=today)

    @property
    def is_refused(self) -> bool:
        """Return whether a form came back with errors."""
        return any(form.errors for form in (self.record, self.file, self.credit, self.exchange))

    def act(self) -> HttpResponse | None:
        """Do what the form asks for and lead back; None where it is refused, or asks for nothing known."""
        acts: dict[str, Any] = {
            "record": (self.record, self._record),
            "file": (self.file, self._keep),
            "credit": (self.credit, self._credit),
            "exchange": (self.exchange, self._exchange),
        }
        form, do = acts.get(self.asked, (None, None))
        if form is None:
            return redirect("invoicing:own_request", number=self.row.number)
        if not form.is_valid():
            return None
        try:
            told, to = do(form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
            return None
        messages.success(self.request, told)
        return redirect(to)

    def _data(self, act: str) -> Any:
        return self.request.POST if self.asked == act else None

    def _record(self, data: dict[str, Any]) -> tuple[str, str]:
        services.record_invoice(
            request_id=self.row.pk,
            number=data["number"],
            issued_on=data["issued_on"],
            lines=self.record.lines(self.read),
            actor_id=self.request.user.pk,
        )
        return _("Written down. The buyer has been told."), self._page(self.row)

    def _keep(self, data: dict[str, Any]) -> tuple[str, str]:
        kept = services.keep_file(request_id=self.row.pk, upload=data["file"], actor_id=self.request.user.pk)
        if kept.content_type == XML and self.row.state == RequestState.REQUESTED:
            told = _("The file is kept. Please compare what it has filled in, and send it off.")
            return told, f"{self._page(self.row)}?file={kept.pk}"
        return _("The file is kept."), self._page(self.row)

    def _credit(self, data: dict[str, Any]) -> tuple[str, str]:
        services.credit_invoice(
            request_id=self.row.pk,
            refund_id=data["refund"],
            number=data["number"],
            issued_on=data["issued_on"],
            reason_code=data["reason_code"],
            actor_id=self.request.user.pk,
        )
        return _("The credit invoice is written down. The buyer has been told."), self._page(self.row)

    def _exchange(self, data: dict[str, Any]) -> tuple[str, str]:
        new = services.exchange_invoice(
            request_id=self.row.pk,
            number=data["number"],
            issued_on=data["issued_on"],
            actor_id=self.request.user.pk,
        )
        if new is None:
            return _("Taken back. No goods of this order are left to be invoiced."), self._page(self.row)
        return _("Taken back. Please make the new invoice out now."), self._page(new)

    def _page(self, row: InvoiceRequest) -> str:
        return reverse("invoicing:own_request", args=[row.number])

    def _read(self) -> ReadInvoice | None:
        """Return what the request's XML file says: the one that the address names, else the latest."""
        named = self.request.GET.get("file", "")
        files = [
            file
            for paper in selectors.with_papers([self.row])
            for file in paper.files
            if file.content_type == XML
        ]
        chosen: StoredFile | None = next(
            (file for file in files if str(file.pk) == named), files[-1] if files else None
        )
        if chosen is None:
            return None
        try:
            return read_invoice(places.upload_path(chosen).read_bytes())
        except FileNotFoundError:
            return None
