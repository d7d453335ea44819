"""What a row of the role × URL matrix is made of: everyone who may knock, and what an address answers to each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Who(StrEnum):
    """Everyone who may knock."""

    ANONYMOUS = "anonymous"
    RESIDENT = "resident"
    OTHER_RESIDENT = "other_resident"
    SUPPLIER = "supplier_user"
    OTHER_SUPPLIER = "other_supplier_user"
    STAFF = "staff"
    FINANCE = "finance"
    LIAISON = "liaison"
    AUDITOR = "auditor"
    PREPARER = "preparer"
    REVIEWER = "reviewer"
    RELEASER = "releaser"
    UNION_BUYER = "union_buyer"
    UNION_APPROVER = "union_approver"
    OTHER_UNION_BUYER = "other_union_buyer"
    UNION_ACCEPTOR = "union_acceptor"
    UNION_FINANCE = "union_finance"
    UNION_OWNER = "union_owner"


#: Everyone who acts for the union of the matrix.
UNION = (Who.UNION_BUYER, Who.UNION_APPROVER, Who.UNION_ACCEPTOR, Who.UNION_FINANCE, Who.UNION_OWNER)


PEOPLE = tuple(who for who in Who if who is not Who.ANONYMOUS)
Answers = Mapping[Who, int]


def nothing(world: object) -> dict[str, Any]:
    """Return no arguments, no form data."""
    return {}


@dataclass(frozen=True)
class Row:
    """What an address answers. `owner` says whose the object in the address is; "" where there is none."""

    get: Answers
    post: Answers
    owner: str = ""
    arguments: Callable[[Any], dict[str, Any]] = nothing
    data: Callable[[Any], dict[str, Any]] = field(default=nothing)


def everyone(status: int) -> Answers:
    """Return the same answer for all: a public page."""
    return dict.fromkeys(Who, status)


def answers(*, anonymous: int, others: int, **named: int) -> Answers:
    """Return an answer for each: `others` for every person who is not named (resident=…, staff=…, …)."""
    wrong = set(named) - {str(who) for who in PEOPLE}
    if wrong:
        raise ValueError(f"nobody in the cast is called {sorted(wrong)}")
    return {who: anonymous if who is Who.ANONYMOUS else named.get(str(who), others) for who in Who}


def staff_only(status: int = 200, *roles: Who) -> Answers:
    """Return `status` for these roles (staff when none is named), the login for strangers, 404 for the rest."""
    return answers(anonymous=302, others=404, **{str(role): status for role in roles or (Who.STAFF,)})
