"""Tables as they are shown; the exports write the same objects, so page and file cannot differ."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.ledger.models import LedgerEntry
from shop.reporting.buyers import BuyerRow, total_of_rows
from shop.reporting.drill import LineSum, OrderSum
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES, REASONS, STAGES
from shop.reporting.selectors import Overview, Row, Sums
from shop.reporting.verification import shown_sum

Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, an amount in fen, a whole number or a day; `seal` names a region whose seal stands before it.

    `tone` ok, warn or err makes a text a word that judges.
    """

    text: str = ""
    fen: int | None = None
    number: int | None = None
    url: str = ""
    seal: str = ""
    is_number: bool = False
    tone: str = ""
    day: dt.date | None = None


@dataclass(frozen=True)
class Table:
    """`columns` are (name, is a number)."""

    key: str
    caption: str
    columns: list[tuple[str, bool]]
    rows: Iterable[list[Cell]]
    foot: list[Cell] = field(default_factory=list)


def drill_url(query: Query, **more: str) -> str:
    """Return the address of what a figure is made of."""
    return f"{reverse('reporting:drill')}?{urlencode(query | more)}"


def money(fen: int, url: str = "") -> Cell:
    """Return an amount; zero has nothing to open."""
    return Cell(fen=fen, url=url if fen else "", is_number=True)


def share_of(part: int, whole: int) -> str:
    """Return a share in percent with one decimal, two below 1 %, none of 0; rounded down; "–" without a whole."""
    if whole <= 0:
        return "–"
    hundredths = abs(part) * 10_000 // whole
    sign = "−" if part < 0 and hundredths else ""
    if 0 < hundredths < 100:
        return f"{sign}0.{hundredths:02d}%"
    return f"{sign}{hundredths // 100}.{hundredths // 10 % 10}%" if hundredths else "0%"


def _rows(found: Overview) -> list[Row]:
    """Return rows with goods; money no order has makes a row without a region, and no goods."""
    return [row for row in found.rows if row.region or has_goods(row.sums)]


def has_goods(sums: Sums) -> bool:
    """Say whether there is anything but money that no order has."""
    return any((sums.gross, sums.net, sums.not_counted, sums.receivable))


def _place(row: Row) -> list[Cell]:
    name = row.region_name or _("No region")
    return [Cell(name, seal=row.region), Cell(row.programme_name or _("No programme"))]


def _narrowed(query: Query, row: Row) -> Query:
    return query | {"region": row.region, "programme": row.programme}


def _amounts(sums: Sums, keys: Iterable[str], query: Query) -> list[Cell]:
    return [money(shown_sum(sums, key), drill_url(query, measure=key)) for key in keys]


def _label(text: str | Promise) -> str:
    return str(text)


def bridge_table(found: Overview, query: Query) -> Table:
    """The bridge: paid gross less refunded is paid net, which is spelled out by stage; `confirmed` is the headline."""
    keys = ["gross", "refunded", "net", *(f"stage-{stage}" for stage, _name in STAGES), "not_counted"]
    return Table(
        "bridge",
        _("Bridge: what was paid, by stage (yuan)"),
        [
            (_("Region"), False),
            (_("Programme"), False),
            *((_label(MEASURES[key].label), True) for key in keys),
        ],
        [[*_place(row), *_amounts(row.sums, keys, _narrowed(query, row))] for row in _rows(found)],
        [Cell(_("Total")), Cell(), *_amounts(found.total, keys, query)],
    )


def not_counted_table(found: Overview, query: Query) -> Table:
    """Sales in no measure, with the reason."""
    rows = [
        [
            Cell(_label(REASONS.get(row.reason, row.reason))),
            money(row.fen, drill_url(query, measure="not_counted", reason=row.reason)),
        ]
        for row in found.not_counted
    ]
    total = money(found.total.not_counted, drill_url(query, measure="not_counted"))
    columns = [(_("Reason"), False), (_("Amount"), True)]
    return Table("not-counted", _("Not counted (yuan)"), columns, rows, [Cell(_("Total")), total])


def other_table(found: Overview, query: Query) -> Table:
    """Money that is never a measure: charges, what no order has, and what is owed on terms."""
    keys = ("freight", "fee", "donation", "unapplied", "receivable", "receivable_held")
    rows = [[Cell(_label(MEASURES[key].label)), *_amounts(found.total, (key,), query)] for key in keys]
    columns = [(pgettext("ledger", "Kind"), False), (_("Amount"), True)]
    return Table("other", _("Other money (yuan)"), columns, rows)


def buyers_table(rows: list[BuyerRow], query: Query) -> Table:
    """Who bought, and beside what is paid what an organisation has accepted and owes."""
    keys = ("confirmed", "gross", "refunded", "net", "receivable")

    def cells(row: BuyerRow, own: Query) -> list[Cell]:
        amounts = [money(getattr(row, key), drill_url(own, measure=key)) for key in keys]
        return [*amounts, money(row.held, drill_url(own, measure="receivable_held"))]

    def who(row: BuyerRow) -> list[Cell]:
        kind, _code, mode, channel = row.buyer
        return [
            Cell(_label(BUYER_KINDS.get(kind, kind))),
            Cell(row.name or "–"),
            Cell(_label(MODES.get(mode, mode))),
            Cell(_label(CHANNELS.get(channel, channel))),
        ]

    names = [_label(MEASURES[key].label) for key in (*keys, "receivable_held")]
    return Table(
        "buyers",
        _("Consumption support by buyer (yuan)"),
        [
            (pgettext("ledger", "Buyer"), False),
            (_("Organisation"), False),
            (_("Mode"), False),
            (_("Channel"), False),
            *((name, True) for name in names),
        ],
        [[*who(row), *cells(row, query | row.buyer._asdict())] for row in rows],
        [Cell(_("Total")), Cell(), Cell(), Cell(), *cells(total_of_rows(rows), query)],
    )


def orders_table(rows: Iterable[OrderSum], total: int, query: Query) -> Table:
    """Return the orders of a figure."""
    return Table(
        "orders",
        _("Orders (yuan)"),
        [
            (pgettext("ledger", "Order"), False),
            (_("Last booked on"), False),
            (_("Order lines"), True),
            (_("Amount"), True),
        ],
        (
            [
                Cell(row.order_number or _("No order"), url=drill_url(query, order=row.order_number)),
                Cell(day=row.booked_on),
                Cell(number=row.lines, is_number=True),
                money(row.fen, drill_url(query, order=row.order_number)),
            ]
            for row in rows
        ),
        [Cell(_("Total")), Cell(), Cell(), money(total)],
    )


def lines_table(rows: Iterable[LineSum], total: int, query: Query) -> Table:
    """Return the lines of a figure's order."""
    kinds = kind_names()
    return Table(
        "lines",
        _("Order lines (yuan)"),
        [
            (_("Order line"), False),
            (pgettext("ledger", "Kind"), False),
            (_("Product"), False),
            (_("Supplier"), False),
            (_("Units"), True),
            (_("Amount"), True),
        ],
        (
            [
                Cell(str(row.line_number or row.source_key), url=drill_url(query, source=row.source_key)),
                Cell(kinds.get(row.kind, row.kind)),
                Cell(row.product_name),
                Cell(row.supplier_name),
                Cell(number=row.units, is_number=True),
                money(row.fen, drill_url(query, source=row.source_key)),
            ]
            for row in rows
        ),
        [Cell(_("Total")), Cell(), Cell(), Cell(), Cell(), money(total)],
    )


def entries_table(rows: Iterable[LedgerEntry], total: int, sign: int) -> Table:
    """Return ledger entries, the ground of every figure."""
    kinds, stages, legs = kind_names(), stage_names(), leg_names()
    return Table(
        "entries",
        _("Ledger entries (yuan)"),
        [
            (_("Booked on"), False),
            (_("Belongs to month"), False),
            (pgettext("ledger", "Order"), False),
            (_("Order line"), False),
            (_("Product"), False),
            (pgettext("ledger", "Kind"), False),
            (_("Stage"), False),
            (_("Step"), False),
            (_("Payment"), False),
            (_("Evidence"), False),
            (_("Units"), True),
            (_("Amount"), True),
        ],
        (
            [
                Cell(day=entry.booked_on),
                Cell(f"{entry.relates_to:%Y-%m}" if entry.relates_to else ""),
                Cell(entry.order_number),
                Cell(str(entry.line_number or entry.source_key)),
                Cell(entry.product_name),
                Cell(kinds.get(entry.kind, entry.kind)),
                Cell(stages.get(entry.stage, entry.stage)),
                Cell(legs.get(entry.leg, entry.leg)),
                Cell(entry.payment_key),
                Cell(entry.grade),
                Cell(number=sign * entry.units, is_number=True),
                money(sign * entry.fen),
            ]
            for entry in rows
        ),
        [Cell(_("Total")), *[Cell()] * 10, money(total)],
    )


def kind_names() -> dict[str, str]:
    """Return the names of the kinds of entries."""
    return {
        "goods": _("Goods"),
        "freight": _("Freight"),
        "fee": _("Fees"),
        "donation": _("Donations"),
        "unapplied": _("Money no order has"),
    }


def stage_names() -> dict[str, str]:
    """Return the names of the stages; charges and unapplied money have none."""
    return {str(stage): str(name) for stage, name in STAGES} | {
        "none": "–",
        "receivable": _("Accepted, not paid yet"),
    }


def leg_names() -> dict[str, str]:
    """Return the names of the steps that money takes."""
    return {
        "capture": _("Captured"),
        "apply": _("Applied to the order"),
        "move": _("Moved on"),
        "refund": _("Sent back"),
        "receivable": _("Accepted on terms"),
        "reverse": _("Reversed"),
        "restate": _("Restated"),
    }
