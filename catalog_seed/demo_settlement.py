"""The demonstration's settlement: commission, bank accounts, statements and pay-out lists of the months that are over.

Through the services that people use, at the times at which they would use them; a second run changes nothing.
"""

import csv
import datetime as dt
import io

from catalog_seed.demo_bank import COLUMNS, NUMBER
from catalog_seed.demo_orders import Cast
from shop.core import clock
from shop.gateways import services as gateways
from shop.gateways.bank_models import BankAccount, FileState
from shop.settlement import services as settlement
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import CommissionRate, PayeeAccount, PayoutItem, PayoutList, SupplierAccount
from shop.settlement.paying_models import ItemState, ListState
from shop.settlement.terms import Calendar
from shop.suppliers.models import Supplier

RATE_BP = 200
REASON = "演示约定：平台服务费"
#: Of so many suppliers one has entered an account that nobody has verified, and one has entered none.
UNVERIFIED_OF, NONE_OF = 9, 11
#: So many days after the end of a period a list is made, approved and paid.
LIST_DAYS, BANK_DAYS = 4, 6


def make_demo_terms(cast: Cast) -> bool:
    """Agree on a commission for all suppliers, before the first order of the year; return whether it is new."""
    start = dt.date(clock.today().year, 1, 1) - dt.timedelta(days=60)
    if CommissionRate.objects.filter(starts_on__lte=start + dt.timedelta(days=1)).exists():
        return False
    with clock.set_to(_at(start)):
        rate = settlement.propose_rate(
            supplier="",
            category="",
            rate_bp=RATE_BP,
            starts_on=start + dt.timedelta(days=1),
            reason=REASON,
            proposed_by=cast.teller.pk,
        )
        settlement.approve_rate(rate_id=rate.pk, approved_by=cast.reviewer.pk)
    return True


def make_demo_settlement(cast: Cast) -> int:
    """Settle every period that is over and not settled yet; return how many pay-out lists are new."""
    settlement.catch_up()
    enter_accounts(cast)
    first = SupplierAccount.objects.filter(demo=True, first_booked_on__isnull=False)
    day = first.order_by("first_booked_on").values_list("first_booked_on", flat=True).first()
    if day is None:
        return 0
    periods = Calendar()
    last = periods.last_ended(clock.today()).ends_on
    made = 0
    for period in periods.periods(day, clock.today() - dt.timedelta(days=LIST_DAYS)):
        if not SupplierAccount.objects.filter(demo=True, drawn_through__gte=period.ends_on).exists():
            # The last list waits for its second person, so that its page shows what there is to do.
            made += settle_period(period.ends_on, cast, approved=period.ends_on != last)
    approved_lists = PayoutList.objects.filter(demo=True, state=ListState.APPROVED).order_by("approved_at")
    for payout_list in list(approved_lists)[:-1]:
        pay_list(payout_list, cast)
    return made


def _at(day: dt.date) -> dt.datetime:
    return min(dt.datetime.combine(day, dt.time(10), tzinfo=clock.SHANGHAI), clock.now())


def enter_accounts(cast: Cast) -> None:
    """Let most suppliers of the demonstration have an account that two people have seen."""
    codes = SupplierAccount.objects.filter(demo=True).values("supplier")
    suppliers = Supplier.objects.filter(code__in=codes).order_by("code")
    known = set(PayeeAccount.objects.values_list("supplier_id", flat=True))
    for index, supplier in enumerate(list(suppliers), start=1):
        if index % NONE_OF == 0 or supplier.pk in known:
            continue
        account = settlement.propose_payee_account(
            supplier_code=supplier.code,
            holder=supplier.name_zh,
            bank="演示银行营业部",
            number=f"{supplier.pk:016d}",
            proposed_by=cast.teller.pk,
        )
        if index % UNVERIFIED_OF:
            settlement.verify_payee_account(account_id=account.pk, verified_by=cast.reviewer.pk)


def settle_period(through: dt.date, cast: Cast, *, approved: bool) -> int:
    """Draw a period's statements and make its pay-out list; return 1 for a new list. What is there, is left."""
    with clock.set_to(_at(through + dt.timedelta(days=LIST_DAYS - 1))):
        settlement.draw_statements(through=through, demo=True, actor_id=cast.teller.pk)
    with clock.set_to(_at(through + dt.timedelta(days=LIST_DAYS))):
        found = PayoutList.objects.filter(demo=True, through=through).first()
        try:
            made = found or settlement.make_payout_list(
                demo=True, made_by=cast.teller.pk, note="演示付款名单"
            )
        except SettlementRefused:
            return 0
        if approved:
            settlement.approve_payout_list(number=made.number, approved_by=cast.reviewer.pk)
    return int(found is None)


def pay_list(payout_list: PayoutList, cast: Cast) -> None:
    """Bring the bank's statement of what it has paid of an approved list."""
    account = BankAccount.objects.filter(number=NUMBER).first()
    items = payout_list.items.filter(state=ItemState.LISTED).select_related("account").order_by("pk")
    if account is None or payout_list.approved_at is None:
        return
    day = clock.local_date(payout_list.approved_at) + dt.timedelta(days=BANK_DAYS - LIST_DAYS)
    raw = _statement(day, list(items))
    file = gateways.upload_statement(
        account_id=account.pk, name=f"演示付款{day:%Y%m%d}.csv", raw=raw, imported_by=cast.teller.pk
    )
    if file.state != FileState.APPLIED:
        gateways.confirm_statement(file_id=file.pk, confirmed_by=cast.reviewer.pk)
    gateways.settle_lines()
    settlement.match_payouts()


def _statement(day: dt.date, items: list[PayoutItem]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([f"账号：{NUMBER}"])
    write.writerow(COLUMNS.values())
    for item in items:
        assert item.account is not None
        amount = f"{item.fen // 100}.{item.fen % 100:02d}"
        serial = f"OUT{item.reference}"
        row = [f"{day:%Y-%m-%d}", serial, amount, "支", item.account.holder, item.account.number]
        write.writerow([*row, f"货款 {item.reference}"])
    return out.getvalue().encode("gbk")
