"""The staff's pages of where money comes from and goes to: payers' names, surplus moved, other payees."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.gateways import selectors, services
from shop.gateways.bill_forms import MoveForm, PayeeForm, PayerNameForm
from shop.gateways.dashboard import attempt_act, desk


@desk
@require_http_methods(["GET", "POST"])
def payer_names(request: ScopedRequest) -> HttpResponse:
    """List the names and accounts under which units pay beside their own, and take a new one."""
    form = PayerNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.add_payer(
                organisation_id=data["organisation"].pk,
                name=data["name"],
                account=data["account"],
                actor_id=request.user.pk,
            )
        except ShopError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("gateways:payer_names")
    context = {
        "form": form,
        "page_obj": page_of(request, selectors.payer_names(request.scope)),
        "accounts": page_of(request, selectors.payer_accounts(request.scope), name="accounts"),
    }
    return render(request, "shop/gateways/payer_names.html", context, status=400 if form.errors else 200)


@desk
@require_POST
def payer_name_remove(request: ScopedRequest, pk: int) -> HttpResponse:
    """Match transfers by this name no more."""
    attempt_act(
        request,
        lambda: services.remove_payer_name(name_id=pk, actor_id=request.user.pk),
        _("Removed: transfers are not matched by this name any more."),
    )
    return redirect("gateways:payer_names")


@desk
@require_POST
def payer_account_remove(request: ScopedRequest, pk: int) -> HttpResponse:
    """Match transfers by this account no more."""
    attempt_act(
        request,
        lambda: services.remove_payer_account(account_id=pk, actor_id=request.user.pk),
        _("Removed: transfers are not matched by this account any more."),
    )
    return redirect("gateways:payer_names")


@desk
@require_POST
def move_propose(request: ScopedRequest, pk: int) -> HttpResponse:
    """Propose surplus for another order of the same payer."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the order's number and a reason."))
        return redirect("gateways:refund_queue")
    data = form.cleaned_data
    attempt_act(
        request,
        lambda: services.propose_move(
            payment_id=pk,
            order_number=data["order_number"],
            reason=data["reason"],
            proposed_by=request.user.pk,
        ),
        _("Proposed. Another person must approve it."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def move_approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Give surplus to the order that somebody else proposed."""
    attempt_act(
        request,
        lambda: services.approve_move(move_id=pk, approved_by=request.user.pk),
        _("Approved: the money is the order's now."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def move_withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a proposal back."""
    attempt_act(
        request, lambda: services.withdraw_move(move_id=pk, actor_id=request.user.pk), _("Withdrawn.")
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def payee_propose(request: ScopedRequest, pk: int) -> HttpResponse:
    """Propose another payee for a transfer back."""
    form = PayeeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter name, account and reason of another payee."))
        return redirect("gateways:refund_queue")
    data = form.cleaned_data
    attempt_act(
        request,
        lambda: services.propose_payee(
            execution_id=pk,
            payee=data["payee"],
            payee_account=data["payee_account"],
            reason=data["reason"],
            proposed_by=request.user.pk,
        ),
        _("Proposed. Another person must approve it."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def payee_approve(request: ScopedRequest, pk: int) -> HttpResponse:
    """Allow the payee that somebody else proposed."""
    attempt_act(
        request,
        lambda: services.approve_payee(change_id=pk, approved_by=request.user.pk),
        _("Approved: the transfer may go to this account."),
    )
    return redirect("gateways:refund_queue")


@desk
@require_POST
def payee_withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take a proposal back."""
    attempt_act(
        request, lambda: services.withdraw_payee(change_id=pk, actor_id=request.user.pk), _("Withdrawn.")
    )
    return redirect("gateways:refund_queue")
