"""Notices held after a restore: staff say which go out, and which people were told before."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core.paging import page_of
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.operations.models import Restore
from shop.operations.restores import Notices, decide_held, held_notices

#: The two lists, by the word in the address.
RECEIVERS: dict[str, Notices] = {"buyers": BuyerNotice, "suppliers": SupplierNotice}
_MOST = 200
_LONGEST_ID = 18


@require_GET
@require_whole_shop(Role.STAFF)
def held(request: ScopedRequest) -> HttpResponse:
    """What was held, for buyers and for suppliers, the oldest first."""
    context = {
        "restore": Restore.objects.order_by("-pk").first(),
        "lists": [
            (name, f"{name}_page", page_of(request, held_notices(model), name=name))
            for name, model in RECEIVERS.items()
        ],
    }
    return render(request, "shop/operations/held.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def held_decide(request: ScopedRequest, receivers: str) -> HttpResponse:
    """Send the ticked notices, or take them as told before."""
    ids = request.POST.getlist("notice")
    act = request.POST.get("act", "")
    usable = all(one.isascii() and one.isdigit() and len(one) <= _LONGEST_ID for one in ids)
    if receivers not in RECEIVERS or act not in ("send", "told") or not usable or len(ids) > _MOST:
        raise Http404
    done = decide_held(
        model=RECEIVERS[receivers],
        notice_ids=[int(one) for one in ids],
        send=act == "send",
        actor_id=request.user.pk,
    )
    text = ngettext("%(count)d notice is decided.", "%(count)d notices are decided.", done)
    messages.success(request, text % {"count": done})
    return redirect("operations:held")
