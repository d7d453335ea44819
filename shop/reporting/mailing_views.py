"""The page of the monthly report by mail: who gets it, and what became of each."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import READERS, ScopedRequest, require_whole_shop, roles_of
from shop.accounts.models import Role, ScopeKind, User
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.notifications.models import BuyerNotice, NoticeState
from shop.regions.models import PartnerRegion
from shop.reporting.mailing import (
    add_recipient,
    begin_again,
    candidates,
    end_recipient,
    is_stuck,
    last_mailings,
    notice_key,
    notices_of,
    recipients,
)
from shop.reporting.models import ExportState, ReportMailing, ReportRecipient


class RecipientForm(forms.Form):
    """Who gets the report from now on."""

    person = forms.TypedChoiceField(
        label=gettext_lazy("Person"),
        coerce=int,
        help_text=gettext_lazy(
            "Staff, finance, auditors and liaisons with a mail address. A liaison gets the figures of the own regions"
            " only."
        ),
        error_messages={"required": gettext_lazy("Choose a person.")},
    )

    def offer(self, people: list[User]) -> None:
        """Say who can be chosen."""
        choices = [
            ("", _("Choose a person")),
            *((person.pk, f"{person} · {person.email}") for person in people),
        ]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]  # of a choice field


@dataclass(frozen=True)
class Sent:
    """A report of a month as the page shows it: `tone` is ok, warn, err or plain."""

    mailing: ReportMailing
    words: str
    tone: str
    notice: BuyerNotice | None
    is_stuck: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF, Role.AUDITOR)
def report_recipients(request: ScopedRequest) -> HttpResponse:
    """Show who gets the report and what was sent; staff add somebody here."""
    may_change = Role.STAFF in roles_of(request.user)
    if request.method == "POST" and not may_change:
        raise Http404
    form = RecipientForm(request.POST if request.method == "POST" else None)
    people = list(candidates()) if may_change else []
    form.offer(people)
    if form.is_bound and form.is_valid():
        try:
            found = add_recipient(user_id=form.cleaned_data["person"], actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            words = {"person": found.user}
            messages.success(
                request, _("%(person)s gets the report of the next month that is released.") % words
            )
            return redirect("reporting:report_recipients")
    page = page_of(request, last_mailings())
    regions = dict(PartnerRegion.objects.values_list("slug", "name_zh"))
    context = {
        "rows": [(each, _sees(each, regions)) for each in recipients()],
        "page_obj": page,
        "sent": _sent(list(page.object_list)),
        "form": form if may_change else None,
        "has_candidates": bool(people),
    }
    status = 422 if form.errors else 200
    return render(request, "shop/reporting/report_recipients.html", context, status=status)


def _sees(recipient: ReportRecipient, regions: dict[str, str]) -> str:
    """Return whose figures a person gets, in words; "" for nobody's any more."""
    held = [grant for grant in recipient.user.grants.all() if grant.role in READERS]
    if any(grant.kind == ScopeKind.ALL for grant in held):
        return _("the whole shop")
    return "、".join(regions.get(grant.code, grant.code) for grant in held if grant.kind == ScopeKind.REGION)


def _sent(mailings: list[ReportMailing]) -> list[Sent]:
    notices = notices_of(mailings)
    return [_shown(mailing, notices.get(notice_key(mailing))) for mailing in mailings]


def _shown(mailing: ReportMailing, notice: BuyerNotice | None) -> Sent:
    words, tone = _standing(mailing, notice)
    return Sent(mailing, words, tone, notice, is_stuck(mailing, told=notice is not None))


def _standing(mailing: ReportMailing, notice: BuyerNotice | None) -> tuple[str, str]:
    """Return how a report stands in words, and their tone."""
    if mailing.export is None:
        return mailing.get_refusal_display(), "err"
    if notice is not None:
        tone = {NoticeState.SENT.value: "ok", NoticeState.PENDING.value: "plain"}.get(notice.state, "err")
        return str(NoticeState(notice.state).label), tone
    if mailing.export.state == ExportState.WAITING:
        return str(ExportState.WAITING.label), "plain"
    return mailing.export.failure or pgettext("report", "No mail address"), "err"


@require_POST
@require_whole_shop(Role.STAFF)
def recipient_end(request: ScopedRequest, pk: int) -> HttpResponse:
    """Send somebody no further report."""
    if not ReportRecipient.objects.filter(pk=pk).exists():
        raise Http404
    if end_recipient(recipient_id=pk, actor_id=request.user.pk):
        messages.success(request, _("No further report is sent to this person."))
    return redirect("reporting:report_recipients")


@require_POST
@require_whole_shop(Role.STAFF)
def mailing_again(request: ScopedRequest, pk: int) -> HttpResponse:
    """Make a report anew that nobody was told of."""
    if not ReportMailing.objects.filter(pk=pk).exists():
        raise Http404
    try:
        if begin_again(mailing_id=pk, actor_id=request.user.pk):
            messages.success(request, _("The report is being made again."))
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("reporting:report_recipients")
