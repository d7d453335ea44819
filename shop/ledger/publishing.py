"""What of a statement everyone may have: its chain with digests and the sums by place and programme.

The whole statement sums by supplier, product and organisation too; those are theirs and the district's. Its digest
stands here, so whoever holds the whole one can compare.
"""

import json
from typing import Any

from django.core.cache import cache

from shop.ledger.closing_models import Statement

FORMAT = "yuanshan-statement-public/1"
#: A released statement never changes; the cache need not keep it for good.
KEPT_SECONDS = 86_400
_SAID = (
    "number",
    "month",
    "data",
    "basis",
    "rule_version",
    "entries",
    "entries_digest",
    "previous",
    "released_at",
    "figures",
    "year_to_date",
    "to_date",
    "restates",
)
_PUBLIC_DIMENSIONS = ("region", "programme")


def public_statement(statement: Statement) -> str:
    """Return the public file of a statement: it and every one before it. One query, none while it is kept.

    `docs/verify_statement.py` verifies it: the chain, the sums that are carried on, and that places and programmes
    add up.
    """
    key = f"public-statement:{statement.digest}"
    kept: str | None = cache.get(key)
    if kept is None:
        chain = Statement.objects.filter(demo=statement.demo, month__lte=statement.month).order_by("month")
        said = {"format": FORMAT, "statements": [_said(each) for each in chain.iterator(chunk_size=12)]}
        kept = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _said(statement: Statement) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(statement.body)
    dimensions = {name: body["dimensions"][name] for name in _PUBLIC_DIMENSIONS}
    return {name: body[name] for name in _SAID} | {"dimensions": dimensions, "digest": statement.digest}
