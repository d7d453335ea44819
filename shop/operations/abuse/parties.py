"""Signs in who stands on both sides of a purchase, and in where its money goes back to."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from shop.accounts.models import Role, ScopeGrant, ScopeKind
from shop.buyers.models import InvoiceProfile, Membership, MembershipState, Organisation
from shop.buyers.units import RESIDENT
from shop.core.tabular import plain
from shop.gateways.models import Payment
from shop.gateways.money_models import PayeeChange, PayerName, ProposalState
from shop.gateways.payer_models import PayerAccount
from shop.gateways.services.payees import same_account
from shop.operations.abuse.found import Found, units_of
from shop.ordering.models import LineShare, OrderRecord
from shop.settlement.paying_models import PayeeAccount, PayeeState
from shop.suppliers.identity_models import SupplierIdentity
from shop.suppliers.models import Supplier, SupplierApplication

#: Shorter than any phone or account that says whose it is.
_SHORTEST = 7
#: What one knows of a side: which of SIGNS, and the value as values are compared, by unit or supplier.
Known = dict[int, dict[str, set[str]]]
SIGNS = ("phone", "bank", "legal_person")


def orders_of_units() -> QuerySet[OrderRecord]:
    """Return the orders that units placed."""
    return OrderRecord.objects.exclude(buyer_kind=RESIDENT)


def other_payees() -> QuerySet[PayeeChange]:
    """Return the refunds that two people sent to another account than they came from."""
    found = PayeeChange.objects.filter(state=ProposalState.APPROVED)
    return found.select_related("execution__payment__record", "execution__request")


def shared(records: Sequence[OrderRecord]) -> Iterator[Found]:
    """Give unit and supplier of an order who share a phone, an account or a legal person; each of a pair once.

    A dozen queries for any number of orders. What they share is not written down, only that they do.
    """
    units = units_of(records)
    shares = LineShare.objects.filter(record__in=[record.pk for record in records])
    pairs: dict[tuple[int, int], OrderRecord] = {}
    by_key = {record.pk: record for record in records}
    for record_id, supplier_id in shares.values_list("record_id", "supplier_id").order_by(
        "record_id", "supplier_id"
    ):
        unit = units.get(by_key[record_id].credited_organisation)
        if unit is not None and supplier_id is not None:
            pairs.setdefault((unit.pk, supplier_id), by_key[record_id])
    of_units = _of_units(units.values())
    of_suppliers = _of_suppliers({supplier_id for _unit, supplier_id in pairs})
    for (unit_id, supplier_id), record in pairs.items():
        for sign in SIGNS:
            if of_units[unit_id][sign] & of_suppliers[supplier_id][sign]:
                yield Found(
                    key=f"{unit_id}:{supplier_id}:{sign}",
                    reference=record.number,
                    fen=record.due_fen,
                    happened_at=record.placed_at,
                    detail={"sign": sign},
                    organisation_id=unit_id,
                    supplier_id=supplier_id,
                    record_id=record.pk,
                )


def _nothing_known() -> Known:
    return defaultdict(lambda: defaultdict(set))


def _of_units(units: Iterable[Organisation]) -> Known:
    """Return what is known of units: their people's phones, what they pay from, and who they are to the law."""
    known, by_code = _nothing_known(), {unit.code: unit for unit in units}
    keys = [unit.pk for unit in by_code.values()]
    members = Membership.objects.filter(organisation__in=keys, state=MembershipState.ACTIVE)
    for member in members.select_related("user"):
        _learn(known[member.organisation_id], "phone", member.user.phone, _digits)
        _learn(known[member.organisation_id], "legal_person", member.user.get_full_name(), plain)
    for unit in by_code.values():
        _learn(known[unit.pk], "legal_person", unit.credit_code, plain)
    for kept in InvoiceProfile.objects.filter(organisation__in=keys):
        _learn(known[kept.organisation_id], "phone", kept.phone, _digits)
        _learn(known[kept.organisation_id], "bank", kept.account, _digits)
        _learn(known[kept.organisation_id], "legal_person", kept.tax_number, plain)
    for account in PayerAccount.objects.filter(organisation__in=keys, removed_at=None):
        _learn(known[account.organisation_id], "bank", account.account, _digits)
    paid = Payment.objects.filter(record__credited_organisation__in=by_code).exclude(payer_account="")
    own = paid.exclude(record__buyer_kind=RESIDENT).order_by()
    for code, number in own.values_list("record__credited_organisation", "payer_account").distinct():
        _learn(known[by_code[code].pk], "bank", number, _digits)
    return known


def _of_suppliers(keys: Iterable[int]) -> Known:
    """Return what is known of suppliers, by the same signs."""
    known, wanted = _nothing_known(), list(keys)
    for row in SupplierApplication.objects.filter(supplier__in=wanted):
        assert row.supplier_id is not None
        _learn(known[row.supplier_id], "phone", row.contact_phone, _digits)
        _learn(known[row.supplier_id], "bank", row.bank_account_number, _digits)
        _learn(known[row.supplier_id], "legal_person", row.credit_code, plain)
    for identity in SupplierIdentity.objects.filter(supplier__in=wanted).select_related("supplier"):
        _learn(known[identity.supplier_id], "phone", identity.phone, _digits)
        _learn(known[identity.supplier_id], "legal_person", identity.credit_code, plain)
        _learn(known[identity.supplier_id], "legal_person", identity.legal_person, plain)
    for account in PayeeAccount.objects.filter(supplier__in=wanted).exclude(state=PayeeState.REFUSED):
        _learn(known[account.supplier_id], "bank", account.number, _digits)
    codes = dict(Supplier.objects.filter(pk__in=wanted).values_list("code", "pk"))
    grants = ScopeGrant.objects.filter(role=Role.SUPPLIER, kind=ScopeKind.SUPPLIER, code__in=codes)
    for grant in grants.select_related("user"):
        _learn(known[codes[grant.code]], "phone", grant.user.phone, _digits)
    return known


def _learn(known: dict[str, set[str]], sign: str, text: str | None, fold: Callable[[str], str]) -> None:
    if text and (folded := fold(text)):
        known[sign].add(folded)


def _digits(text: str) -> str:
    """Return a phone or an account as they are compared; "" for one of which the bank shows only a part."""
    text = unicodedata.normalize("NFKC", text)
    digits = "".join(one for one in text if one in "0123456789")
    if "*" in text or len(digits) < _SHORTEST:
        return ""
    return digits.removeprefix("86") if text.strip().startswith("+86") else digits


def paid_to_another(changes: Sequence[PayeeChange]) -> Iterator[Found]:
    """Give the refunds that went neither to who paid nor to an account or name that the unit is known to pay by.

    Three queries for any number of refunds.
    """
    records = [change.execution.payment.record for change in changes]
    units = units_of(record for record in records if record is not None)
    names, accounts = _known_payers([unit.pk for unit in units.values()])
    for change, record in zip(changes, records, strict=True):
        payment = change.execution.payment
        unit = units.get(record.credited_organisation) if record and record.buyer_kind != RESIDENT else None
        own_names = {plain(payment.payer)} | ({plain(unit.name), *names[unit.pk]} if unit else set())
        own_accounts = {payment.payer_account} | (accounts[unit.pk] if unit else set())
        if plain(change.payee) in own_names or any(
            same_account(change.payee_account, one) for one in own_accounts if one
        ):
            continue
        request: Any = change.execution.request
        yield Found(
            key=str(change.pk),
            reference=record.number if record else payment.key,
            fen=change.execution.fen,
            happened_at=change.decided_at or change.proposed_at,
            detail={"refund": request.number if request else "", "reason": change.reason},
            organisation_id=unit.pk if unit else None,
            record_id=record.pk if record else None,
        )


def _known_payers(units: list[int]) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    names: dict[int, set[str]] = defaultdict(set)
    accounts: dict[int, set[str]] = defaultdict(set)
    for name in PayerName.objects.filter(organisation__in=units, removed_at=None):
        names[name.organisation_id].add(plain(name.name))
    for account in PayerAccount.objects.filter(organisation__in=units, removed_at=None):
        accounts[account.organisation_id].add(account.account)
    return names, accounts
