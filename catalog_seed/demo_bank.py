"""The demonstration's bank and its channel's bill: what two people confirmed by hand stands on a statement too.

Through the services that people use, and only for what has no line yet: a second run changes nothing, and a run that
was killed is finished by the next one.
"""

import csv
import io

from catalog_seed.demo_orders import Cast
from shop.core import clock
from shop.gateways import services as gateways
from shop.gateways.bank_models import BankAccount, FileState
from shop.gateways.models import Payment, TransferClaim, TransferState
from shop.gateways.providers.demo import DemoProvider

NUMBER = "0000000000000001"
NAME, BANK = "远山集（演示账户）", "演示银行"
#: A bank that writes amounts without sign and a column that says 收 or 支.
COLUMNS = {
    "booked_on": "交易日期",
    "serial": "流水号",
    "amount": "交易金额",
    "direction": "收支",
    "payer": "对方户名",
    "payer_account": "对方账号",
    "purpose": "摘要",
}
PAYING_ACCOUNT = "0000000000000088"


def make_demo_bank(cast: Cast) -> int:
    """Bring the statement of confirmed demonstration transfers; return how many of its lines are new."""
    account = BankAccount.objects.filter(number=NUMBER).first() or gateways.save_account(
        number=NUMBER, name=NAME, bank=BANK, demo=True, actor_id=cast.teller.pk
    )
    if not hasattr(account, "mapping"):
        gateways.save_mapping(account_id=account.pk, columns=COLUMNS, actor_id=cast.teller.pk)
    # Lines that a killed run has entered are matched first.
    gateways.settle_lines()
    claims = TransferClaim.objects.filter(
        state=TransferState.CONFIRMED,
        bank_line=None,
        attempt__record__demo=True,
        booked_on__lte=clock.today(),
    )
    rows = list(claims.order_by("booked_on", "pk"))
    if not rows:
        return 0
    file = gateways.upload_statement(
        account_id=account.pk, name="演示流水.csv", raw=_statement(rows), imported_by=cast.teller.pk
    )
    new = 0
    if file.state != FileState.APPLIED:
        new = gateways.confirm_statement(file_id=file.pk, confirmed_by=cast.reviewer.pk)
    gateways.settle_lines()
    return new


def _statement(claims: list[TransferClaim]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([f"账号：{NUMBER}", f"户名：{NAME}"])
    write.writerow(COLUMNS.values())
    for claim in claims:
        amount = f"{claim.fen // 100}.{claim.fen % 100:02d}"
        write.writerow(
            [
                f"{claim.booked_on:%Y-%m-%d}",
                claim.bank_serial,
                amount,
                "收",
                claim.payer,
                PAYING_ACCOUNT,
                f"货款 {claim.reference}",
            ]
        )
    return out.getvalue().encode("gbk")


def read_demo_bill() -> int:
    """Read the demo provider's own books from its first payment on, when a payment is in no bill; return new lines."""
    unread = Payment.objects.filter(provider=DemoProvider.name, bill_lines=None, moved_from=None)
    first = unread.order_by("captured_at").values_list("captured_at", flat=True).first()
    return 0 if first is None else gateways.import_bill(provider=DemoProvider(), since=first).new_lines
