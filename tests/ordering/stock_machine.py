"""A small shop in which anything may happen to stock, at any moment: the machine of the property test.

Two products, one of them in lots; three pools, two places; lots expire while orders wait. After every act the
database is asked for I1, and the units on hand are compared with a count kept beside it.
"""

import datetime as dt
import os
import random
from collections import Counter
from typing import Any, ClassVar

import time_machine
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.ordering import services as ordering
from shop.ordering.desk_models import Reshipment
from shop.ordering.invariants import stock_violations
from shop.ordering.models import Allocation, OrderRecord, RefundRequest, StockBalance
from shop.ordering.sellable import is_sellable
from shop.ordering.services import Shelf
from shop.ordering.stock_files import apply_stock_file, store_stock_file
from shop.ordering.stock_list import StockRow
from shop.ordering.stock_models import GoodsLot
from tests.factories import (
    make_basket,
    make_hold_rules,
    make_organisation,
    make_product,
    make_terms,
    make_user,
)
from tests.factories.orders import place_basket, place_union
from tests.factories.stock import make_place

START = dt.datetime(2026, 3, 6, 4, 0, tzinfo=dt.UTC)
NUMBERS = st.integers(0, 11)
UNITS = st.integers(1, 5)
#: The seed of the long form: SEED=… repeats a run.
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))


class StockMachine(RuleBasedStateMachine):
    """Acts on stock; a refusal is a ShopError and changes nothing. `acts` counts what was done and what was tried."""

    acts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(START, tick=False)
        self.now = self.time.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        make_hold_rules()
        make_place(code="store")
        self.goods = [
            make_product(sku="t", stock=12),
            make_product(sku="h", name_zh="蜂蜜", price_fen=900, stock=20),
        ]
        self.unit = make_organisation()
        make_terms(organisation=self.unit)
        self.on_hand = Counter(
            {product.pk: stock for product, stock in zip(self.goods, (12, 20), strict=True)}
        )
        self.staff = make_user(phone="+8613800000088", name="赵敏")
        #: What there has been so far, so that no act is tried upon nothing.
        self.been: set[str] = set()
        self.serial = 0
        # One order is paid from the start, so that many acts meet one.
        self.place(which=0, first=2, second=1, twice=False)
        self.pay(which=0)

    def teardown(self) -> None:
        """Leave nothing behind."""
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.time.stop()

    def act(self, name: str, do: Any) -> Any:
        """Do it in a transaction of its own; return what it gave, None when it was refused."""
        try:
            with transaction.atomic():
                result = do()
        except ShopError:
            return None
        type(self).acts[name] += 1
        self.been.add(name)
        return result if result is not None else True

    # --- orders -----------------------------------------------------------------------------------
    @rule(which=NUMBERS, first=UNITS, second=st.integers(0, 3), twice=st.booleans())
    def place(self, which: int, first: int, second: int, twice: bool) -> None:
        one, other = self.goods[which % 2], self.goods[which % 2 if twice else 1 - which % 2]
        lines = [(one, first), *([(other, second)] if second else [])]
        before = self._sellable("retail")
        placed = self.act("place", lambda: place_basket(make_basket(lines=lines)).record)
        if placed is not None:
            self._assert_first_expiring_first(placed, before)

    @rule(units=UNITS)
    def place_bulk(self, units: int) -> None:
        before = self._sellable("bulk")
        placed = self.act(
            "place_bulk", lambda: place_union(lines=[(self.goods[0], units)], organisation=self.unit)
        )
        if placed is not None:
            self._assert_first_expiring_first(placed, before)
            self.act("terms", lambda: ordering.release_on_terms(record_id=placed.pk, approved_by=2))

    @rule(which=NUMBERS)
    def pay(self, which: int) -> None:
        record = self._order(which)
        if record is not None and record.due_fen and record.payment_state != "paid":
            self.serial += 1
            money = [(f"p{self.serial}", record.due_fen, clock.now())]
            self.act("pay", lambda: ordering.mark_order_paid(record_id=record.pk, payments=money))

    @rule(which=NUMBERS)
    def close(self, which: int) -> None:
        record = self._order(which)
        if record is not None:

            def close() -> bool:
                ordering.begin_close(record_id=record.pk, reason="buyer")
                return ordering.finish_close(record_id=record.pk)

            self.act("close", close)

    @rule(which=NUMBERS, units=UNITS)
    def ship(self, which: int, units: int) -> None:
        line = self._line(which)
        if line is not None:
            sent = self.act("ship", lambda: ordering.consume_allocation(line_units={line.pk: units}))
            self.on_hand[line.product_id] -= units if sent else 0

    @rule(which=NUMBERS, units=UNITS)
    def give_back(self, which: int, units: int) -> None:
        line = self._line(which)
        if line is not None:
            back = self.act(
                "return",
                lambda: ordering.return_to_stock(line_units={line.pk: units}, actor_id=1, reason="unopened"),
            )
            self.on_hand[line.product_id] += units if back else 0

    @rule(which=NUMBERS, units=UNITS)
    def reduce(self, which: int, units: int) -> None:
        record = self._order(which)
        if record is not None:
            portions = [ordering.UnitsOf(record.shares.all()[0].pk, units)]
            wish: dict[str, Any] = {
                "record_id": record.pk,
                "portions": portions,
                "reason": "short",
                "actor_id": 1,
            }
            self.act("reduce", lambda: ordering.reduce_order(**wish))

    @rule(which=NUMBERS, units=UNITS, whole=st.booleans())
    def refund(self, which: int, units: int, whole: bool) -> None:
        record = self._order(which)
        if record is not None:
            part = (
                {"whole": True}
                if whole
                else {"portions": [ordering.UnitsOf(record.shares.all()[0].pk, units)]}
            )
            self.act(
                "refund",
                lambda: ordering.request_refund(record_id=record.pk, reason="no", actor_id=1, **part),
            )

    @precondition(lambda self: "refund" in self.been)
    @rule(which=NUMBERS, end=st.sampled_from(["execute", "execute", "fail", "withdraw"]))
    def end_refund(self, which: int, end: str) -> None:
        waiting = list(RefundRequest.objects.filter(state="requested").order_by("pk"))
        if not waiting:
            return
        request = waiting[which % len(waiting)]
        if end == "withdraw":
            self.act(end, lambda: ordering.withdraw_refund(request_id=request.pk, reason="kept", actor_id=1))
        else:
            parts = [("p", request.fen)] if end == "execute" else []
            self.act(
                end,
                lambda: ordering.record_refund_result(request_id=request.pk, ok=bool(parts), parts=parts),
            )

    @rule(which=NUMBERS, units=UNITS, regretted=st.booleans())
    def reship(self, which: int, units: int, regretted: bool) -> None:
        line = self._sent_line(which) or self._line(which)
        if line is not None:
            share = line.shares.get()
            sent = self.act(
                "reship",
                lambda: ordering.request_reshipment(
                    record_id=share.record_id, share_id=share.pk, units=units, reason="broken", actor_id=1
                ),
            )
            self.on_hand[line.product_id] -= units if sent else 0
            if sent and regretted:
                self._call_off(which)

    @precondition(lambda self: "reship" in self.been)
    @rule(which=NUMBERS)
    def cancel_reship(self, which: int) -> None:
        self._call_off(which)

    def _call_off(self, which: int) -> None:
        waiting = list(Reshipment.objects.filter(state="requested").order_by("pk"))
        if waiting:
            one = waiting[which % len(waiting)]
            called_off = self.act(
                "cancel_reship",
                lambda: ordering.cancel_reshipment(reshipment_id=one.pk, reason="found", actor_id=1),
            )
            self.on_hand[one.share.line.product_id] += one.units if called_off else 0

    # --- the shelf --------------------------------------------------------------------------------
    @rule(
        which=NUMBERS,
        units=UNITS,
        days=st.integers(0, 20),
        pool=st.sampled_from(["retail", "retail", "bulk"]),
    )
    def receive(self, which: int, units: int, days: int, pool: str) -> None:
        product = self.goods[0]
        came = self.act(
            "receive",
            lambda: ordering.receive_lot(
                stockrecord=product.stockrecords.get(),
                code=f"L{which % 4}-{clock.today() + dt.timedelta(days=days)}",
                units=units,
                expires_on=clock.today() + dt.timedelta(days=days),
                pool=pool,
                location="store" if which % 3 == 0 else "",
            ),
        )
        self.on_hand[product.pk] += units if came else 0

    @rule(which=NUMBERS, delta=st.integers(-4, 4))
    def adjust(self, which: int, delta: int) -> None:
        balance = self._balance(which)
        done = self.act(
            "adjust",
            lambda: ordering.adjust_stock(
                stockrecord=balance.stockrecord,
                delta=delta,
                actor_id=1,
                reason="count",
                **_shelf(balance)._asdict(),
            ),
        )
        self.on_hand[balance.stockrecord.product_id] += delta if done else 0

    @rule(
        which=NUMBERS, units=UNITS, pool=st.sampled_from(["retail", "bulk", "withheld"]), store=st.booleans()
    )
    def move(self, which: int, units: int, pool: str, store: bool) -> None:
        balance = self._balance(which)
        source = _shelf(balance)
        target = source._replace(pool=pool, location="store" if store else "")
        self.act(
            "move",
            lambda: ordering.move_units(
                stockrecord=balance.stockrecord,
                source=source,
                target=target,
                units=units,
                actor_id=1,
                reason="m",
            ),
        )

    @rule(which=NUMBERS, delta=st.integers(-3, 6), stale=st.sampled_from([0, 0, 1]))
    def import_file(self, which: int, delta: int, stale: int) -> None:
        balance = self._balance(which)
        if not delta:
            return
        self.serial += 1
        shelf = _shelf(balance)
        version = str(balance.version + stale)
        row = StockRow(
            2,
            balance.stockrecord.partner_sku,
            shelf.pool,
            shelf.lot,
            shelf.location,
            "",
            "",
            f"{delta:+d}",
            version,
        )
        file = store_stock_file(
            name="f.csv", raw=f"{self.serial}".encode(), rows=(row,), actor_id=self.staff.pk
        )
        done = self.act("import", lambda: apply_stock_file(file_id=file.pk, actor_id=1))
        assert not (done and stale), "a stale row was applied"
        assert self.act("import again", lambda: apply_stock_file(file_id=file.pk, actor_id=1)) in (0, None)
        self.on_hand[balance.stockrecord.product_id] += delta if done else 0

    @precondition(lambda self: "receive" in self.been)
    @rule(which=NUMBERS, days=st.integers(-2, 15))
    def correct(self, which: int, days: int) -> None:
        lots = list(GoodsLot.objects.order_by("pk"))
        if lots:
            day = clock.today() + dt.timedelta(days=days)
            lot = lots[which % len(lots)]
            self.act(
                "correct",
                lambda: ordering.correct_lot(
                    lot_id=lot.pk, produced_on=None, expires_on=day, actor_id=1, reason="misread"
                ),
            )

    @rule(days=st.integers(1, 3), job=st.booleans())
    def wait(self, days: int, job: bool) -> None:
        self.now.shift(dt.timedelta(days=days))
        if job:
            self.act("withhold", ordering.withhold_expired)

    # --- what always holds ------------------------------------------------------------------------
    @invariant()
    def promises_hold(self) -> None:
        type(self).acts["tried"] += 1
        broken = list(stock_violations())
        assert not broken, broken
        sums = StockBalance.objects.values_list("stockrecord__product").annotate(sum=Sum("on_hand"))
        assert dict(sums.order_by()) == dict(self.on_hand)

    def _sellable(self, pool: str) -> dict[int, list[StockBalance]]:
        """Return by stock record what may be sold now, first expiring first."""
        found: dict[int, list[StockBalance]] = {}
        rows = StockBalance.objects.filter(pool=pool, on_hand__gt=F("allocated")).order_by("pk")
        for row in sorted(rows, key=lambda row: (row.expires_on or dt.date.max, row.pk)):
            if is_sellable(row.expires_on, None, clock.today()):
                found.setdefault(row.stockrecord_id, []).append(row)
        return found

    def _assert_first_expiring_first(
        self, record: OrderRecord, before: dict[int, list[StockBalance]]
    ) -> None:
        """Compare what the order holds with what it should have taken of the shelf as it was."""
        wanted: Counter[int] = Counter()
        for line in record.order.lines.all():
            wanted[line.stockrecord_id] += line.quantity
        expected: Counter[int] = Counter()
        for stockrecord_id, units in wanted.items():
            for balance in before[stockrecord_id]:
                expected[balance.pk] += min(units, balance.on_hand - balance.allocated)
                units -= expected[balance.pk]
        held = Allocation.objects.filter(line__order_id=record.order_id).values_list("balance_id")
        assert dict(held.annotate(sum=Sum("units")).order_by()) == {pk: n for pk, n in expected.items() if n}

    def _order(self, which: int) -> OrderRecord | None:
        records = list(OrderRecord.objects.order_by("-pk")[:6])
        return records[which % len(records)] if records else None

    def _line(self, which: int) -> Any:
        record = self._order(which)
        lines = list(record.order.lines.order_by("pk")) if record else []
        return lines[which % len(lines)] if lines else None

    def _sent_line(self, which: int) -> Any:
        sent = Allocation.objects.filter(consumed__gt=0).select_related("line").order_by("line_id", "pk")
        return sent[which % len(sent)].line if sent else None

    def _balance(self, which: int) -> StockBalance:
        rows = list(StockBalance.objects.select_related("stockrecord").order_by("-on_hand", "pk")[:8])
        return rows[which % len(rows)]


def _shelf(balance: StockBalance) -> Shelf:
    return Shelf(balance.pool, balance.lot, balance.location)
