"""Read a list of people: name, phone, address or department. Knows no request; what it read stands nowhere yet."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.phones import normalise_phone
from shop.core.cells import folded
from shop.core.exceptions import ShopError
from shop.core.tabular import Row, read_rows
from shop.ordering.address_text import parsed_address
from shop.procurement.checking import Fault, shown_rows
from shop.procurement.exceptions import ProcurementError
from shop.procurement.uploads import MAX_BYTES, column_name, shown_column, whole

MAX_PEOPLE = 5_000
MOST_SETS = 99
_HEADER_WITHIN = 20
_LONGEST = {"name": 30, "department": 60, "street": 200}
_PLACE = ("province", "city", "county", "address")
_NAMES: Mapping[str, frozenset[str]] = {
    "name": frozenset(
        (
            *("姓名", "员工姓名", "职工姓名", "会员姓名", "领取人"),
            *("收货人", "收件人", "收货人姓名", "收件人姓名"),
            *("name", "fullname", "recipient"),
        )
    ),
    "phone": frozenset(
        (
            *("手机号", "手机", "手机号码", "电话", "电话号码", "联系电话", "联系方式"),
            *("收件人电话", "收货人电话", "phone", "mobile", "phonenumber", "mobilenumber"),
        )
    ),
    "department": frozenset(
        ("部门", "科室", "所属部门", "所在部门", "班组", "工会小组", "department", "team")
    ),
    "province": frozenset(("省", "省份", "province")),
    "city": frozenset(("市", "城市", "city")),
    "county": frozenset(("区县", "区", "县", "县区", "county", "district")),
    "address": frozenset(
        (
            *("地址", "收货地址", "收件地址", "详细地址", "邮寄地址"),
            *("家庭住址", "家庭地址", "address"),
        )
    ),
    "sets": frozenset(("份数", "套数", "数量", "sets", "quantity")),
}


@dataclass(frozen=True)
class Person:
    """A row that is in order. `phone` is E.164 or empty; without `street` the goods go to the department."""

    row: int
    name: str
    phone: str
    department: str
    province: str
    city: str
    county: str
    street: str
    sets: int

    def as_kept(self) -> list[Any]:
        """Return the person as a file that waits keeps it."""
        return list(astuple(self))


@dataclass(frozen=True)
class ReadRoster:
    """The people of a file, what is wrong with other rows, and the rows of different people with one number."""

    people: tuple[Person, ...]
    faults: tuple[Fault, ...]
    doubts: tuple[tuple[int, ...], ...]

    @property
    def digest(self) -> str:
        """Return a mark of the people: the same list again has the same."""
        kept = [person.as_kept()[1:] for person in self.people]
        return hashlib.sha256(json.dumps(kept, ensure_ascii=False).encode()).hexdigest()


@dataclass
class _Sheet:
    """Where the columns stand and what is wrong."""

    places: Mapping[str, int]
    shown: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def text(self, row: Row, key: str) -> str:
        """Return what stands in a column of ours, "" where the file has none."""
        place = self.places.get(key)
        return folded(row.cells[place]) if place is not None and place < len(row.cells) else ""

    def fault(self, row: Row, key: str, reason: str) -> None:
        """Note what is wrong with a cell; of an address the column that the file has."""
        column = self.shown.get(key) or next(iter(self.shown.values()))
        self.faults.append(Fault(row.number, key, column, self.text(row, key)[:60], reason))


def read_roster(raw: bytes) -> ReadRoster:
    """Return the people of an xlsx or csv file (UTF-8, UTF-16, GBK), and every bad row by column and reason.

    Somebody with an address gets the goods there; of the others those of a department get them together. Raises
    TableError (a file that is broken, hostile or too large) and ProcurementError: too_large, too_many_rows,
    no_columns, column_twice, no_rows.
    """
    if len(raw) > MAX_BYTES:
        raise ProcurementError(_("The file is larger than 2 MB."), code="too_large", field="file")
    rows = read_rows(raw)
    start, sheet = _columns(rows)
    below = [row for row in rows[start:] if any(sheet.text(row, key) for key in sheet.places)]
    if not below:
        raise ProcurementError(_("The list has no rows."), code="no_rows", field="file")
    if len(below) > MAX_PEOPLE:
        raise ProcurementError(
            _("The list has more than %(most)d rows. Please split it.") % {"most": MAX_PEOPLE},
            code="too_many_rows",
            field="file",
        )
    people = [person for row in below if (person := _person(sheet, row)) is not None]
    _name_twins(sheet, people)
    bad = {fault.row for fault in sheet.faults}
    return ReadRoster(
        people=tuple(person for person in people if person.row not in bad),
        faults=tuple(sorted(sheet.faults, key=lambda fault: fault.row)),
        doubts=_doubts(people),
    )


def _columns(rows: Sequence[Row]) -> tuple[int, _Sheet]:
    """Return the index of the first row of people and where the columns stand."""
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        found = defaultdict(list)
        for place, cell in enumerate(row.cells):
            for key, names in _NAMES.items():
                if column_name(cell) in names:
                    found[key].append(place)
        if "name" in found and ("address" in found or "department" in found):
            for where in found.values():
                if len(where) > 1:
                    raise ProcurementError(
                        _("Row %(row)d names the column %(name)s twice.")
                        % {"row": row.number, "name": row.cells[where[1]]},
                        code="column_twice",
                        field="file",
                    )
            places = {key: where[0] for key, where in found.items()}
            shown = {key: shown_column(row, place, "") for key, place in places.items()}
            return index + 1, _Sheet(places, shown)
    raise ProcurementError(
        _(
            "No row names the columns. The file needs “姓名” (name), and “地址” (address) or “部门” (department); "
            "with an address also “手机号” (phone)."
        ),
        code="no_columns",
        field="file",
    )


def _person(sheet: _Sheet, row: Row) -> Person | None:
    """Return the person of a row, or None with each fault noted."""
    before = len(sheet.faults)
    name = sheet.text(row, "name")
    if not name:
        sheet.fault(row, "name", _("The name is missing."))
    place = _place(sheet, row)
    department = sheet.text(row, "department")
    if place is None and not department:
        key = "address" if "address" in sheet.places else "department"
        reason = _("Address and department are both missing. Of merged cells only the first holds it.")
        sheet.fault(row, key, reason)
    for key, text in (("name", name), ("department", department)):
        if len(text) > _LONGEST[key]:
            sheet.fault(row, key, _("At most %(most)d characters fit here.") % {"most": _LONGEST[key]})
    phone = _phone(sheet, row, is_needed=place is not None)
    sets = _sets(sheet, row)
    if len(sheet.faults) > before:
        return None
    province, city, county, street = place or ("", "", "", "")
    return Person(row.number, name, phone, department, province, city, county, street, sets)


def _phone(sheet: _Sheet, row: Row, *, is_needed: bool) -> str:
    text = sheet.text(row, "phone")
    if sheet.places.get("phone") in row.faults:
        reason = _("The spreadsheet has rounded this number: format the column as text and fill it in again.")
        sheet.fault(row, "phone", reason)
    elif text:
        try:
            return normalise_phone(text.lstrip("'’"))
        except ShopError as refused:
            sheet.fault(row, "phone", str(refused))
    elif is_needed:
        sheet.fault(row, "phone", _("The phone number is missing; the courier needs it."))
    return ""


def _place(sheet: _Sheet, row: Row) -> tuple[str, str, str, str] | None:
    """Return province, city, county and street; None where the row has no address."""
    text = "".join(sheet.text(row, key) for key in _PLACE)
    if not text:
        return None
    # With a name of its own in front nothing of the address is taken for one.
    found = parsed_address(f"收货人:某 地址:{text}")
    parts = (found.province, found.city, found.county, found.street)
    if not all(parts):
        reason = _("Write the whole address: province, city, county and street.")
        sheet.fault(row, "address", reason)
    elif len(found.street) > _LONGEST["street"]:
        sheet.fault(row, "address", _("At most %(most)d characters fit here.") % {"most": _LONGEST["street"]})
    return parts


def _sets(sheet: _Sheet, row: Row) -> int:
    text = sheet.text(row, "sets")
    sets = whole(text) if text else 1
    if sets is None or not 1 <= sets <= MOST_SETS:
        reason = _("Write a whole number from 1 to %(most)d.") % {"most": MOST_SETS}
        sheet.fault(row, "sets", reason)
        return 1
    return sets


def _name_twins(sheet: _Sheet, people: Sequence[Person]) -> None:
    """Note everybody who stands in the list twice: one name with one number, or in one department without any."""
    first: dict[tuple[str, str], Person] = {}
    for person in people:
        key = (person.name, person.phone or f"@{person.department}")
        known = first.setdefault(key, person)
        if known is person:
            continue
        reason = _("“%(name)s” stands in rows %(rows)s: the same person twice.") % {
            "name": person.name,
            "rows": shown_rows([known.row, person.row]),
        }
        column = sheet.shown["name"]
        sheet.faults.append(Fault(person.row, "name", column, person.name, reason))


def _doubts(people: Sequence[Person]) -> tuple[tuple[int, ...], ...]:
    """Return the rows of people of different names who share a number."""
    rows: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.phone:
            rows[person.phone].append(person)
    return tuple(
        tuple(person.row for person in found)
        for found in rows.values()
        if len({person.name for person in found}) > 1
    )
