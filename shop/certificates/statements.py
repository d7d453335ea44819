"""A month's statement as everyone may verify it: its text, its place in the chain and its entries, computed anew."""

import re
from dataclasses import dataclass

from django.core.cache import cache

from shop.ledger.checks.chain import StatementCheck, statement_check
from shop.ledger.closing_models import Statement

#: Computing anew reads the month's entries, so one answer serves everyone for so many seconds.
KEPT_SECONDS = 600
_NUMBER = re.compile(r"YJ-\d{4}-\d{2}(-DEMO)?")
_DIGEST = re.compile(r"[0-9A-F]{64}")


@dataclass(frozen=True)
class VerifiedStatement:
    """A statement, what was computed anew of it, and where it stands: the `position`th of `count` months."""

    statement: Statement
    check: StatementCheck
    position: int
    count: int
    before: Statement | None


def statement_of(typed: str, demo: bool) -> Statement | None:
    """Return the statement of a number or a digest, however it is written, None for any other. One query at most."""
    plain = typed.strip().upper()
    found = Statement.objects.filter(demo=demo)
    if _NUMBER.fullmatch(plain):
        return found.filter(number=plain).first()
    return found.filter(digest=plain.lower()).first() if _DIGEST.fullmatch(plain) else None


def verified_statement(statement: Statement) -> VerifiedStatement:
    """Return a statement with its place in the chain and what was computed anew of it within ten minutes."""
    key = f"statement-check:{statement.digest}"
    check: StatementCheck | None = cache.get(key)
    if check is None:
        check = statement_check(statement)
        cache.set(key, check, KEPT_SECONDS)
    months = Statement.objects.filter(demo=statement.demo).order_by("month").defer("body")
    chain = list(months)
    position = next(place for place, one in enumerate(chain) if one.pk == statement.pk)
    return VerifiedStatement(
        statement, check, position + 1, len(chain), chain[position - 1] if position else None
    )
