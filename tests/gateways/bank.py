"""A bank as the tests know it: an account of ours, its statements, and the two people who import them."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shop.core import clock
from shop.gateways import services
from shop.gateways.bank_models import BankAccount, StatementFile, StatementLine
from tests.factories import Cast

COLUMNS = {
    "booked_on": "交易日期",
    "serial": "流水号",
    "amount_in": "贷方金额",
    "amount_out": "借方金额",
    "payer": "对方户名",
    "payer_account": "对方账号",
    "purpose": "摘要",
}
HEAD = tuple(COLUMNS.values())
PAYER = "杭州某单位"
Row = Sequence[str]


def make_account(*, number: str = "571900000001", **fields: object) -> BankAccount:
    """Return an account of ours whose bank writes money received and sent in two columns."""
    account = BankAccount.objects.filter(number=number).first()
    if account is None:
        account = BankAccount.objects.create(number=number, name="远山集", bank="示例银行", **fields)
        services.save_mapping(account_id=account.pk, columns=COLUMNS, actor_id=0)
    return account


def came(serial: str, yuan: str, purpose: str = "", *, payer: str = PAYER, day: str = "") -> Row:
    """Return a row of money received today."""
    return (day or f"{clock.today()}", serial, yuan, "", payer, "6222", purpose)


def left(serial: str, yuan: str, purpose: str = "", *, payee: str = PAYER, day: str = "") -> Row:
    """Return a row of money sent today."""
    return (day or f"{clock.today()}", serial, "", yuan, payee, "6222", purpose)


def csv_of(*rows: Row, head: Row = HEAD, above: str = "账号：571900000001\n") -> bytes:
    """Return the statement as its bank's website gives it."""
    lines = [",".join(f'"{cell}"' for cell in row) for row in (head, *rows)]
    return (above + "\n".join(lines) + "\n").encode("gbk")


def xlsx_of(*rows: Row, head: Row = HEAD) -> bytes:
    """Return the statement as a workbook."""
    book = Workbook()
    assert isinstance(book.active, Worksheet)
    for row in (head, *rows):
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(
    cast: Cast, raw: bytes, *, account: BankAccount | None = None, name: str = "s.csv"
) -> StatementFile:
    """Let finance upload a statement."""
    account = account or make_account()
    return services.upload_statement(account_id=account.pk, name=name, raw=raw, imported_by=cast.finance.pk)


def bring(cast: Cast, *rows: Row, account: BankAccount | None = None) -> list[StatementLine]:
    """Upload, confirm and match a statement of these rows; return its new lines in order."""
    file = upload(cast, csv_of(*rows), account=account)
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.second_finance.pk)
    services.settle_lines()
    return list(file.lines.order_by("row"))
