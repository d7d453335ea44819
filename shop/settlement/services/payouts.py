"""Pay-out lists: made from the statements by one person, approved by another, and by a third one where that is set."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal import services as journal
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import (
    Account,
    Kind,
    PayeeAccount,
    PayoutItem,
    PayoutList,
    SettlementEntry,
    SupplierAccount,
    SupplierStatement,
)
from shop.settlement.paying_models import HeldReason, ItemState, ListState, PayeeState
from shop.settlement.services.entries import Origin, lock_accounts, write_entries
from shop.settlement.terms import Calendar
from shop.settlement.transitions import PAYOUT_ITEM, PAYOUT_LIST, move

#: The acts of a pay-out have ids that follow from its item, so that the database takes each of them once.
_ACTS = uuid.UUID("6f1c9f5e-3f0e-4c39-9d0c-5d7d0f6a2b11")


def make_payout_list(*, demo: bool, made_by: int, note: str = "") -> PayoutList:
    """Put every supplier that is owed something by its last statement into a list; nothing moves before it is approved.

    A supplier gets what its last statement closed with, less refunds that were booked since. Without a verified bank
    account, or with less than nothing, it is held back with the reason. Raises SettlementRefused: nothing (no
    supplier can be paid), waiting (a list waits for its approval).
    """
    try:
        with transaction.atomic():
            if PayoutList.objects.filter(
                demo=demo, state__in=(ListState.PROPOSED, ListState.CHECKED)
            ).exists():
                raise _list_waits()
            return _make(demo, made_by, note)
    except IntegrityError as error:
        # Two people pressed the button at once: one item of a supplier waits at a time.
        raise _list_waits() from error


def _list_waits() -> SettlementRefused:
    return SettlementRefused(
        _("Another list waits for its approval. Approve it or take it back first."), code="waiting"
    )


def _make(demo: bool, made_by: int, note: str) -> PayoutList:
    accounts = list(
        SupplierAccount.objects.filter(demo=demo, drawn_through__isnull=False).exclude(payable_fen=0)
    )
    locked = lock_accounts({(account.supplier, demo) for account in accounts})
    statements = _last_statements(demo, list(locked.values()))
    payees = {row.supplier_id: row for row in PayeeAccount.objects.filter(state=PayeeState.VERIFIED)}
    waiting = set(
        PayeeAccount.objects.filter(state=PayeeState.PROPOSED).values_list("supplier_id", flat=True)
    )
    found: list[PayoutItem] = []
    for code, statement in statements.items():
        account = locked[code, demo]
        fen = min(statement.closing_fen - _listed_since(statement), account.payable_fen)
        payee = payees.get(statement.supplier_id)
        reason = _held(fen, payee, waiting=statement.supplier_id in waiting)
        if fen:
            item = PayoutItem(
                supplier=statement.supplier, statement=statement, demo=demo, fen=fen, account=payee
            )
            item.state, item.held_reason = (ItemState.HELD, reason) if reason else (ItemState.WAITING, "")
            found.append(item)
    if not any(item.state == ItemState.WAITING for item in found):
        raise SettlementRefused(
            _("No supplier can be paid now: nothing is owed by a statement, or no bank account is verified."),
            code="nothing",
        )
    return _store(found, demo, made_by, note)


def _last_statements(demo: bool, accounts: list[SupplierAccount]) -> dict[str, SupplierStatement]:
    """Return the statement that ends with the last day drawn of each supplier. One query."""
    ends = {account.supplier: account.drawn_through for account in accounts if account.drawn_through}
    if not ends:
        return {}
    rows = SupplierStatement.objects.filter(
        demo=demo, supplier__code__in=ends, ends_on__gte=min(ends.values())
    ).select_related("supplier")
    found = {row.supplier.code: row for row in rows if row.ends_on == ends[row.supplier.code]}
    return dict(sorted(found.items()))


def _listed_since(statement: SupplierStatement) -> int:
    """Return what of a statement's balance is in lists already, less what was released again."""
    entries = SettlementEntry.objects.filter(
        supplier=statement.supplier.code,
        demo=statement.demo,
        kind=Kind.PAYOUT,
        booked_on__gt=statement.ends_on,
    )
    listed = 0
    for debit, credit, fen in entries.values_list("debit", "credit", "fen"):
        listed += fen if debit == Account.PAYABLE else -fen if credit == Account.PAYABLE else 0
    return listed


def _held(fen: int, payee: PayeeAccount | None, *, waiting: bool) -> str:
    if fen < 0:
        return HeldReason.NEGATIVE
    if payee is None:
        return HeldReason.NOT_VERIFIED if waiting else HeldReason.NO_ACCOUNT
    return ""


def _store(found: list[PayoutItem], demo: bool, made_by: int, note: str) -> PayoutList:
    today = clock.today()
    same_day = PayoutList.objects.filter(made_at__gte=_midnight(today)).count()
    payout_list = PayoutList.objects.create(
        number=f"{'D' if demo else ''}FK{today:%Y%m%d}{same_day + 1:02d}",
        demo=demo,
        through=max(item.statement.ends_on for item in found),
        third_person=Calendar().rule(today).third_person,
        made_by=made_by,
        made_at=clock.now(),
        note=note.strip()[:200],
    )
    for index, item in enumerate(found, start=1):
        item.list, item.reference = payout_list, f"{payout_list.number}N{index:03d}"
    PayoutItem.objects.bulk_create(found)
    _note(payout_list, "payout_list.made", made_by)
    return payout_list


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=clock.SHANGHAI)


def check_payout_list(*, number: str, checked_by: int) -> PayoutList:
    """Let a second of three people check a list. Safe to call twice by the same person.

    Raises SettlementRefused: same_person, two_people (no third person is wanted), wrong_state.
    """
    with transaction.atomic():
        payout_list = _locked(number)
        if payout_list.state == ListState.CHECKED and payout_list.checked_by == checked_by:
            return payout_list
        if not payout_list.third_person:
            raise SettlementRefused(_("This list needs no third person: approve it."), code="two_people")
        _require_new_person(payout_list, checked_by)
        move(PAYOUT_LIST, payout_list, ListState.CHECKED, checked_by=checked_by, checked_at=clock.now())
        _note(payout_list, "payout_list.checked", checked_by)
    return payout_list


def approve_payout_list(*, number: str, approved_by: int) -> PayoutList:
    """Approve a list: what it pays leaves what is owed and waits for the bank. Safe to call twice.

    Raises SettlementRefused: same_person, third_person (somebody else must check it first), changed (a supplier's
    account or balance is not what it was), wrong_state. Nothing is written then.
    """
    with transaction.atomic():
        payout_list = _locked(number)
        if payout_list.state in (ListState.APPROVED, ListState.PAID):
            return payout_list
        _require_new_person(payout_list, approved_by)
        if payout_list.third_person and payout_list.state == ListState.PROPOSED:
            raise SettlementRefused(_("Another person must check this list first."), code="third_person")
        items = list(_waiting_items(payout_list))
        accounts = lock_accounts({(item.supplier.code, item.demo) for item in items})
        for item in items:
            _require_unchanged(item, accounts[item.supplier.code, item.demo])
        for item in items:
            move(PAYOUT_ITEM, item, ItemState.LISTED)
            write_step(item, "listed", Account.PAYABLE, Account.LISTED, at=clock.now())
        faultpoint("settlement.payout_list.before_commit")
        move(PAYOUT_LIST, payout_list, ListState.APPROVED, approved_by=approved_by, approved_at=clock.now())
        _note(payout_list, "payout_list.approved", approved_by)
    return payout_list


def _require_new_person(payout_list: PayoutList, person: int) -> None:
    if person in (payout_list.made_by, payout_list.checked_by):
        raise SettlementRefused(
            _("You have made or checked this list yourself. Another person must do this."), code="same_person"
        )


def _waiting_items(payout_list: PayoutList) -> list[PayoutItem]:
    items = payout_list.items.filter(state=ItemState.WAITING).select_related("supplier", "account")
    return list(items.order_by("pk"))


def _require_unchanged(item: PayoutItem, account: SupplierAccount) -> None:
    verified = item.account is not None and item.account.state == PayeeState.VERIFIED
    if verified and account.payable_fen >= item.fen:
        return
    raise SettlementRefused(
        _(
            "%(supplier)s: %(sum)s yuan are no longer owed, or its bank account has changed. Take the list back and "
            "make a new one."
        )
        % {"supplier": item.supplier.name_zh, "sum": shown_yuan(item.fen)},
        code="changed",
    )


def withdraw_payout_list(*, number: str, actor_id: int) -> PayoutList:
    """Take back a list that is not approved; nothing has moved. Safe to call twice. Raises SettlementRefused."""
    with transaction.atomic():
        payout_list = _locked(number)
        if payout_list.state == ListState.WITHDRAWN:
            return payout_list
        move(PAYOUT_LIST, payout_list, ListState.WITHDRAWN, finished_at=clock.now())
        for item in _waiting_items(payout_list):
            move(PAYOUT_ITEM, item, ItemState.WITHDRAWN)
        _note(payout_list, "payout_list.withdrawn", actor_id)
    return payout_list


def write_step(item: PayoutItem, act: str, debit: Account, credit: Account, *, at: dt.datetime) -> None:
    """Write the entry of one act on an item; the database takes each act once."""
    entry = SettlementEntry(
        source_key=f"payout:{item.pk}",
        debit=debit,
        credit=credit,
        kind=Kind.PAYOUT,
        fen=item.fen,
        supplier=item.supplier.code,
        demo=item.demo,
        product_name=item.reference,
    )
    write_entries([entry], Origin(uuid.uuid5(_ACTS, f"{item.pk}:{act}"), at))


def finish_list(list_id: int) -> None:
    """Close a list of which nothing waits for the bank any more; call it in the transaction of its last item."""
    payout_list = lock(PayoutList.objects.filter(pk=list_id)).get()
    if (
        payout_list.state == ListState.APPROVED
        and not payout_list.items.filter(state=ItemState.LISTED).exists()
    ):
        move(PAYOUT_LIST, payout_list, ListState.PAID, finished_at=clock.now())


def _locked(number: str) -> PayoutList:
    return lock(PayoutList.objects.filter(number=number)).get()


def _note(payout_list: PayoutList, action: str, actor_id: int) -> None:
    items = payout_list.items.exclude(state=ItemState.HELD)
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="payout_list",
        object_key=payout_list.number,
        after={"state": payout_list.state, "items": len(items), "fen": sum(item.fen for item in items)},
        reason=payout_list.note,
    )
