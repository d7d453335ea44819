"""The staff's pages of notices: what stands how, how suppliers are reached, what providers may be asked for."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts import weixin
from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.notifications import selectors, supplier_channels
from shop.notifications.channels.registry import SMS_SETTINGS, is_live
from shop.notifications.forms import ChannelForm, SmsRuleForm
from shop.notifications.models import ChannelKind, NoticeState, SmsRule, SupplierChannel
from shop.notifications.services import retry_notice
from shop.notifications.text_limits import rule_on, spent
from shop.notifications.texts import TEXTS, template_of
from shop.suppliers.models import Supplier

LATEST_TESTS = 5


#: For pages of staff over the whole shop.
desk = require_whole_shop(Role.STAFF)


@desk
@require_GET
def notices(request: ScopedRequest) -> HttpResponse:
    """Notices to suppliers or buyers by state and channel, the latest first; no text of any is shown."""
    to = request.GET.get("to", "")
    to = to if to in selectors.RECEIVERS else "suppliers"
    state, channel = request.GET.get("state", "")[:10], request.GET.get("channel", "")[:10]
    state = state if state in NoticeState.values else ""
    channel = channel if channel in ChannelKind.values else ""
    find: Callable[..., Any] = selectors.supplier_notices if to == "suppliers" else selectors.buyer_notices
    context = {
        "to": to,
        "state": state,
        "channel": channel,
        "states": NoticeState.choices,
        "counts": [
            (ChannelKind(count.channel).label, count) for count in selectors.notice_counts(request.scope, to)
        ],
        "page_obj": page_of(request, find(request.scope, state, channel)),
        "query": urlencode({"to": to, "state": state, "channel": channel}),
        "now": clock.now(),
    }
    return render(request, "shop/notifications/notices.html", context)


@desk
@require_POST
def notice_retry(request: ScopedRequest, to: str, pk: int) -> HttpResponse:
    """Give a notice that was given up another round."""
    model = selectors.RECEIVERS.get(to)
    if model is None or not model._default_manager.filter(pk=pk).exists():
        raise Http404
    if retry_notice(model=model, notice_id=pk, actor_id=request.user.pk):
        messages.success(request, _("The notice will be tried again."))
    else:
        messages.error(request, _("This notice is not given up."))
    return redirect(f"{reverse('notifications:notices')}?{urlencode({'to': to, 'state': 'dead'})}")


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def services(request: ScopedRequest) -> HttpResponse:
    """How mail, group bots and texts are set up, the words to register, and the limits of texts."""
    rule = rule_on(clock.today())
    form = SmsRuleForm(request.POST if request.method == "POST" else None, rule=rule)
    if form.is_bound and form.is_valid():
        try:
            supplier_channels.set_sms_rule(actor_id=request.user.pk, **form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("These limits are set."))
            return redirect("notifications:services")
    context = {
        "form": form,
        "rule": rule,
        "later": SmsRule.objects.filter(starts_on__gt=clock.today()).order_by("starts_on"),
        "spent": spent(clock.now()),
        "email": is_live(ChannelKind.EMAIL),
        "wecom": is_live(ChannelKind.WECOM),
        "per_minute": settings.WECOM_PER_MINUTE,
        "sms": is_live(ChannelKind.SMS),
        "weixin": weixin.is_on(),
        "sms_settings": [(name, bool(getattr(settings, name))) for name in SMS_SETTINGS],
        "templates": [
            (kind, template_of(kind), settings.ALIYUN_SMS_TEMPLATES.get(kind, "")) for kind in TEXTS
        ],
    }
    return render(request, "shop/notifications/services.html", context, status=422 if form.errors else 200)


@desk
@require_GET
def suppliers(request: ScopedRequest) -> HttpResponse:
    """Suppliers with the channels that they are told by."""
    page = page_of(request, selectors.reachable_suppliers(request.scope))
    return render(request, "shop/notifications/suppliers.html", {"page_obj": page})


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def supplier(request: ScopedRequest, code: str) -> HttpResponse:
    """The channels of one supplier: order, switch, test, a new one. A POST names what to do in `act`."""
    found = selectors.reachable_suppliers(request.scope).filter(code=code).first()
    if found is None:
        raise Http404
    act = request.POST.get("act", "")
    form = ChannelForm(request.POST if act == "add" else None)
    if request.method == "POST" and _done(request, found, act, form):
        return redirect("notifications:supplier", code=code)
    context = {
        "supplier": found,
        "channels": [
            (row, is_live(row.channel))
            for row in SupplierChannel.objects.filter(supplier=found).order_by("position")
        ],
        "tests": selectors.supplier_notices(request.scope).filter(supplier=found, kind="channel_test")[
            :LATEST_TESTS
        ],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "shop/notifications/supplier.html", context, status=status)


def _done(request: ScopedRequest, found: Supplier, act: str, form: ChannelForm) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    if act == "add":
        return form.is_valid() and _added(request, found, form)
    row = _row(request, found)
    who = request.user.pk
    steps: Mapping[str, tuple[Callable[[], object], str]] = {
        "on": (
            lambda: supplier_channels.switch_channel(channel_id=row.pk, on=True, actor_id=who),
            _("This channel is used now."),
        ),
        "off": (
            lambda: supplier_channels.switch_channel(channel_id=row.pk, on=False, actor_id=who),
            _("This channel is not used any more."),
        ),
        "prefer": (
            lambda: supplier_channels.prefer_channel(channel_id=row.pk, actor_id=who),
            _("It is asked earlier now."),
        ),
        "test": (
            lambda: supplier_channels.send_test(channel_id=row.pk, actor_id=who),
            _("A test is on its way. Look below whether it has been sent."),
        ),
    }
    if act not in steps:
        messages.error(request, _("Choose what to do."))
        return True
    do, said = steps[act]
    do()
    messages.success(request, said)
    return True


def _added(request: ScopedRequest, found: Supplier, form: ChannelForm) -> bool:
    data = form.cleaned_data
    try:
        supplier_channels.add_channel(
            supplier=found, channel=data["channel"], typed=data["address"], actor_id=request.user.pk
        )
    except ShopError as refused:
        # Whatever it is, it was typed into the one field for it.
        form.add_error("address" if refused.field != "channel" else "channel", str(refused))
        return False
    messages.success(request, _("Added. Send a test before you rely on it."))
    return True


def _row(request: ScopedRequest, found: Supplier) -> SupplierChannel:
    key = request.POST.get("row", "")
    row = None
    if key.isascii() and key.isdecimal() and len(key) < 19:
        row = SupplierChannel.objects.filter(supplier=found, pk=key).first()
    if row is None:
        raise Http404
    return row
