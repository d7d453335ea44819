"""Paid or not: outgoing lines of the bank's statement meet the items of approved lists; what the bank did not pay."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.bank_models import StatementLine
from shop.gateways.services import outgoing_without_refund, take_as_payout
from shop.gateways.services.payees import same_account
from shop.journal import services as journal
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import Account, PayoutItem, PayoutList
from shop.settlement.paying_models import ItemState
from shop.settlement.services.payouts import finish_list, write_step
from shop.settlement.transitions import PAYOUT_ITEM, move

_BATCH = 500
_SERIAL_LENGTH = 40
_REASON_LENGTH = 200


def match_payouts(*, limit: int = _BATCH) -> int:
    """Mark items as paid by the outgoing lines that are theirs; return how many. Safe at any time and twice.

    By the serial that somebody has entered, else by amount and the item's reference in the remark, else by amount
    and payee. The payee must be who the item names. A line that fits none, or several, stays a difference.
    """
    amounts = set(PayoutItem.objects.filter(state=ItemState.LISTED).values_list("fen", flat=True))
    if not amounts:
        return 0
    lines = outgoing_without_refund().filter(fen__in=amounts, supplier_payout=None)
    return sum(_match(line) for line in list(lines[:limit]))


def _match(line: StatementLine) -> bool:
    open_items = PayoutItem.objects.filter(state=ItemState.LISTED, fen=line.fen, demo=line.account.demo)
    items = [item for item in open_items.select_related("account").order_by("pk") if is_payee(line, item)]
    named = [item for item in items if item.bank_serial and item.bank_serial == line.serial]
    named = named or [item for item in items if plain(item.reference) in plain(line.purpose)]
    # Without its reference a line is only taken when it can be nobody else's.
    found = named or [item for item in items if line.payer and not item.bank_serial]
    return len(found) == 1 and _pay(line, found[0])


def is_payee(line: StatementLine, item: PayoutItem) -> bool:
    """Return whether a line went to whom the item names; what the bank does not tell is not compared."""
    account = item.account
    if account is None or (line.payer and plain(line.payer) != plain(account.holder)):
        return False
    return not line.payer_account or same_account(line.payer_account, account.number)


def _pay(line: StatementLine, item: PayoutItem) -> bool:
    with transaction.atomic():
        taken = take_as_payout(line_id=line.pk)
        locked = _locked(item.pk)
        if taken is None or locked.state != ItemState.LISTED:
            transaction.set_rollback(True)
            return False
        move(PAYOUT_ITEM, locked, ItemState.PAID, line=taken, paid_on=taken.booked_on)
        write_step(locked, "paid", Account.LISTED, Account.PAID, at=_noon(taken.booked_on))
        finish_list(locked.list_id)
        faultpoint("settlement.payout.before_commit")
    return True


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=clock.SHANGHAI)


def enter_serial(*, item_id: int, bank_serial: str, actor_id: int) -> PayoutItem:
    """Write down the bank's serial of a transfer, by which its line is found; "" takes it out again.

    Raises SettlementRefused: not_listed.
    """
    with transaction.atomic():
        item = _listed(item_id)
        before, item.bank_serial = item.bank_serial, "".join(bank_serial.split())[:_SERIAL_LENGTH]
        item.save(update_fields=["bank_serial"])
        _note(item, "payout.serial_entered", actor_id, before=before, after=item.bank_serial)
    return item


def ask_release(*, item_id: int, reason: str, asked_by: int) -> PayoutItem:
    """Say that the bank has not paid an item; nothing changes before another person confirms it.

    Raises SettlementRefused: reason_missing, not_listed.
    """
    if not reason.strip():
        raise SettlementRefused(_("Please say why."), code="reason_missing", field="reason")
    with transaction.atomic():
        item = _listed(item_id)
        item.release_asked_by, item.release_reason = asked_by, reason.strip()[:_REASON_LENGTH]
        item.save(update_fields=["release_asked_by", "release_reason"])
        _note(item, "payout.release_asked", asked_by, reason=item.release_reason)
    return item


def confirm_release(*, item_id: int, confirmed_by: int) -> PayoutItem:
    """Let what the bank has not paid be owed again; the next list pays it. Safe to call twice.

    Raises SettlementRefused: not_asked, same_person, not_listed.
    """
    with transaction.atomic():
        item = _locked(item_id)
        if item.state == ItemState.RELEASED:
            return item
        _require_listed(item)
        if item.release_asked_by is None:
            raise SettlementRefused(_("Nobody has said that the bank did not pay this."), code="not_asked")
        if item.release_asked_by == confirmed_by:
            raise SettlementRefused(
                _("You have asked for this yourself. Another person must confirm it."), code="same_person"
            )
        move(PAYOUT_ITEM, item, ItemState.RELEASED, released_by=confirmed_by)
        write_step(item, "released", Account.LISTED, Account.PAYABLE, at=clock.now())
        finish_list(item.list_id)
        _note(item, "payout.released", confirmed_by, reason=item.release_reason)
    return item


def _locked(item_id: int) -> PayoutItem:
    """Lock the list, then its item: the sequence of every act on both."""
    list_id = PayoutItem.objects.values_list("list_id", flat=True).get(pk=item_id)
    lock(PayoutList.objects.filter(pk=list_id)).get()
    return lock(PayoutItem.objects.select_related("supplier").filter(pk=item_id)).get()


def _listed(item_id: int) -> PayoutItem:
    item = _locked(item_id)
    _require_listed(item)
    return item


def _require_listed(item: PayoutItem) -> None:
    if item.state != ItemState.LISTED:
        raise SettlementRefused(_("This is not waiting for the bank any more."), code="not_listed")


def _note(
    item: PayoutItem, action: str, actor_id: int, *, before: str = "", after: str = "", reason: str = ""
) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="payout_list",
        object_key=item.list.number,
        before={"serial": before} if before else {},
        after={"item": item.reference, "fen": item.fen} | ({"serial": after} if after else {}),
        reason=reason,
    )
