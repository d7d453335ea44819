"""Work about notices: those that could not be sent, texts that wait for a limit, suppliers who do not answer."""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.fulfilment.unconfirmed import unconfirmed_orders
from shop.notifications.selectors import dead_notices, held_notices
from shop.operations.work import Work


def notice_work(scope: Scope, now: dt.datetime) -> list[Work]:
    """Return the kinds of work of notices. No query."""
    page = reverse("notifications:notices")
    texts = _("Text messages that wait for a limit or the cost ceiling")
    return [
        Work(
            "clock",
            _("Supplier orders that nobody has confirmed"),
            unconfirmed_orders(scope, now - dt.timedelta(hours=settings.SUPPLIER_STAFF_HOURS)),
            "opened_at",
            reverse("operations:late_shipments") + "?show=unconfirmed",
            "unconfirmed",
            "record__number",
            Role.STAFF,
            True,
        ),
        *(
            Work("circle-alert", title, dead_notices(scope, to), "created_at", f"{page}?to={to}&state=dead")
            for to, title in (
                ("suppliers", _("Notices to suppliers not sent")),
                ("buyers", _("Notices to buyers not sent")),
            )
        ),
        *(
            Work(
                "hourglass",
                texts,
                held_notices(scope, to),
                "created_at",
                f"{page}?to={to}&state=pending&channel=sms",
                f"texts_{to}",
            )
            for to in ("suppliers", "buyers")
        ),
    ]
