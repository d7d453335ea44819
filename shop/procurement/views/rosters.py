"""The people who get the goods of a request: their list, its check, its yes; names are seen, numbers in part."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.fulfilment.forms import FileForm
from shop.procurement import services
from shop.procurement.access import holds, my_request, unit_page
from shop.procurement.files import roster_csv, roster_xlsx
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.pages import paged
from shop.procurement.recipients import people_of, roster_of
from shop.procurement.roster_files import MAX_PEOPLE, Person, ReadRoster, read_roster
from shop.procurement.roster_models import RosterFile
from shop.procurement.views.uploads import CSV, XLSX, file_answer

#: Bad rows that are named on the page; nothing of such a file is kept.
FAULTS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def roster(request: ScopedRequest, number: str) -> HttpResponse:
    """The people of a request; its buyer uploads a list. Of one with a bad row nothing is kept."""
    found = my_request(request, number)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    read: ReadRoster | None = None
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            read = read_roster(file.read())
            services.store_roster(
                request_id=found.pk, name=file.name or "", read=read, actor_id=request.user.pk
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("procurement:roster_check", number=number)
    standing = roster_of(found)
    people = paged(people_of(standing), request.GET.get("page", "")) if standing else None
    context = _frame(request, found) | {
        "form": form,
        "roster": standing,
        "people": list(people.object_list) if people else [],
        "page_obj": people,
        "faults": read.faults[:FAULTS_SHOWN] if read else (),
        "bad": len({fault.row for fault in read.faults}) if read else 0,
        "waits": RosterFile.objects.filter(request=found).exists(),
        "most": MAX_PEOPLE,
    }
    return render(request, "shop/procurement/roster.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def roster_check(request: ScopedRequest, number: str) -> HttpResponse:
    """A list that was read without a fault, before anything of it counts; a POST says yes to it."""
    found = my_request(request, number)
    if request.method == "POST":
        return _confirm(request, found)
    file = RosterFile.objects.filter(request=found).first()
    if file is None:
        return redirect("procurement:roster", number=number)
    people = [Person(*row) for row in file.people]
    page = paged(people, request.GET.get("page", ""))
    context = _frame(request, found) | {
        "file": file,
        "people": list(page.object_list),
        "page_obj": page,
        "headcount": len(people),
        "sets": sum(person.sets for person in people),
        "at_home": sum(1 for person in people if person.street),
        "departments": len({person.department for person in people if not person.street}),
        "doubts": [_shared(people, rows) for rows in file.doubts[:FAULTS_SHOWN]],
        "standing": roster_of(found),
    }
    return render(request, "shop/procurement/roster_check.html", context)


def _shared(people: list[Person], rows: list[int]) -> dict[str, Any]:
    names = [person for person in people if person.row in rows]
    return {
        "rows": "、".join(map(str, rows)),
        "names": "、".join(person.name for person in names),
        "phone": names[0].phone,
    }


def _confirm(request: ScopedRequest, found: PurchaseRequest) -> HttpResponse:
    try:
        kept = services.confirm_roster(
            request_id=found.pk,
            seen=request.POST.get("seen", ""),
            are_sure="sure" in request.POST,
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:roster_check", number=found.number)
    told = ngettext(
        "%(number)d person gets the goods of this request.",
        "%(number)d people get the goods of this request.",
        kept.headcount,
    )
    messages.success(request, told % {"number": kept.headcount})
    return redirect("procurement:request", number=found.number)


@require_POST
@unit_page
def roster_drop(request: ScopedRequest, number: str) -> HttpResponse:
    """Take the people off a draft: names, numbers and addresses are deleted."""
    found = my_request(request, number)
    try:
        services.drop_roster(request_id=found.pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The list is deleted. The goods go to the address of the request."))
    return redirect("procurement:roster", number=number)


@require_safe
@unit_page
def roster_template(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send an empty list of people to fill in."""
    if kind == "xlsx":
        return file_answer(roster_xlsx(), XLSX, f"{_('recipients')}.xlsx")
    if kind == "csv":
        return file_answer(roster_csv().encode(), CSV, f"{_('recipients')}.csv")
    raise Http404


def _frame(request: ScopedRequest, found: PurchaseRequest) -> dict[str, Any]:
    can_buy = holds(request, Role.BUYER, found.organisation)
    return {
        "active_tab": "requests",
        "request_row": found,
        "may_change": can_buy and found.state == RequestState.DRAFT,
    }
