"""The staff's pages: bank lines in, money back. Nothing moves on one person's word."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import counts_of, page_of
from shop.gateways import bill_selectors, selectors, services
from shop.gateways.bank_selectors import desk_people
from shop.gateways.forms import PayoutForm, TransferForm
from shop.ordering.services import approve_refund, withdraw_refund

LIST_SIZE = 200


#: For pages of those who handle money for the whole shop.
desk = require_whole_shop(Role.STAFF, Role.FINANCE)


def attempt_act(request: ScopedRequest, act: Callable[[], object], done: str) -> None:
    """Run a service and say how it went; a row that is not there is a 404."""
    try:
        act()
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def _page(
    request: ScopedRequest,
    name: str,
    rows: QuerySet[Any],
    show: Callable[[Any], object] | None = None,
    count: int | None = None,
) -> Page[Any]:
    """Return one page of one of the lists of a page, each row as `show` makes it; `count` as in `page_of`."""
    page = page_of(request, rows, name=name, count=count)
    if show is not None:
        page.object_list = [show(row) for row in page.object_list]
    return page


@desk
@require_GET
def transfers(request: ScopedRequest) -> HttpResponse:
    """List the transfers that are awaited and the bank lines that wait for a second person."""
    scope = request.scope
    awaited = _page(request, "awaited", selectors.awaited_transfers(scope))
    awaited.object_list = selectors.shown_transfers(awaited.object_list)
    return render(
        request,
        "shop/gateways/transfers.html",
        {
            "awaited": awaited,
            "proposed": _page(request, "proposed", selectors.proposed_transfers(scope)),
            "actor_id": request.user.pk,
        },
    )


@desk
@require_http_methods(["GET", "POST"])
def transfer_propose(request: ScopedRequest) -> HttpResponse:
    """Enter a line of the bank statement."""
    sent = request.POST if request.method == "POST" else None
    form = TransferForm(sent, initial={"reference": request.GET.get("reference", "")})
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.propose_transfer(
                reference=data["reference"],
                bank_serial=data["bank_serial"],
                booked_on=data["booked_on"],
                fen=form.fen(),
                payer=data["payer"],
                proposed_by=request.user.pk,
            )
        except ShopError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Entered. Another person must confirm it."))
            return redirect("gateways:transfers")
    status = 400 if form.errors else 200
    return render(request, "shop/gateways/transfer_form.html", {"form": form}, status=status)


@desk
@require_POST
def transfer_confirm(request: ScopedRequest, pk: int) -> HttpResponse:
    """Confirm a bank line that somebody else entered."""
    attempt_act(
        request,
        lambda: services.confirm_transfer(claim_id=pk, confirmed_by=request.user.pk),
        _("Confirmed: the money has been taken."),
    )
    return redirect("gateways:transfers")


@desk
@require_POST
def transfer_reject(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a bank line back that was entered wrongly."""
    attempt_act(
        request,
        lambda: services.reject_transfer(
            claim_id=pk, rejected_by=request.user.pk, reason=request.POST.get("reason", "")[:200]
        ),
        _("Rejected. The bank line can be entered again."),
    )
    return redirect("gateways:transfers")


@desk
@require_GET
def refund_queue(request: ScopedRequest) -> HttpResponse:
    """List the money that people must send back or decide about."""
    scope = request.scope
    lists: dict[str, QuerySet[Any]] = {
        "to_decide": selectors.refunds_to_decide(scope),
        "to_make": selectors.payouts_to_make(scope),
        "to_confirm": selectors.payouts_to_confirm(scope),
        "unapplied": selectors.unapplied_money(scope),
        "proposed": selectors.proposed_returns(scope),
        "moves": selectors.proposed_moves(scope),
        "payees": selectors.proposed_payees(scope),
        "failed": selectors.failed_refunds(scope),
    }
    counts = dict(zip(lists, counts_of(list(lists.values())), strict=True))
    show = {"unapplied": selectors.unapplied_row}
    pages = {
        name: _page(request, name, rows if counts[name] else rows.none(), show.get(name), counts[name])
        for name, rows in lists.items()
    }
    return render(request, "shop/gateways/refund_queue.html", pages | {"actor_id": request.user.pk})


@desk
@require_GET
def payment_services(request: ScopedRequest) -> HttpResponse:
    """Show how Stripe is set up and what of its bill differs from the shop's books."""
    scope = request.scope
    return render(
        request,
        "shop/gateways/payment_services.html",
        {
            "channel": bill_selectors.stripe_channel(),
            "differences": bill_selectors.bill_differences(scope)[:LIST_SIZE],
            "missing": bill_selectors.payments_missing_in_bill(scope)[:LIST_SIZE],
            "unseen": bill_selectors.refunds_missing_in_bill(scope)[:LIST_SIZE],
            "people": desk_people(scope),
        },
    )


@desk
@require_POST
def refund_approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Let a buyer's refund of shipped goods go out."""
    wish = get_object_or_404(selectors.refund_requests(request.scope), pk=pk)
    attempt_act(
        request,
        lambda: approve_refund(request_id=wish.pk, actor_id=request.user.pk),
        _("Approved: the money goes back the way it came."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def refund_refuse(request: ScopedRequest, pk: int) -> HttpResponse:
    """Refuse a buyer's refund of shipped goods; the reason is kept in the order's history."""
    wish = get_object_or_404(selectors.refund_requests(request.scope), pk=pk)
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        messages.error(request, _("Please say why the refund is refused."))
        return redirect("gateways:refund_queue")
    attempt_act(
        request,
        lambda: withdraw_refund(request_id=wish.pk, reason=reason, actor_id=request.user.pk),
        _("The refund is refused."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def payout_sent(request: ScopedRequest, pk: int) -> HttpResponse:
    """Note that a transfer back was made at the bank."""
    form = PayoutForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the serial number of the bank line (1 to 40 characters)."))
        return redirect("gateways:refund_queue")
    data = form.cleaned_data
    attempt_act(
        request,
        lambda: services.record_payout(
            execution_id=pk,
            bank_serial=data["bank_serial"],
            sent_by=request.user.pk,
            sent_on=data["sent_on"],
            payee_account=data["payee_account"],
        ),
        _("Noted. Another person must confirm it."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def payout_confirm(request: ScopedRequest, pk: int) -> HttpResponse:
    """Confirm a transfer back that somebody else made."""
    attempt_act(
        request,
        lambda: services.confirm_payout(execution_id=pk, confirmed_by=request.user.pk),
        _("Confirmed: the money has gone back."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def refund_retry(request: ScopedRequest, pk: int) -> HttpResponse:
    """Send a failed part of a refund again."""
    attempt_act(
        request,
        lambda: services.retry_refund(execution_id=pk, actor_id=request.user.pk),
        _("The refund will be sent again."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def return_propose(request: ScopedRequest, pk: int) -> HttpResponse:
    """Propose that unapplied money goes back to its payer."""
    attempt_act(
        request,
        lambda: services.propose_return(payment_id=pk, requested_by=request.user.pk),
        _("Proposed. Another person must approve it."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def return_approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Approve a return that somebody else proposed."""
    attempt_act(
        request,
        lambda: services.approve_return(execution_id=pk, approved_by=request.user.pk),
        _("Approved: the money goes back."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def return_withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Withdraw a return that has not been approved."""
    attempt_act(
        request,
        lambda: services.withdraw_return(execution_id=pk, actor_id=request.user.pk),
        _("Withdrawn."),
    )
    return redirect("gateways:refund_queue")
