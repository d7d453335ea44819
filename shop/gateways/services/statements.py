"""A bank statement comes in: one person uploads it and sees what it would do, another confirms it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.gateways.bank_models import (
    BankAccount,
    ColumnMapping,
    DifferenceKind,
    FileState,
    StatementFile,
    StatementLine,
)
from shop.gateways.services.differences import open_difference
from shop.gateways.services.settling import attempts_by_code
from shop.gateways.services.statement_reading import COLUMNS, Draft, Reading, columns_of, read_statement
from shop.journal import services as journal

#: So many of the rows that need a person are kept with the file; the rest is counted.
_SHOWN = 200
_BATCH = 500


@dataclass(frozen=True)
class Plan:
    """What confirming a file would do: lines to add, lines known already, rows that differ from theirs."""

    new: list[Draft] = field(default_factory=list)
    known: int = 0
    changed: list[tuple[Draft, StatementLine]] = field(default_factory=list)


def save_account(
    *,
    number: str,
    name: str,
    bank: str,
    demo: bool,
    actor_id: int,
    not_buyers: str = "",
    account_id: int | None = None,
) -> BankAccount:
    """Add an account of ours, or change the one of that id. Raises ShopError (code account_known)."""
    fields = {"number": "".join(number.split()), "name": name.strip(), "bank": bank.strip(), "demo": demo}
    fields["not_buyers"] = not_buyers.strip()
    try:
        with transaction.atomic():
            account = BankAccount(pk=account_id, **fields)
            account.save(force_insert=account_id is None, force_update=account_id is not None)
            _note("bank_account.saved", "bank_account", account.pk, actor_id, {"number": account.number})
    except IntegrityError as error:
        raise ShopError(
            _("There is an account of this number already."), code="account_known", field="number"
        ) from error
    return account


def save_mapping(*, account_id: int, columns: Mapping[str, str], actor_id: int) -> ColumnMapping:
    """Remember what the bank calls its columns. Safe to call twice.

    Raises ShopError naming the field: a column that is missing, or stands for two things; one signed amount
    or one of each direction.
    """
    values = {name: columns.get(name, "").strip() for name in COLUMNS}
    for name in ("booked_on", "serial", "payer", "purpose"):
        if not values[name]:
            raise ShopError(_("Name the column."), code="column_missing", field=name)
    both = bool(values["amount_in"]) and bool(values["amount_out"])
    if bool(values["amount"]) == both or (values["amount"] and (values["amount_in"] or values["amount_out"])):
        raise ShopError(
            _("Name either one signed amount, or one column of money received and one of money sent."),
            code="amount_columns",
            field="amount",
        )
    if values["direction"] and not values["amount"]:
        raise ShopError(
            _("A column that says received or sent belongs to one column of amounts."),
            code="direction_alone",
            field="direction",
        )
    used = [value for value in values.values() if value]
    for name, value in values.items():
        if value and used.count(value) > 1:
            raise ShopError(_("This column stands for two things."), code="column_twice", field=name)
    with transaction.atomic():
        mapping, _made = ColumnMapping.objects.update_or_create(account_id=account_id, defaults=values)
        _note("bank_account.columns_saved", "bank_account", account_id, actor_id, columns_of(mapping))
    return mapping


def upload_statement(*, account_id: int, name: str, raw: bytes, imported_by: int) -> StatementFile:
    """Keep a statement with what it would do; no line of it counts before `confirm_statement`.

    The same bytes again change nothing when they have been applied, and are read anew when they have not.
    Raises ShopError: no_columns, other_account, and what `read_statement` raises (nothing is kept then).
    """
    account = BankAccount.objects.select_related("mapping").get(pk=account_id)
    digest = hashlib.sha256(raw).hexdigest()
    known = StatementFile.objects.defer("raw").filter(digest=digest).first()
    if known is not None and known.account_id != account_id:
        raise ShopError(
            _("This file was uploaded for the account %(account)s.") % {"account": known.account},
            code="other_account",
            field="account",
        )
    if known is not None and known.state == FileState.APPLIED:
        return known
    if not hasattr(account, "mapping"):
        raise ShopError(_("Say first what the bank calls its columns."), code="no_columns", field="account")
    columns = columns_of(account.mapping)
    reading = read_statement(raw, columns)
    try:
        with transaction.atomic():
            lock(BankAccount.objects.filter(pk=account_id)).get()
            file = StatementFile.objects.filter(digest=digest).first() or StatementFile(
                account=account, digest=digest, raw=raw
            )
            if file.state != FileState.APPLIED:
                file.name, file.mapping, file.state = name[:120], columns, FileState.PREVIEWED
                file.imported_by, file.imported_at = imported_by, clock.now()
                _count(file, reading, plan_lines(account_id, reading.drafts))
                file.save()
                _note("statement.uploaded", "statement", file.pk, imported_by, {"digest": digest})
    except IntegrityError:
        # Somebody else uploaded the same bytes to another account at this moment.
        return upload_statement(account_id=account_id, name=name, raw=raw, imported_by=imported_by)
    return file


def _count(file: StatementFile, reading: Reading, plan: Plan) -> None:
    file.rows = len(reading.drafts) + len({fault.row for fault in reading.faults})
    file.new, file.known, file.skipped = len(plan.new), plan.known, reading.skipped
    file.preview = _preview(plan.new[:_SHOWN])
    file.changed = [_change(draft, line) for draft, line in plan.changed[:_SHOWN]]
    file.faulty = len(reading.faults)
    file.faults = [asdict(fault) for fault in reading.faults[:_SHOWN]]


def _preview(drafts: Sequence[Draft]) -> list[dict[str, str | int]]:
    """Return lines as the second person reads them, each with the order whose code stands in it."""
    found = attempts_by_code([draft.purpose for draft in drafts])
    return [
        {
            "row": draft.row,
            "booked_on": f"{draft.booked_on:%Y-%m-%d}",
            "serial": draft.serial,
            "direction": draft.direction,
            "fen": draft.fen,
            "payer": draft.payer,
            "purpose": draft.purpose[:80],
            "orders": "、".join(dict.fromkeys(one.record.number for one in found[draft.purpose])),
        }
        for draft in drafts
    ]


def _change(draft: Draft, line: StatementLine) -> dict[str, str | int]:
    return {"row": draft.row, "serial": draft.serial, "was": _said(line), "now": _said(draft)}


def _said(line: Draft | StatementLine) -> str:
    sign = "−" if line.direction == "out" else "+"
    return f"{sign}{shown_yuan(line.fen)} {line.payer} {line.payer_account} {line.purpose}"[:140].strip()


def plan_lines(account_id: int, drafts: Sequence[Draft]) -> Plan:
    """Compare a file with the lines of its account. One query."""
    plan = Plan()
    if not drafts:
        return plan
    days = [draft.booked_on for draft in drafts]
    there = StatementLine.objects.filter(account_id=account_id, booked_on__range=(min(days), max(days)))
    lines = {(line.booked_on, line.serial): line for line in there}
    known = 0
    for draft in drafts:
        line = lines.get(draft.key)
        if line is None:
            plan.new.append(draft)
        elif draft.differs_from(line):
            plan.changed.append((draft, line))
        else:
            known += 1
    return Plan(plan.new, known, plan.changed)


def confirm_statement(*, file_id: int, confirmed_by: int) -> int:
    """Enter the file's new lines into the register, all or none, and return how many; `settle_lines` matches them.

    A row that says something else than the line of its key changes nothing and becomes a difference. A second
    call returns 0. Raises ShopError: same_person, discarded, faulty.
    """
    file = StatementFile.objects.get(pk=file_id)
    reading = read_statement(bytes(file.raw), file.mapping)
    with transaction.atomic():
        lock(BankAccount.objects.filter(pk=file.account_id)).get()
        file = lock(StatementFile.objects.defer("raw").filter(pk=file_id)).get()
        if file.state == FileState.APPLIED:
            return 0
        _refuse(file, reading, confirmed_by)
        plan = plan_lines(file.account_id, reading.drafts)
        StatementLine.objects.bulk_create([_line(file, draft) for draft in plan.new], batch_size=_BATCH)
        faultpoint("gateways.statement.before_commit")
        for draft, line in plan.changed:
            open_difference(
                kind=DifferenceKind.CHANGED,
                key=f"changed:{line.pk}:{hashlib.sha256(repr(draft).encode()).hexdigest()[:16]}",
                fen=line.fen,
                owner_id=confirmed_by,
                line=line,
                detail=f"{_said(line)} → {_said(draft)}",
            )
        _count(file, reading, plan)
        file.state, file.confirmed_by, file.applied_at = FileState.APPLIED, confirmed_by, clock.now()
        file.save()
        _note("statement.confirmed", "statement", file.pk, confirmed_by, {"new": len(plan.new)})
    return len(plan.new)


def _refuse(file: StatementFile, reading: Reading, actor_id: int) -> None:
    if file.state == FileState.DISCARDED:
        raise ShopError(_("This statement has been discarded."), code="discarded")
    if reading.faults:
        raise ShopError(_("Some rows cannot be read. Correct the file and upload it again."), code="faulty")
    if file.imported_by == actor_id:
        raise ShopError(
            _("You uploaded this statement yourself. Another person must confirm it."), code="same_person"
        )


def _line(file: StatementFile, draft: Draft) -> StatementLine:
    return StatementLine(account_id=file.account_id, file=file, **asdict(draft))


def discard_statement(*, file_id: int, actor_id: int) -> None:
    """Put an unconfirmed file away; the same bytes can be uploaded again. Safe to call twice.

    Raises ShopError (code applied) when it has been confirmed.
    """
    with transaction.atomic():
        file = lock(StatementFile.objects.defer("raw").filter(pk=file_id)).get()
        if file.state == FileState.APPLIED:
            raise ShopError(_("This statement has been confirmed already."), code="applied")
        if file.state != FileState.DISCARDED:
            file.state = FileState.DISCARDED
            file.save(update_fields=["state"])
            _note("statement.discarded", "statement", file.pk, actor_id, {})


def _note(action: str, kind: str, pk: int, actor_id: int, after: Mapping[str, object]) -> None:
    journal.record(actor_id=actor_id, action=action, object_type=kind, object_key=str(pk), after=after)
