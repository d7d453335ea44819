"""To which account a supplier is paid: entered by one person, verified by another."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.journal import services as journal
from shop.settlement.exceptions import SettlementRefused
from shop.settlement.models import PayeeAccount
from shop.settlement.paying_models import PayeeState
from shop.settlement.transitions import PAYEE, move
from shop.suppliers.models import Supplier

_NUMBER = re.compile(r"\d{8,40}")
_NAME_LENGTH = 80


def propose_payee_account(
    *, supplier_code: str, holder: str, bank: str, number: str, proposed_by: int
) -> PayeeAccount:
    """Enter a bank account; the one before holds until this one is verified. A newer entry replaces one that waits.

    The same account again changes nothing. Raises SettlementRefused naming the field: holder_missing, bank_missing,
    number (8 to 40 digits).
    """
    holder, bank, number = holder.strip(), bank.strip(), re.sub(r"[\s-]", "", number)
    for name, value in (("holder", holder), ("bank", bank)):
        if not value or len(value) > _NAME_LENGTH:
            raise SettlementRefused(
                _("Enter account holder and bank, at most 80 characters each."),
                code=f"{name}_missing",
                field=name,
            )
    if not _NUMBER.fullmatch(number) or not number.isascii():
        raise SettlementRefused(_("An account number has 8 to 40 digits."), code="number", field="number")
    with transaction.atomic():
        supplier = lock(Supplier.objects.filter(code=supplier_code)).get()
        for known in supplier.payee_accounts.filter(state__in=(PayeeState.PROPOSED, PayeeState.VERIFIED)):
            if (known.holder, known.bank, known.number) == (holder, bank, number):
                return known
            if known.state == PayeeState.PROPOSED:
                _decide(known, PayeeState.REFUSED, proposed_by, note=_("Entered anew"))
        account = PayeeAccount.objects.create(
            supplier=supplier,
            holder=holder,
            bank=bank,
            number=number,
            proposed_by=proposed_by,
            proposed_at=clock.now(),
        )
        _note(account, "payee_account.proposed", proposed_by)
    return account


def verify_payee_account(*, account_id: int, verified_by: int) -> PayeeAccount:
    """Let a supplier be paid to an account from now on. Safe to call twice.

    Raises SettlementRefused: same_person, wrong_state.
    """
    with transaction.atomic():
        account = _locked(account_id)
        if account.state == PayeeState.VERIFIED:
            return account
        if account.proposed_by == verified_by:
            raise SettlementRefused(
                _("You have entered this account yourself. Another person must verify it."),
                code="same_person",
            )
        for known in account.supplier.payee_accounts.filter(state=PayeeState.VERIFIED):
            move(PAYEE, known, PayeeState.REPLACED)
        _decide(account, PayeeState.VERIFIED, verified_by)
    return account


def refuse_payee_account(*, account_id: int, reason: str, actor_id: int) -> PayeeAccount:
    """Turn down an account that waits; the supplier reads why. Safe to call twice.

    Raises SettlementRefused: reason_missing, wrong_state.
    """
    if not reason.strip():
        raise SettlementRefused(_("Please say why."), code="reason_missing", field="reason")
    with transaction.atomic():
        account = _locked(account_id)
        if account.state != PayeeState.REFUSED:
            _decide(account, PayeeState.REFUSED, actor_id, note=reason)
    return account


def _locked(account_id: int) -> PayeeAccount:
    supplier_id = PayeeAccount.objects.values_list("supplier_id", flat=True).get(pk=account_id)
    lock(Supplier.objects.filter(pk=supplier_id)).get()
    return lock(PayeeAccount.objects.filter(pk=account_id)).get()


def _decide(account: PayeeAccount, state: PayeeState, actor_id: int, *, note: str = "") -> None:
    move(PAYEE, account, state, decided_by=actor_id, decided_at=clock.now(), note=note.strip()[:200])
    _note(account, f"payee_account.{state}", actor_id, reason=account.note)


def _note(account: PayeeAccount, action: str, actor_id: int, *, reason: str = "") -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="supplier",
        object_key=account.supplier.code,
        after={"holder": account.holder, "bank": account.bank, "number": account.ending},
        reason=reason,
    )
