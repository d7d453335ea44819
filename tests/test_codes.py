"""No code of the shop's own reaches a person: every choice has words in both languages, and pages show the words."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django.conf import settings
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import override

import shop
from shop.accounts.models import Role
from shop.ledger.models import EntryKind, Leg, Stage
from shop.listings.models import ReturnRule
from shop.listings.presentation import RETURN_NAMES
from shop.operations.people_forms import ROLE_NAMES
from shop.reporting.tables import kind_names, leg_names, stage_names
from tests.words import is_chinese

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def every_choice() -> Iterator[type[TextChoices]]:
    """Give every set of choices that the shop declares."""
    for found in walk_packages(shop.__path__, "shop."):
        if ".migrations" not in found.name and ".management" not in found.name:
            module = import_module(found.name)
            for value in vars(module).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, TextChoices)
                    and value.__module__ == found.name
                ):
                    yield value


CHOICES = list(every_choice())
#: Choices whose words stand beside them, because another app speaks for them.
SPOKEN_BY: Mapping[type[TextChoices], Mapping[Any, Any]] = {Role: ROLE_NAMES, ReturnRule: RETURN_NAMES}
#: Choices that only programs read: pages show what follows from them.
UNSEEN = frozenset(
    {
        "accounts.models.ScopeKind",
        "files.models.FileKind",
        "gateways.bank_models.AssignmentState",
        "gateways.models.AttemptState",
        "gateways.models.ExecutionState",
        "gateways.models.NoticeSubject",
        "gateways.models.TransferState",
        "gateways.money_models.ProposalState",
        "gateways.services.cancelling.Cancelled",
        "ledger.models.EntryKind",
        "ledger.models.Leg",
        "ledger.models.Stage",
        "listings.models.LabelClass",
        "listings.models.ListingState",
        "listings.search_models.SpellingKind",
        "ordering.payment.PayOutcome",
        "ordering.status.Pool",
        "outbox.models.DeliveryState",
    }
)
#: What columns that hold codes are called.
CODED = (
    "action|attention|channel|close_reason|eligibility|fulfilment_state|held_reason|hold|kind|method|object_type|outcome|"
    "payment_state|pool|provider|received_reason|release_state|role|rule|state|status|topic|work_kind"
)
SHOWN = re.compile(r"\{\{\s*((?:\w+\.)+(?:" + CODED + r"))(?:\|[^}]*)?\s*\}\}")
#: Names that presenters fill with words.
WORDS = {
    "shop/components/": {"item.kind"},
    "shop/gateways/bills.html": {"row.provider", "rule.channel"},
    "shop/operations/desk.html": {"notice.provider", "one.role", "order.attention"},
    "shop/operations/order.html": {"refund.state"},
    "shop/operations/person.html": {"grant.role"},
    "shop/operations/stock_product.html": {"row.pool"},
    "shop/procurement/_order_rows.html": {"row.state"},
    "shop/procurement/order.html": {"parcel.state"},
    "shop/storefront/": {"case.kind", "case.state", "row.state"},
    # The names by which operators find messages in the logs.
    "shop/operations/outbox.html": {"delivery.message.topic"},
}


def name_of(choices: type[TextChoices]) -> str:
    return f"{choices.__module__}.{choices.__name__}".removeprefix("shop.")


def in_text(template: str) -> Iterator[str]:
    """Give the values that a page shows between its tags, not those inside one."""
    plain = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", template, flags=re.DOTALL)
    for found in SHOWN.finditer(plain):
        before = plain[: found.start()]
        if before.rfind("<") <= before.rfind(">"):
            yield found.group(1)


@pytest.mark.parametrize("choices", CHOICES, ids=name_of)
def test_every_choice_has_words_in_both_languages(choices: type[TextChoices]) -> None:
    if name_of(choices) in UNSEEN:
        return
    labels: Mapping[Any, Any] = SPOKEN_BY.get(choices) or {
        value: value.label for value in choices if value.value
    }
    said = {value: label for value, label in labels.items() if isinstance(label, Promise)}
    assert set(said) == {value for value in choices if value.value}, f"{name_of(choices)}: words, not codes"
    with override("zh-hans"):
        assert [value for value, label in said.items() if not is_chinese(str(label))] == []
    with override("en"):
        assert [value for value, label in said.items() if is_chinese(str(label))] == []


def test_the_ledgers_codes_have_words_where_its_entries_are_listed() -> None:
    for language, chinese in (("zh-hans", True), ("en", False)):
        with override(language):
            for choices, names in ((EntryKind, kind_names()), (Leg, leg_names()), (Stage, stage_names())):
                said = {value: names.get(value, "") for value in choices.values if value != "none"}
                wrong = [value for value, name in said.items() if not name or is_chinese(name) != chinese]
                assert wrong == [], choices


def test_choices_that_nobody_sees_exist_and_have_no_words() -> None:
    unlabelled = {
        name_of(choices)
        for choices in CHOICES
        if choices not in SPOKEN_BY
        and not all(isinstance(value.label, Promise) for value in choices if value.value)
    }
    assert unlabelled == set(UNSEEN)


def test_pages_show_words_where_columns_hold_codes() -> None:
    codes = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        known = set().union(*(names for start, names in WORDS.items() if name.startswith(start)))
        codes += [(name, shown) for shown in in_text(path.read_text(encoding="utf-8")) if shown not in known]
    assert codes == [], "show the words: get_…_display, or a presenter's text"


def test_the_search_sees_a_code_in_a_text_and_not_in_a_tag() -> None:
    page = '<a class="{{ x.state }}" href="?kind={{ x.kind|urlencode }}">{{ row.x.state|default:"–" }}</a>{{ x.name }}'
    assert list(in_text(page)) == ["row.x.state"]
