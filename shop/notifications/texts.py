"""The wording of text messages, as it is registered with the provider: fixed words and named values.

What a person gets is the provider's approved template filled in; the same words here show it in the mailbox
and say how many segments it takes. A link is the shop's address, which is fixed, and a path, which is a value.
"""

import math
from collections.abc import Mapping

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Characters of one text, and of each part of a longer one.
ONE_TEXT, PART = 70, 67
#: The longest value that a template takes.
LONGEST_VALUE = 35
#: What is said where a kind of notice has no words of its own.
ANY_KIND = "order_news"
TEXTS: dict[str, str | Promise] = {
    "buyer_paid": _("Your order %(number)s is paid; the suppliers will ship it soon. See %(link)s"),
    "buyer_shipped": _("A parcel of your order %(number)s is on its way. Follow it at %(link)s"),
    "buyer_parcels": _("Parcels of your order %(number)s are on their way. Follow them at %(link)s"),
    "buyer_shortage": _(
        "Goods of your order %(number)s are short; we will call you or send the money back. See %(link)s"
    ),
    "buyer_refunded": _("¥%(amount)s of your order %(number)s has gone back the way you paid. See %(link)s"),
    "buyer_cut": _(
        "Goods that are not sold now were taken off your order %(number)s; ¥%(amount)s are to be paid. See %(link)s"
    ),
    "buyer_closed": _("Your order %(number)s is closed. Money that still arrives goes back. See %(link)s"),
    "buyer_closing": _("Your order %(number)s is not paid yet and closes at %(deadline)s. Pay at %(link)s"),
    "supplier_new_order": _("New order %(number)s: please confirm and ship it. %(link)s"),
    "supplier_reminder": _("Order %(number)s is not confirmed yet. Please confirm and ship it: %(link)s"),
    "supplier_return_opened": _("After-sales case %(number)s: please answer by %(deadline)s. %(link)s"),
    "supplier_return_escalated": _("The shop decides about after-sales case %(number)s now. %(link)s"),
    "supplier_return_decided": _(
        "After-sales case %(number)s is decided. Please see what is to do: %(link)s"
    ),
    "supplier_return_withdrawn": _("The buyer has withdrawn after-sales case %(number)s. %(link)s"),
    "supplier_return_sent_back": _("Goods of after-sales case %(number)s are on their way back. %(link)s"),
    "buyer_return_agreed": _("Your after-sales case %(number)s is agreed. See what comes next: %(link)s"),
    "buyer_return_refused": _(
        "The supplier has refused after-sales case %(number)s. You can ask the shop by %(deadline)s: %(link)s"
    ),
    "buyer_return_escalated": _("Your after-sales case %(number)s is with the shop for decision. %(link)s"),
    "buyer_return_arrived": _("The supplier has your goods of after-sales case %(number)s back. %(link)s"),
    "buyer_return_closed": _("Your after-sales case %(number)s is closed. See why: %(link)s"),
    "buyer_return_freight": _(
        "The freight of after-sales case %(number)s does not go back. See why: %(link)s"
    ),
    "buyer_replacement": _("A replacement for your order %(number)s is on its way. See %(link)s"),
    "supplier_message": _("A buyer asks about %(number)s. Please answer: %(link)s"),
    "buyer_message": _("Your question about %(number)s has been answered. See %(link)s"),
    "supplier_review": _("A buyer has reviewed %(number)s. Read it and reply: %(link)s"),
    "supplier_review_reported": _("A review of %(number)s was reported; the shop looks at it. %(link)s"),
    "buyer_review_reply": _("The supplier has replied to your review of order %(number)s. See %(link)s"),
    "supplier_invoice_wanted": _(
        "A buyer of order %(number)s wants an invoice. Please make it out: %(link)s"
    ),
    "supplier_invoice_exchange": _(
        "A buyer of order %(number)s asks you to exchange the invoice. Please do so: %(link)s"
    ),
    "buyer_invoice_issued": _("The invoice of your order %(number)s is made out. Take it at %(link)s"),
    "buyer_invoice_credited": _("A credit invoice of your order %(number)s is made out. See %(link)s"),
    "channel_test": _("This is a test: notices of the shop reach you here. %(link)s"),
    "unit_request_submitted": _("Purchase request %(number)s waits for your approval. %(link)s"),
    "unit_request_decided": _("Your purchase request %(number)s has been decided. %(link)s"),
    "unit_acceptance_reported": _("Acceptance report %(number)s waits for your approval. %(link)s"),
    "unit_payment_due": _("The payment of unit order %(number)s is due on %(deadline)s. %(link)s"),
    "unit_price_answered": _("Your price request %(number)s has been answered. %(link)s"),
    "supplier_price_asked": _("A unit asks for prices in %(number)s. Please answer: %(link)s"),
    "supplier_price_ended": _("Price request %(number)s is decided. See %(link)s"),
    "unit_address_corrected": _("The address of unit order %(number)s was corrected. See it at %(link)s"),
    "unit_rules_loosened": _("%(number)s will ask less of its purchases from a day on. See %(link)s"),
    "unit_invitation": _(
        "%(number)s invites you to buy and approve for it. Log in with this mobile number: %(link)s"
    ),
    "supplier_address_corrected": _(
        "The address of order %(number)s was corrected before shipping. Please print its label anew: %(link)s"
    ),
    "account_closed": _(
        "Your account is closed: name, number and addresses are deleted. If this was not you, tell us at once: %(link)s"
    ),
    ANY_KIND: _("There is news about your order %(number)s. See %(link)s"),
    "login_code": _("Your code is %(code)s. It is good for a few minutes. Tell it to nobody."),
    "no_account": _("Somebody asked for a login code for this number. It has no account; you can sign up."),
    "no_order": _(
        "Somebody looked for an order with this mobile number. There is none with that order number."
    ),
    "account_exists": _("This number has an account already. Log in with a code instead of signing up."),
}


def text_of(kind: str, params: Mapping[str, str]) -> str:
    """Return the text that a person gets, in the shop's language."""
    values = {"number": "", "amount": "", "deadline": "", "code": "", **params}
    values["link"] = settings.SHOP_BASE_URL.rstrip("/") + params.get("path", "/")
    with translation.override(settings.LANGUAGE_CODE):
        return str(TEXTS.get(kind, TEXTS[ANY_KIND])) % values


def template_of(kind: str) -> str:
    """Return the words to register with the provider: values in its own spelling, ${name}."""
    base = settings.SHOP_BASE_URL.rstrip("/")
    values = {name: f"${{{name}}}" for name in ("number", "amount", "deadline", "code")}
    with translation.override(settings.LANGUAGE_CODE):
        return str(TEXTS[kind]) % (values | {"link": base + "${path}"})


def template_params(kind: str, params: Mapping[str, str]) -> dict[str, str]:
    """Return the values that the template of the kind has, each short enough for it."""
    words = template_of(kind)
    values = {name: value[:LONGEST_VALUE] for name, value in params.items() if f"${{{name}}}" in words}
    if len(params.get("path", "")) > LONGEST_VALUE:
        values["path"] = "/"  # Half a link leads nowhere.
    return values


def segments(text: str) -> int:
    """Return as how many texts this one is charged; the signature before it counts."""
    length = len(text) + len(settings.ALIYUN_SMS_SIGN_NAME or settings.SHOP_NAME) + len("【】")
    return 1 if length <= ONE_TEXT else math.ceil(length / PART)
