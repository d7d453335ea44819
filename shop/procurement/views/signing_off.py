"""Who has signed for their goods: the list on paper, and what is noted off it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.procurement import services
from shop.procurement.access import holds_one, my_order, unit_page
from shop.procurement.members import MAY_REPORT
from shop.procurement.pages import paged
from shop.procurement.recipients import people_of, roster_of, set_words
from shop.procurement.sign_off_pdf import sign_off_pdf
from shop.procurement.signing_off import papers_of, people_on


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def sign_off(request: ScopedRequest, number: str) -> HttpResponse:
    """The people of an order, a page of them, with a tick for each who has signed."""
    record = my_order(request, number)
    roster = roster_of(record.purchase_request)
    if roster is None:
        return redirect("procurement:order", number=number)
    page = paged(people_of(roster), request.GET.get("page", ""))
    people = list(page.object_list)
    if request.method == "POST":
        shown = [person.number for person in people]
        try:
            changed = services.note_signatures(
                record_id=record.pk,
                shown=shown,
                signed=[number for number in shown if f"signed_{number}" in request.POST],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            messages.error(request, str(refused))
        else:
            told = ngettext("%(number)d signature noted.", "%(number)d signatures noted.", changed)
            messages.success(request, told % {"number": changed})
        return redirect(f"{request.path}?page={page.number}")
    context = {
        "active_tab": "orders",
        "record": record,
        "roster": roster,
        "people": people,
        "page_obj": page,
        "signed": people_of(roster).exclude(signed_on=None).count(),
        "papers": papers_of(roster),
        "may_note": roster.erased_at is None
        and record.released_at is not None
        and holds_one(request, MAY_REPORT, record.purchase_request.organisation),
    }
    return render(request, "shop/procurement/sign_off.html", context)


@require_safe
@unit_page
def sign_off_file(request: ScopedRequest, number: str, part: int) -> HttpResponse:
    """A part of the list to be printed and signed."""
    record = my_order(request, number)
    roster = roster_of(record.purchase_request)
    papers = papers_of(roster) if roster and roster.erased_at is None else []
    paper = next((paper for paper in papers if paper.number == part), None)
    if roster is None or paper is None:
        raise Http404
    goods = set_words(record, roster)
    body = sign_off_pdf(record.purchase_request, paper, people_on(paper, roster), goods)
    response = HttpResponse(body, content_type="application/pdf")
    name = f"{_('Sign-off list')} {record.number}-{part}.pdf"
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["Cache-Control"] = "private, no-store"
    return response
