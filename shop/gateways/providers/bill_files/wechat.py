"""The daily trade bill of WeChat Pay (交易账单, type ALL): every cell behind a backtick, sums in the last two rows.

Written from the channel's published list of columns (交易账单文件格式说明); 未联调, never run against WeChat Pay.
"""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.core.tabular import Header, Row, find_header, plain
from shop.gateways.providers.base import BillRow, LineKind
from shop.gateways.providers.bill_files.reading import Cells, Day, ParsedBill, read_decimal, rows_of

TIME, STATE, CURRENCY, FEE = "交易时间", "交易状态", "货币种类", "手续费"
TRANSACTION, ORDER, TOTAL = "微信订单号", "商户订单号", "订单金额"
REFUND, OWN_REFUND, REFUND_TOTAL, REFUND_STATE = "微信退款单号", "商户退款单号", "申请退款金额", "退款状态"
SETTLED, REFUND_SETTLED, TITLE = "应结订单金额", "退款金额", "商品名称"
_WANTED = (TIME, STATE, CURRENCY, FEE, TRANSACTION, ORDER, TOTAL)
_OF_REFUNDS = (REFUND, OWN_REFUND, REFUND_TOTAL, REFUND_STATE)
_OPTIONAL = (SETTLED, REFUND_SETTLED, TITLE)
_COUNT = "总交易单数"
#: Column of the sums → column of the rows that it adds up.
_SUMS = {"订单总金额": TOTAL, "申请退款总金额": REFUND_TOTAL, "手续费总金额": FEE}
#: A refund that will not reach the buyer by itself.
_FAILED = ("FAIL", "CHANGE", "CLOSED", "ABNORMAL")


def read_wechat(raw: bytes, day: Day) -> ParsedBill:
    """Return the movements of the day. Pure. Raises TableError when the file is no table or lacks a column."""
    bill = ParsedBill()
    header = find_header([_bare(row) for row in rows_of(raw)], (*_WANTED, *_OF_REFUNDS), _OPTIONAL)
    rows = list(header.rows)
    cut = next((index for index, row in enumerate(rows) if plain(row.cells[0]) == plain(_COUNT)), None)
    if cut is None or len(rows) < cut + 2:
        bill.fault(None, _COUNT, _("the file ends before its sums, so a part of it is missing"))
        return bill
    details = rows[:cut]
    numbers: list[int] = []
    for row in details:
        parsed = _movement(Cells(row, header, bill), day)
        if parsed is not None:
            bill.rows.append(parsed)
            numbers.append(row.number)
    bill.refuse_twice(numbers)
    if not bill.faults:
        _compare_sums(bill, header, details, rows[cut], rows[cut + 1])
    return bill


def _bare(row: Row) -> Row:
    """Take the backticks away; a comma inside a cell has split it, which shows: its second half has none."""
    if not row.cells or not row.cells[0].startswith("`"):
        return row
    cells: list[str] = []
    for cell in row.cells:
        if cell.startswith("`") or not cells:
            cells.append(cell.lstrip("`"))
        else:
            cells[-1] += f",{cell}"
    return Row(row.number, tuple(cell.strip().rstrip("`") for cell in cells), row.faults)


def _movement(cells: Cells, day: Day) -> BillRow | None:
    state = cells.text(STATE)
    if state not in ("SUCCESS", "REFUND", "REVOKED"):
        cells.fault(STATE, _("is not known: %(text)s") % {"text": state[:40] or "—"})
        return None
    moment = cells.moment(TIME, day)
    row = _payment(cells, moment) if state == "SUCCESS" else _refund(cells, moment)
    return row if cells.sound else None


def _payment(cells: Cells, moment: dt.datetime | None) -> BillRow | None:
    transaction = cells.text(TRANSACTION)
    if not transaction:
        cells.fault(TRANSACTION, _("is missing"))
    total, fee = cells.fen(TOTAL), cells.fee(FEE)
    settled = cells.fen(SETTLED) if SETTLED in cells.header.columns else total
    if moment is None or not cells.sound:
        return None
    return BillRow(
        line_id=transaction,
        kind=LineKind.PAYMENT,
        channel_kind="SUCCESS",
        occurred_at=moment,
        available_at=moment,
        settled_minor=settled,
        fee_minor=fee,
        net_minor=settled - fee,
        settled_currency=cells.text(CURRENCY)[:3] or "CNY",
        source=transaction,
        source_minor=total,
        source_currency=cells.text(CURRENCY)[:3] or "CNY",
        key=cells.text(ORDER)[:64],
        description=cells.text(TITLE)[:200],
    )


def _refund(cells: Cells, moment: dt.datetime | None) -> BillRow | None:
    state, number = cells.text(STATE), cells.text(REFUND)
    if number in ("", "0"):
        # A payment that was revoked at the counter has no refund of its own number.
        number = f"{cells.text(TRANSACTION)}:revoked" if state == "REVOKED" else ""
    if not number:
        cells.fault(REFUND, _("is missing"))
    back, fee = abs(cells.fen(REFUND_TOTAL)), cells.fee(FEE)
    settled = abs(cells.fen(REFUND_SETTLED)) if REFUND_SETTLED in cells.header.columns else back
    if moment is None or not cells.sound:
        return None
    failed = cells.text(REFUND_STATE).upper() in _FAILED
    return BillRow(
        line_id=number,
        kind=LineKind.REFUND_FAILED if failed else LineKind.REFUND,
        channel_kind=f"{state} {cells.text(REFUND_STATE)}".strip(),
        occurred_at=moment,
        available_at=moment,
        settled_minor=-settled,
        fee_minor=fee,
        net_minor=-settled - fee,
        settled_currency=cells.text(CURRENCY)[:3] or "CNY",
        source=cells.text(TRANSACTION),
        source_minor=-back,
        source_currency=cells.text(CURRENCY)[:3] or "CNY",
        key=cells.text(OWN_REFUND)[:64],
        description=cells.text(TITLE)[:200],
    )


def _compare_sums(bill: ParsedBill, header: Header, details: list[Row], head: Row, sums: Row) -> None:
    """Note where the rows do not add up to the file's own sums: then a part of it is missing or was changed."""
    stated = dict(zip((plain(cell) for cell in head.cells), sums.cells, strict=False))
    try:
        count = int(read_decimal(stated.get(plain(_COUNT), "")))
        if count != len(details):
            _differs(bill, sums, _COUNT, f"{count}", f"{len(details)}")
        for name, column in _SUMS.items():
            if plain(name) not in stated:
                continue
            said = read_decimal(stated[plain(name)])
            found = sum((read_decimal(_cell(row, header, column)) for row in details), Decimal())
            if said != found:
                _differs(bill, sums, name, f"{said}", f"{found}")
    except ShopError as error:
        bill.fault(sums.number, _COUNT, str(error))


def _cell(row: Row, header: Header, column: str) -> str:
    index = header.columns[column]
    return row.cells[index] if index < len(row.cells) else ""


def _differs(bill: ParsedBill, sums: Row, name: str, said: str, found: str) -> None:
    bill.fault(
        sums.number, name, _("says %(said)s, the rows add up to %(found)s") % {"said": said, "found": found}
    )
