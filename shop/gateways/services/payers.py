"""Who is expected to pay a unit's order: the unit by its name, or by a name or an account registered for it."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.money_models import PayerName
from shop.gateways.payer_models import PayerAccount
from shop.journal import services as journal

_WIDE = str.maketrans({"(": "（", ")": "）"})


def add_payer_name(*, organisation_id: int, name: str, actor_id: int) -> PayerName:
    """Register another name under which a unit pays; transfers of its open sums are matched by it from now on.

    The same name again changes nothing. Raises ShopError: name_missing, name_taken (it stands for another unit).
    """
    organisation = Organisation.objects.get(pk=organisation_id)
    folded = plain(name)
    if not folded or len(name.strip()) > 80:
        raise ShopError(_("Enter a name of 1 to 80 characters."), code="name_missing", field="name")
    try:
        with transaction.atomic():
            known = PayerName.objects.filter(folded=folded, removed_at=None).first()
            if known is not None and known.organisation_id == organisation_id:
                return known
            other = next((unit for unit in units_named([name]) if unit.pk != organisation_id), None)
            if known is not None or other is not None:
                raise _taken()
            row = PayerName.objects.create(
                organisation=organisation,
                name=name.strip(),
                folded=folded,
                added_by=actor_id,
                added_at=clock.now(),
            )
            _note("payer_name.added", row, actor_id)
    except IntegrityError as error:
        raise _taken() from error
    return row


def _taken() -> ShopError:
    return ShopError(_("This name stands for another unit already."), code="name_taken", field="name")


def remove_payer_name(*, name_id: int, actor_id: int) -> None:
    """Match no transfer by this name any more; what it has matched stays. Safe to call twice."""
    with transaction.atomic():
        row = lock(PayerName.objects.filter(pk=name_id)).get()
        if row.removed_at is None:
            row.removed_by, row.removed_at = actor_id, clock.now()
            row.save(update_fields=["removed_by", "removed_at"])
            _note("payer_name.removed", row, actor_id)


@transaction.atomic
def add_payer(*, organisation_id: int, name: str, account: str, actor_id: int) -> None:
    """Register a name, an account, or both under which a unit pays; both or neither.

    Raises ShopError: nothing_given, and as `add_payer_name` and `add_payer_account`.
    """
    if not name.strip() and not account.strip():
        raise ShopError(_("Enter a name or an account number."), code="nothing_given", field="name")
    if name.strip():
        add_payer_name(organisation_id=organisation_id, name=name, actor_id=actor_id)
    if account.strip():
        add_payer_account(organisation_id=organisation_id, account=account, actor_id=actor_id)


def add_payer_account(*, organisation_id: int, account: str, actor_id: int) -> PayerAccount:
    """Register an account from which a unit pays; it counts for more than the name that the bank prints beside it.

    The same account again changes nothing. Raises ShopError: account_missing, account_taken (another unit's).
    """
    organisation = Organisation.objects.get(pk=organisation_id)
    folded = folded_account(account)
    if not 6 <= len(folded) <= 40 or "*" in folded:
        raise ShopError(
            _("Enter the whole account number, of 6 to 40 characters."),
            code="account_missing",
            field="account",
        )
    try:
        with transaction.atomic():
            known = PayerAccount.objects.filter(folded=folded, removed_at=None).first()
            if known is not None and known.organisation_id == organisation_id:
                return known
            if known is not None:
                raise _account_taken()
            row = PayerAccount.objects.create(
                organisation=organisation,
                account=account.strip()[:40],
                folded=folded,
                added_by=actor_id,
                added_at=clock.now(),
            )
            _note("payer_account.added", row, actor_id)
    except IntegrityError as error:
        raise _account_taken() from error
    return row


def _account_taken() -> ShopError:
    return ShopError(
        _("This account stands for another unit already."), code="account_taken", field="account"
    )


def remove_payer_account(*, account_id: int, actor_id: int) -> None:
    """Match no transfer by this account any more; what it has matched stays. Safe to call twice."""
    with transaction.atomic():
        row = lock(PayerAccount.objects.filter(pk=account_id)).get()
        if row.removed_at is None:
            row.removed_by, row.removed_at = actor_id, clock.now()
            row.save(update_fields=["removed_by", "removed_at"])
            _note("payer_account.removed", row, actor_id)


def folded_account(typed: str) -> str:
    """Return an account number as numbers are compared: without blanks and dashes, narrow."""
    return plain(typed).replace("-", "")


def _note(action: str, row: PayerName | PayerAccount, actor_id: int) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="organisation",
        object_key=row.organisation.code,
        after={"name": str(row)},
    )


def units_named(names: list[str]) -> list[Organisation]:
    """Return the organisations with one of these names, however wide its brackets are. One query."""
    spelled = {form for name in names for form in (name.strip(), name.strip().translate(_WIDE))}
    return list(Organisation.objects.filter(name__in=spelled - {""}))


def units_of_payer(payer: str, account: str = "") -> set[str]:
    """Return the codes of the organisations that pay from this account, else of those of this name. Three queries."""
    folded = folded_account(account)
    known = PayerAccount.objects.filter(folded=folded, removed_at=None) if folded else None
    codes = set(known.values_list("organisation__code", flat=True)) if known is not None else set()
    if codes or not payer:
        return codes
    registered = PayerName.objects.filter(folded=plain(payer), removed_at=None)
    codes = set(registered.values_list("organisation__code", flat=True))
    return codes | {unit.code for unit in units_named([payer])}
