"""The staff's pages of bank statements: upload, dry run, lines, differences, and which order money is for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.gateways import bank_selectors as selectors
from shop.gateways import services
from shop.gateways.bank_forms import AccountForm, LineFilterForm, UploadForm
from shop.gateways.bank_models import BankAccount, DifferenceKind, FileState
from shop.gateways.dashboard import attempt_act, desk
from shop.gateways.services.statement_reading import COLUMNS

PAGE_SIZE = 50
#: So many lines are matched while somebody waits for the page; the worker matches the rest.
_AT_ONCE = 50


@desk
@require_http_methods(["GET", "POST"])
def statements(request: ScopedRequest) -> HttpResponse:
    """List the statements, and take a new one in for its dry run."""
    accounts = selectors.bank_accounts(request.scope)
    sent = request.method == "POST"
    form = UploadForm(request.POST if sent else None, request.FILES if sent else None, accounts=accounts)
    if sent and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            file = services.upload_statement(
                account_id=form.cleaned_data["account"].pk,
                name=upload.name or "",
                raw=upload.read(),
                imported_by=request.user.pk,
            )
        except ShopError as error:
            add_refusal(form, error)
        else:
            if file.state == FileState.APPLIED:
                messages.info(request, _("This file has been imported already: nothing was changed."))
            return redirect("gateways:statement", file.pk)
    page = Paginator(selectors.statement_files(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "accounts": accounts,
        "page_obj": page,
        "people": selectors.desk_people(request.scope),
    }
    return render(request, "shop/gateways/statements.html", context, status=400 if form.errors else 200)


@desk
@require_GET
def statement(request: ScopedRequest, pk: int) -> HttpResponse:
    """Show what a statement would do or has done: every bad row, every changed one, the first new lines."""
    file = get_object_or_404(selectors.statement_files(request.scope), pk=pk)
    context = {
        "file": file,
        "people": selectors.desk_people(request.scope),
        "actor_id": request.user.pk,
        "can_confirm": file.state == FileState.PREVIEWED and not file.faulty,
    }
    return render(request, "shop/gateways/statement.html", context)


@desk
@require_POST
def statement_confirm(request: ScopedRequest, pk: int) -> HttpResponse:
    """Apply a statement that somebody else uploaded."""
    get_object_or_404(selectors.statement_files(request.scope), pk=pk)
    try:
        new = services.confirm_statement(file_id=pk, confirmed_by=request.user.pk)
    except ShopError as error:
        messages.error(request, str(error))
    else:
        services.settle_lines(file_id=pk, limit=_AT_ONCE)
        messages.success(
            request,
            ngettext("%(count)d new line was entered.", "%(count)d new lines were entered.", new)
            % {"count": new},
        )
    return redirect("gateways:statement", pk)


@desk
@require_POST
def statement_discard(request: ScopedRequest, pk: int) -> HttpResponse:
    """Put a statement away that has not been confirmed."""
    attempt_act(
        request, lambda: services.discard_statement(file_id=pk, actor_id=request.user.pk), _("Discarded.")
    )
    return redirect("gateways:statement", pk)


@desk
@require_http_methods(["GET", "POST"])
def bank_account_new(request: ScopedRequest) -> HttpResponse:
    """Add an account of ours with the names of its columns."""
    return _account_page(request, None)


@desk
@require_http_methods(["GET", "POST"])
def bank_account(request: ScopedRequest, pk: int) -> HttpResponse:
    """Change an account of ours or the names of its columns."""
    return _account_page(request, get_object_or_404(selectors.bank_accounts(request.scope), pk=pk))


def _account_page(request: ScopedRequest, account: BankAccount | None) -> HttpResponse:
    known: dict[str, str] = {}
    if account is not None:
        known = {name: getattr(account, name) for name in ("name", "number", "bank", "not_buyers")}
        known |= (
            {name: getattr(account.mapping, name) for name in COLUMNS} if hasattr(account, "mapping") else {}
        )
    form = AccountForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        try:
            _save_account(request, account, form.cleaned_data)
        except ShopError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("gateways:statements")
    context = {"form": form, "account": account}
    return render(request, "shop/gateways/bank_account.html", context, status=400 if form.errors else 200)


def _save_account(request: ScopedRequest, account: BankAccount | None, data: dict[str, str]) -> None:
    with transaction.atomic():
        saved = services.save_account(
            number=data["number"],
            name=data["name"],
            bank=data["bank"],
            not_buyers=data["not_buyers"],
            demo=account.demo if account else settings.SHOP_DEMO,
            actor_id=request.user.pk,
            account_id=account.pk if account else None,
        )
        columns = {name: data[name] for name in COLUMNS}
        services.save_mapping(account_id=saved.pk, columns=columns, actor_id=request.user.pk)


@desk
@require_GET
def statement_lines(request: ScopedRequest) -> HttpResponse:
    """List the lines of all confirmed statements, with filters."""
    form = LineFilterForm(request.GET, accounts=selectors.bank_accounts(request.scope))
    lines = selectors.statement_lines(request.scope, form.filters())
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
    }
    return render(request, "shop/gateways/statement_lines.html", context)


@desk
@require_GET
def differences(request: ScopedRequest) -> HttpResponse:
    """List what the books do not agree on with bank and channels, oldest first, or what has been settled of it."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in DifferenceKind.values else ""
    mine = request.user.pk if request.GET.get("mine") else None
    settled = bool(request.GET.get("settled"))
    found = selectors.open_differences(request.scope, kind=kind, owner_id=mine)
    if settled:
        found = selectors.settled_differences(request.scope)
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "query": "settled=1" if settled else f"kind={kind}" + ("&mine=1" if mine else ""),
        "settled": settled,
        "kinds": DifferenceKind.choices,
        "kind": kind,
        "mine": mine,
        "people": selectors.desk_people(request.scope),
        "assignments": selectors.proposed_assignments(request.scope),
        "actor_id": request.user.pk,
    }
    return render(request, "shop/gateways/differences.html", context)


def _decide(request: ScopedRequest, act: Callable[[], object], done: str) -> HttpResponse:
    attempt_act(request, act, done)
    return redirect("gateways:differences")


def _words(request: ScopedRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[:200]


@desk
@require_POST
def difference_assign(request: ScopedRequest, pk: int) -> HttpResponse:
    """Hand a difference to another person."""
    owner = _words(request, "owner")
    owner_id = int(owner) if owner.isascii() and owner.isdecimal() and len(owner) < 19 else 0
    return _decide(
        request,
        lambda: services.assign_difference(difference_id=pk, owner_id=owner_id, actor_id=request.user.pk),
        _("Handed over."),
    )


@desk
@require_POST
def difference_resolve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Close a difference with a note."""
    note = _words(request, "note")
    return _decide(
        request,
        lambda: services.resolve_difference(difference_id=pk, note=note, actor_id=request.user.pk),
        _("Resolved."),
    )


@desk
@require_POST
def difference_take(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a received line as money of its own."""
    note = _words(request, "note")
    return _decide(
        request,
        lambda: services.take_difference(difference_id=pk, note=note, actor_id=request.user.pk),
        _("Taken: the money stands without an order now."),
    )


@desk
@require_POST
def assignment_propose(request: ScopedRequest, pk: int) -> HttpResponse:
    """Propose which order money is for."""
    number, note = _words(request, "order_number"), _words(request, "note")
    return _decide(
        request,
        lambda: services.propose_assignment(
            payment_id=pk, order_number=number, proposed_by=request.user.pk, note=note
        ),
        _("Proposed. Another person must approve it."),
    )


@desk
@require_POST
def assignment_approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give money to the order that somebody else proposed."""
    return _decide(
        request,
        lambda: services.approve_assignment(assignment_id=pk, approved_by=request.user.pk),
        _("Approved: the money is the order's now."),
    )


@desk
@require_POST
def assignment_withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a proposal back."""
    return _decide(
        request,
        lambda: services.withdraw_assignment(assignment_id=pk, actor_id=request.user.pk),
        _("Withdrawn."),
    )
