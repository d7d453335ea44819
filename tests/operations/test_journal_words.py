"""Whatever the journal may hold has words in both languages: acts, things, and reasons that are codes."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from shop.buyers.models import OrganisationState
from shop.fulfilment.returns.models import ReturnState
from shop.gateways.bank_models import AssignmentState
from shop.gateways.money_models import ProposalState as MoneyProposalState
from shop.journal.services import record
from shop.ledger.fact_models import CollisionState, CorrectionState
from shop.listings.models import ClaimState, ListingState
from shop.listings.services.draft_photos import PhotoAct
from shop.listings.supplier_models import ProposalState
from shop.operations.handler_words import part_of
from shop.operations.journal_words import ACTIONS, OBJECTS, REASONS, action_name, object_name, reason_text
from shop.operations.order_page import order_context
from shop.ordering.status import CloseReason
from shop.procurement.lead_models import LeadState
from shop.procurement.price_models import PriceState
from shop.settlement.paying_models import PayeeState
from shop.settlement.term_models import RateState
from shop.suppliers.admission_models import ApplicationState
from shop.suppliers.models import SupplierState
from tests.factories import make_cast, make_product, place
from tests.words import is_chinese
from worker.routes import ROUTES

SHOP = Path(settings.BASE_DIR) / "shop"
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
#: Calls in modules that journal whose texts look like acts and are none.
OTHER_CALLS = frozenset({"faultpoint", "append", "getLogger", "reverse", "redirect", "render", "Move"})
#: Modules that write through a function of another module.
THROUGH_OTHERS = frozenset(
    {
        "buyers/membership.py",
        "buyers/invitations.py",
        "buyers/invoice_data.py",
        "buyers/papers.py",
        "buyers/registering.py",
        "buyers/terms.py",
        "gateways/services/paid_out.py",
        "gateways/services/payouts.py",
        "procurement/approvals.py",
        "procurement/changes.py",
        "procurement/ordering_at_prices.py",
        "procurement/quotes.py",
        "procurement/rosters.py",
        "procurement/signing_off.py",
    }
)
#: Acts that are put together of a prefix and a state.
STATES: dict[str, type[Enum]] = {
    "application.": ApplicationState,
    "assignment.": AssignmentState,
    "claim.": ClaimState,
    "commission.": RateState,
    "correction.": CorrectionState,
    "key.": CollisionState,
    "lead.": LeadState,
    "listing.": ListingState,
    "move.": MoneyProposalState,
    "organisation.": OrganisationState,
    "payee.": MoneyProposalState,
    "payee_account.": PayeeState,
    "price_request.": PriceState,
    "proposal.": ProposalState,
    "return.": ReturnState,
    "supplier.": SupplierState,
}
#: States in which a thing begins, or which another act tells of.
NO_ACTS = frozenset(
    {
        "application.draft",
        "assignment.proposed",
        "proposal.open",
        "dispute.opened",
        "dispute.settled",
        "key.open",
    }
)


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Give every module of the shop that writes to the journal itself, by its name."""
    for path in sorted(SHOP.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(SHOP).as_posix()
        writes = "shop.journal" in text or name in THROUGH_OTHERS
        if writes and not name.startswith(
            ("config/", "journal/", "operations/journal_", "ordering/transitions")
        ):
            yield name, ast.parse(text)


def called(node: ast.AST) -> str:
    """Return the name of the function that a call calls, "" for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def texts(node: ast.AST) -> Iterator[str]:
    """Give the texts of a piece of code but for those in calls that name no act."""
    if called(node) in OTHER_CALLS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if not isinstance(node, ast.JoinedStr):
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def prefixes(node: ast.AST) -> Iterator[str]:
    """Give what texts begin with that are put together and begin like an act."""
    for part in ast.walk(node):
        first = part.values[0] if isinstance(part, ast.JoinedStr) and part.values else None
        if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]*", str(first.value)):
            yield str(first.value)


def words_given_to(function: str, tree: ast.Module) -> Iterator[str]:
    """Give the single words with which a module calls one of its functions."""
    for node in ast.walk(tree):
        if called(node) == function and isinstance(node, ast.Call):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(argument, ast.Constant) and re.fullmatch("[a-z_]+", str(argument.value)):
                    yield str(argument.value)


def built(tree: ast.Module) -> Iterator[str]:
    """Give the acts that a module puts together."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for prefix in prefixes(function):
                yield from (f"{prefix}{word}" for word in words_given_to(function.name, tree))
                yield from (f"{prefix}{state.value}" for state in STATES.get(prefix, ()))


def acts() -> dict[str, str]:
    """Return every act that the code writes, each with a module that does."""
    found: dict[str, str] = {}
    for name, tree in modules():
        for act in (*(text for text in texts(tree) if ACT.fullmatch(text)), *built(tree)):
            found.setdefault(act, name)
    return {act: name for act, name in found.items() if act not in NO_ACTS}


def test_the_search_finds_acts_of_every_kind() -> None:
    assert {
        "accounts.save_user",
        "accounts.recovery_code_used",
        "accounts.closed",
        "application.recommended",
        "product_draft.begun",
        "request.sent_back",
        "payout.confirmed",
        "proposal.lapsed",
        "supplier_channel.prefer",
        "stock.moved",
        "return.late_money",
    } <= set(acts())


def test_every_act_has_words_in_both_languages() -> None:
    wordless = {
        act: name
        for act, name in acts().items()
        if not any(known in (act, f"refund_execution:{act}") for known in ACTIONS)
    }
    assert {f"product_draft.photo_{act}" for act in PhotoAct} <= set(ACTIONS)
    assert wordless == {}, "give these acts words in shop/operations/journal_words.py"
    with override("zh-hans"):
        assert [act for act, words in ACTIONS.items() if not is_chinese(str(words))] == []
    with override("en"):
        assert [act for act, words in ACTIONS.items() if is_chinese(str(words))] == []


def test_every_thing_and_every_reason_has_words_in_both_languages() -> None:
    kinds = {
        str(keyword.value.value)
        for _name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "object_type" and isinstance(keyword.value, ast.Constant)
    }
    assert kinds - set(OBJECTS) == set()
    spoken = [*OBJECTS.values(), *(words for reasons in REASONS.values() for words in reasons.values())]
    with override("zh-hans"):
        assert [words for words in map(str, spoken) if not is_chinese(words)] == []
        assert (action_name("banner.created"), object_name("banner")) == ("新增：首页横幅", "首页横幅")
        assert action_name("banner.changed") == "修改：首页横幅"
        assert action_name("nobody.knows") == "nobody.knows"
    with override("en"):
        assert [words for words in map(str, spoken) if is_chinese(words)] == []


def test_a_reason_that_is_a_code_is_said_and_one_that_was_typed_stands() -> None:
    with override("zh-hans"):
        assert reason_text("order.closed", "expired") == "超时未付款"
        assert reason_text("parcel.receive", "after_signed") == "签收后自动确认"
        assert reason_text("order.closed", "电话取消") == "电话取消"
        assert reason_text("accounts.closed", "expired") == "expired"


@pytest.mark.django_db
@pytest.mark.parametrize("reason", CloseReason.values)
def test_no_code_stands_in_an_orders_history_or_in_the_journal(reason: str) -> None:
    cast, order = make_cast(), place(lines=[(make_product(), 1)])
    about: dict[str, Any] = {"object_type": "order", "object_key": order.number}
    record(actor_id=None, action="order.closed", after={"payment": "closed"}, reason=reason, **about)
    record(actor_id=None, action="parcel.receive", reason="after_shipped", **about)
    for row in order_context(order)["history"]:
        assert is_chinese(row.text)
        assert not row.reason or is_chinese(row.reason)
    desk = Client()
    desk.force_login(cast.auditor)
    for row in desk.get("/dashboard/journal/", {"key": order.number}).context["rows"]:
        assert is_chinese(row.action_name)
        assert row.object_name == "订单"
        assert not row.reason or is_chinese(row.reason)


def test_every_handler_belongs_to_a_part_that_has_a_name() -> None:
    handlers = {route.name for routes in ROUTES.values() for route in routes}
    assert {name for name in handlers if part_of(name) == name} == set()
    assert part_of("gone.handler") == "gone.handler"
