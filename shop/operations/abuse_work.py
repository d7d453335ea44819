"""Signs of abuse as kinds of work of the staff's queue."""

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.operations.abuse.selectors import to_judge, to_look_at
from shop.operations.abuse_models import AbuseState
from shop.operations.work import Work


def abuse_work(scope: Scope) -> list[Work]:
    """Return what was found and waits for a person, and what waits for a second one. No query."""
    page = reverse("operations:abuse")
    return [
        Work(
            "scan-line",
            _("Signs of abuse to look at"),
            to_judge(scope),
            "found_at",
            page,
            kind="abuse_judge",
            ref="reference",
        ),
        Work(
            "eye",
            _("Judgements about abuse that wait for a second person"),
            to_look_at(scope),
            "judged_at",
            f"{page}?state={AbuseState.JUDGED}",
            kind="abuse_look",
            ref="reference",
        ),
    ]
