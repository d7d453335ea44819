"""How many have to agree to a unit's requests: its members read it, its approvers and its owner set it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest
from shop.accounts.models import User
from shop.buyers.access import acting_for, holds_one, unit_page
from shop.buyers.models import MemberRole, Membership, Organisation
from shop.buyers.selectors import members
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.procurement import services
from shop.procurement.approval_forms import ApprovalRuleForm
from shop.procurement.approval_models import ApprovalRule
from shop.procurement.members import APPROVING, RULING


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def approval_rules(request: ScopedRequest) -> HttpResponse:
    """The rules of the unit that the visitor acts for, and a form for the next."""
    unit = acting_for(request, request.POST.get("unit") or request.GET.get("unit"))
    people = [member for member in members(request.scope, unit.pk) if member.role in APPROVING]
    may_set = holds_one(request, RULING, unit)
    if request.method == "POST" and not may_set:
        raise Http404
    form = ApprovalRuleForm(request.POST if request.method == "POST" else None, approvers=people)
    if form.is_bound and form.is_valid() and _set(request, unit, form):
        return redirect(f"{reverse('procurement:approval_rules')}?unit={unit.code}")
    rules = ApprovalRule.objects.filter(organisation=unit).order_by("-starts_on", "from_fen", "-pk")
    page = page_of(request, rules.prefetch_related("steps"))
    context = {
        "active_tab": "requests",
        "units": [unit],
        "unit": unit,
        "may_set": may_set,
        "form": form,
        "page_obj": page,
        "rows": _rows(list(page.object_list), people),
        "today": clock.today(),
        "query": f"unit={unit.code}",
    }
    return render(
        request, "shop/procurement/approval_rules.html", context, status=422 if form.errors else 200
    )


def _set(request: ScopedRequest, unit: Organisation, form: ApprovalRuleForm) -> bool:
    try:
        services.set_approval_rule(
            organisation_id=unit.pk,
            from_fen=form.cleaned_data["from_fen"],
            starts_on=form.cleaned_data["starts_on"],
            steps=form.steps(),
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Noted. Requests that are submitted already keep their steps."))
    return True


def _rows(rules: list[ApprovalRule], people: list[Membership]) -> list[dict[str, object]]:
    """Return each rule with its steps in words. One query for those who have left."""
    names = {member.user_id: str(member.user) for member in people}
    named = {step.person for rule in rules for step in rule.steps.all()} - {None, *names}
    names |= {pk: str(person) for pk, person in User.objects.in_bulk(list(named)).items()}
    return [
        {
            "rule": rule,
            "steps": [
                names.get(step.person or 0, "")
                or _("Anybody: %(role)s") % {"role": MemberRole(step.role).label}
                for step in rule.steps.all()
            ],
        }
        for rule in rules
    ]
