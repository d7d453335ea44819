"""docs/states.md: every table of states of the shop on one page."""

from shop.buyers.transitions import TABLES as BUYERS
from shop.conversations.transitions import TABLES as CONVERSATIONS
from shop.core.states import BEGINNING, StateTable
from shop.coupons.transitions import TABLES as COUPONS
from shop.fulfilment.transitions import TABLES as FULFILMENT
from shop.gateways.transitions import TABLES as GATEWAYS
from shop.invoicing.transitions import TABLES as INVOICING
from shop.ledger.transitions import TABLES as LEDGER
from shop.listings.transitions import TABLES as LISTINGS
from shop.operations.transitions import TABLES as OPERATIONS
from shop.ordering.transitions import TABLES as ORDERING
from shop.procurement.price_transitions import TABLES as PRICES
from shop.procurement.transitions import TABLES as PROCUREMENT
from shop.reporting.transitions import TABLES as REPORTING
from shop.settlement.transitions import TABLES as SETTLEMENT
from shop.suppliers.transitions import TABLES as SUPPLIERS

TABLES: tuple[StateTable, ...] = (
    *ORDERING,
    *COUPONS,
    *FULFILMENT,
    *CONVERSATIONS,
    *PROCUREMENT,
    *GATEWAYS,
    *INVOICING,
    *PRICES,
    *SUPPLIERS,
    *BUYERS,
    *LISTINGS,
    *SETTLEMENT,
    *LEDGER,
    *REPORTING,
    *OPERATIONS,
)

_HEAD = """# States

Which state may follow which. Written by `python manage.py write_states` from the tables in
`shop/<app>/transitions.py` of ordering, coupons, fulfilment, conversations, gateways, invoicing, suppliers, buyers,
listings, settlement, ledger, reporting, operations and procurement; a test keeps it true. A move that is not here is
refused (`wrong_state`) and nothing is written.

Every move is made by one service, in one transaction, with the row of the order (or of the application, supplier or
product) locked first, or by one conditional UPDATE.
The last column says where who, when and why stand: an action of the journal, or columns of the row. People read it as
one history on the order's page of the staff, and the buyer's own part of it on the buyer's.

`—` is before the thing exists. A state that nothing leads out of is an end.
"""


def page() -> str:
    """Return docs/states.md."""
    return "\n".join([_HEAD, *(_table(table) for table in TABLES)])


def _table(table: StateTable) -> str:
    rows = [
        " | ".join(
            (
                f"| {_state(move.old)}",
                _state(move.new),
                move.when,
                _code(move.by),
                f"{_code(move.trace.split(', '))} |",
            )
        )
        for move in table.moves
    ]
    head = "| from | to | when | by | written down in |\n|---|---|---|---|---|"
    return f"## {table.name}\n\n`{table.column}`\n\n{head}\n" + "\n".join(rows) + "\n"


def _state(state: str) -> str:
    return "—" if state == BEGINNING else f"`{state}`"


def _code(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
