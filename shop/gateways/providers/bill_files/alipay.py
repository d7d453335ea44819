"""The daily bill of Alipay (业务明细, csv in GBK): lines of # around the table, amounts in yuan, sums below.

Written from the channel's published list of columns; 未联调, never run against Alipay.
"""

import datetime as dt
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from shop.core.cells import folded, read_fen
from shop.core.fen import shown_yuan
from shop.core.tabular import Row, find_header
from shop.gateways.providers.base import CURRENCY, BillRow, LineKind
from shop.gateways.providers.bill_files.reading import Cells, Day, ParsedBill, rows_of

TRANSACTION, ORDER, KIND, TITLE = "支付宝交易号", "商户订单号", "业务类型", "商品名称"
DONE, TOTAL, SETTLED, FEE = "完成时间", "订单金额（元）", "商家实收（元）", "服务费（元）"
REFUND = "退款批次号/请求号"
_WANTED = (TRANSACTION, ORDER, KIND, DONE, TOTAL, SETTLED, FEE, REFUND)
_KINDS = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}
_END = "业务明细列表结束"
_SPAN = re.compile(
    r"起始日期:\[(\d{4})年(\d{1,2})月(\d{1,2})日[^\]]*\].*终止日期:\[(\d{4})年(\d{1,2})月(\d{1,2})日"
)
_SUMS = (
    (LineKind.PAYMENT, "交易合计", re.compile(r"交易合计:(\d+)笔,商家实收共(-?[\d.,]+)元")),
    (LineKind.REFUND, "退款合计", re.compile(r"退款合计:(\d+)笔,商家实收退款共(-?[\d.,]+)元")),
)


def read_alipay(raw: bytes, day: Day) -> ParsedBill:
    """Return the movements of the day. Pure. Raises TableError when the file is no table or lacks a column."""
    bill = ParsedBill()
    # Numbers end with a tab, so that a spreadsheet leaves them text; no character of GBK or UTF-8 has one inside.
    rows = rows_of(raw.replace(b"\t", b""))
    notes = [row for row in rows if row.cells[0].startswith("#")]
    said = [folded("".join(row.cells)) for row in notes]
    header = find_header([row for row in rows if not row.cells[0].startswith("#")], _WANTED, (TITLE,))
    _check_day(bill, said, day)
    if not any(_END in text for text in said):
        bill.fault(None, "#", _("the file ends before its sums, so a part of it is missing"))
        return bill
    numbers: list[int] = []
    for row in header.rows:
        parsed = _movement(Cells(row, header, bill), day)
        if parsed is not None:
            bill.rows.append(parsed)
            numbers.append(row.number)
    bill.refuse_twice(numbers)
    if not bill.faults:
        _compare_sums(bill, notes, said)
    return bill


def _check_day(bill: ParsedBill, said: Sequence[str], day: Day) -> None:
    for text in said:
        match = _SPAN.search(text)
        if match is not None:
            numbers = [int(part) for part in match.groups()]
            first, last = dt.date(*numbers[:3]), dt.date(*numbers[3:])
            if first != day or last - first > dt.timedelta(days=1):
                bill.fault(
                    None,
                    "起始日期",
                    _("this is the bill of %(first)s, not of %(day)s")
                    % {"first": first if first == last else f"{first} – {last}", "day": day},
                )


def _movement(cells: Cells, day: Day) -> BillRow | None:
    moment = cells.moment(DONE, day)
    transaction, number = cells.text(TRANSACTION), cells.text(REFUND)
    kind = _KINDS.get(cells.text(KIND), LineKind.OTHER)
    if not transaction:
        cells.fault(TRANSACTION, _("is missing"))
    if kind is LineKind.REFUND and not number:
        cells.fault(REFUND, _("is missing"))
    total, settled, fee = abs(cells.fen(TOTAL)), abs(cells.fen(SETTLED)), abs(cells.fee(FEE))
    if moment is None or not cells.sound:
        return None
    # The file writes fees with either sign: one is taken with a payment and given back with a refund.
    sign = -1 if kind is LineKind.REFUND else 1
    return BillRow(
        # The number of a refund is only unique within its transaction.
        line_id=f"{transaction}:{number}"[:80] if number else transaction,
        kind=kind,
        channel_kind=cells.text(KIND)[:60],
        occurred_at=moment,
        available_at=moment,
        settled_minor=sign * settled,
        fee_minor=sign * fee,
        net_minor=sign * (settled - fee),
        settled_currency=CURRENCY,
        source=transaction,
        source_minor=sign * total,
        source_currency=CURRENCY,
        key=(number if kind is LineKind.REFUND else cells.text(ORDER))[:64],
        description=cells.text(TITLE)[:200],
    )


def _compare_sums(bill: ParsedBill, notes: Sequence[Row], said: Sequence[str]) -> None:
    """Note where the rows do not add up to the sums below the table."""
    for kind, name, pattern in _SUMS:
        rows = [row for row in bill.rows if row.kind is kind]
        found = (len(rows), abs(sum(row.settled_minor for row in rows)))
        for note, text in zip(notes, said, strict=True):
            match = pattern.search(text)
            if match is None:
                continue
            stated = (int(match[1]), abs(read_fen(match[2])))
            if stated != found:
                bill.fault(
                    note.number,
                    name,
                    _("says %(said)s, the rows add up to %(found)s")
                    % {"said": _shown(stated), "found": _shown(found)},
                )


def _shown(count_and_fen: tuple[int, int]) -> str:
    count, fen = count_and_fen
    return f"{count} / {shown_yuan(fen)}"
