"""The terms of a contract in words: written into its body when it is made, and read from there ever after."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.procurement.models import PayBy

#: In which contracts are made and printed, whatever the reader's language.
LANGUAGE = "zh-hans"
#: Each heading with its sentences.
Clauses = list[tuple[str, list[str]]]


def clauses_of(body: dict[str, Any]) -> Clauses:
    """Return the terms of a contract under their headings: as its body holds them, whatever is written today.

    One of format 1 holds none: it has today's, in the reader's language.
    """
    kept = body.get("clauses")
    if kept is None:
        return clauses_today(body)
    return [(heading, list(sentences)) for heading, sentences in kept]


def clauses_today(body: dict[str, Any]) -> Clauses:
    """Return the terms that a contract of these parties, goods and payment gets today, in the reader's language."""
    return [
        (
            pgettext("of a contract", "Delivery"),
            [
                _("To: %(address)s. A correction within the province that stands on the order holds.")
                % {"address": body["address"]},
                _(
                    "The seller ships in the time promised for the goods and bears their risk until they are received."
                ),
            ],
        ),
        (
            pgettext("of a contract", "Acceptance"),
            [
                _(
                    "The buyer counts the goods when they arrive and reports what is accepted, short or damaged; "
                    "another member of the unit approves the report."
                ),
                _(
                    "What is short or damaged is taken off the sum, sent again or refunded, as the buyer chooses."
                ),
            ],
        ),
        (
            pgettext("of a contract", "Payment"),
            [
                _payment(body),
                _(
                    "%(shop)s receives the payment for the seller and settles with it. The seller issues the invoice."
                )
                % {"shop": settings.SHOP_NAME},
            ],
        ),
        (
            pgettext("of a contract", "Other"),
            [
                _("If the order is called off before anything has been shipped, this contract ends with it."),
                _("Disputes are settled by talks first, else before the court that the law names."),
            ],
        ),
    ]


def _payment(body: dict[str, Any]) -> str:
    """Return how the buyer pays, in a sentence."""
    if body["pay_by"] == PayBy.TERMS and body["days"] is not None:
        return _(
            "Payment by bank transfer within %(days)d days after the acceptance report was approved, for what was "
            "accepted."
        ) % {"days": body["days"]}
    if body["pay_by"] == PayBy.ONLINE:
        return _("Payment of the whole sum online before shipping.")
    return _("Payment of the whole sum by bank transfer before shipping.")
