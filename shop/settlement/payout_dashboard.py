"""The staff's pages of pay-out lists: made by one person, approved by another, taken to the bank, paid by its lines."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.gateways.bank_selectors import desk_people
from shop.journal import services as journal
from shop.settlement import selectors, services
from shop.settlement.bank_file import bank_csv, bank_xlsx
from shop.settlement.dashboard import desk, may_act, readers, run
from shop.settlement.models import PayoutList
from shop.settlement.paying_models import ItemState, ListState

_FILES = {
    "csv": (bank_csv, "text/csv; charset=utf-8"),
    "xlsx": (bank_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_APPROVED = (ListState.APPROVED, ListState.PAID)


@require_http_methods(["GET", "HEAD", "POST"])
@readers
def payout_lists(request: ScopedRequest) -> HttpResponse:
    """All pay-out lists; a POST makes one of what the last statements say."""
    if request.method == "POST":
        if not may_act(request):
            raise Http404
        try:
            made = services.make_payout_list(
                demo=settings.SHOP_DEMO, made_by=request.user.pk, note=request.POST.get("note", "")
            )
        except ShopError as refused:
            messages.error(request, str(refused))
            return redirect("settlement:overview")
        messages.success(request, _("The list is made. Another person approves it."))
        return redirect("settlement:payout_list", number=made.number)
    context = {
        "active_tab": "settlement",
        "page_obj": page_of(request, selectors.payout_lists(request.scope, demo=settings.SHOP_DEMO)),
        "people": desk_people(request.scope),
    }
    return render(request, "shop/settlement/payout_lists.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@readers
def payout_list(request: ScopedRequest, number: str) -> HttpResponse:
    """One list with what everybody gets, or why not; a POST says what in `act`."""
    found = _list(request, number)
    if request.method == "POST":
        if not may_act(request):
            raise Http404
        return _act(request, found)
    page = page_of(request, selectors.list_items(found))
    people = (found.made_by, found.checked_by)
    context = {
        "active_tab": "settlement",
        "payout_list": found,
        "page_obj": page,
        "people": desk_people(request.scope),
        "actor_id": request.user.pk,
        "may_act": may_act(request),
        "may_decide": request.user.pk not in people
        and found.state in (ListState.PROPOSED, ListState.CHECKED),
        "wants_check": found.third_person and found.state == ListState.PROPOSED,
        "is_open": found.state in (ListState.PROPOSED, ListState.CHECKED),
        "has_file": found.state in _APPROVED,
    }
    return render(request, "shop/settlement/payout_list.html", context)


def _list(request: ScopedRequest, number: str) -> PayoutList:
    found = selectors.payout_lists(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _act(request: ScopedRequest, found: PayoutList) -> HttpResponse:
    number, actor_id, act = found.number, request.user.pk, request.POST.get("act", "")
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "check": (
            lambda: services.check_payout_list(number=number, checked_by=actor_id),
            _("Checked. A third person approves it."),
        ),
        "approve": (
            lambda: services.approve_payout_list(number=number, approved_by=actor_id),
            _("Approved. Take the file to the bank."),
        ),
        "withdraw": (
            lambda: services.withdraw_payout_list(number=number, actor_id=actor_id),
            _("Taken back: nothing was moved."),
        ),
        **_item_acts(request, found),
    }
    if act not in acts:
        raise Http404
    run(request, *acts[act])
    return redirect("settlement:payout_list", number=number)


def _item_acts(request: ScopedRequest, found: PayoutList) -> dict[str, tuple[Callable[[], object], str]]:
    pk, actor_id = request.POST.get("pk", ""), request.user.pk
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return {}
    item = found.items.filter(pk=int(pk)).first()
    if item is None:
        return {}
    return {
        "serial": (
            lambda: services.enter_serial(
                item_id=item.pk, bank_serial=request.POST.get("bank_serial", ""), actor_id=actor_id
            ),
            _("Written down. The bank's statement marks it as paid."),
        ),
        "ask_release": (
            lambda: services.ask_release(
                item_id=item.pk, reason=request.POST.get("reason", ""), asked_by=actor_id
            ),
            _("Another person confirms that the bank has not paid it."),
        ),
        "release": (
            lambda: services.confirm_release(item_id=item.pk, confirmed_by=actor_id),
            _("It is owed again; the next list pays it."),
        ),
    }


@require_GET
@desk
def bank_file(request: ScopedRequest, number: str, kind: str) -> HttpResponse:
    """The file for the bank, with full account numbers: of an approved list, and journalled."""
    found = _list(request, number)
    if kind not in _FILES or found.state not in _APPROVED:
        raise Http404
    write, content_type = _FILES[kind]
    items = list(selectors.list_items(found).filter(state__in=(ItemState.LISTED, ItemState.PAID)))
    journal.record(
        actor_id=request.user.pk,
        action="payout_list.file_taken",
        object_type="payout_list",
        object_key=found.number,
        after={"kind": kind, "items": len(items)},
    )
    response = HttpResponse(write(items), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{found.number}.{kind}"'
    return response
