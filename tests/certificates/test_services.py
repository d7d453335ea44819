"""What is certified of units and residents, to the fen, and what is refused."""

import datetime as dt
import hashlib
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from shop.certificates.codes import new_code, read_code, shown_code
from shop.certificates.exceptions import CertificateError
from shop.certificates.models import Certificate, CertifiedSum, ShareImage
from shop.certificates.selectors import PlaceSum, verified
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.services import fold_entries
from tests.certificates.cast import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    confirmed,
    own_order,
    places,
    refunded,
    resident_certificate,
    unit_certificate,
    unit_sales,
)
from tests.factories import make_user
from tests.factories.buyers import make_organisation
from tests.ledger.story import Story, item
from tests.ledger.test_verification import lifted
from tests.procurement.cast import approved, make_goods, make_union

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def rows(certificate: Certificate) -> list[tuple[str, str, int, int]]:
    return [
        (row.region, row.programme_name, row.certified_fen, row.now_fen)
        for row in verified(certificate).places
    ]


def test_a_unit_is_certified_by_place_in_months_that_have_ended() -> None:
    unit_sales()
    certificate = unit_certificate()
    assert certificate.confirmed_fen == 16_500
    assert (certificate.organisation, certificate.organisation_name) == ("un-001", "萧山区教育工会")
    assert (certificate.starts_on, certificate.ends_on) == (SEPTEMBER, dt.date(2026, 10, 31))
    assert certificate.through_entry == LedgerEntry.objects.latest("pk").pk
    assert list(certificate.sums.order_by("month", "region").values_list("region", "month", "fen")) == [
        ("wangcang", SEPTEMBER, 500),
        ("longquan", OCTOBER, 6_000),
        ("wangcang", OCTOBER, 10_000),
    ]
    assert rows(certificate) == [
        ("longquan", "山海协作", 6_000, 6_000),
        ("wangcang", "东西部协作", 10_500, 10_500),
    ]
    assert not verified(certificate).is_amended
    entry = JournalEntry.objects.get(action="certificate.issued")
    assert (entry.actor_id, entry.object_key) == (3, certificate.code)


def test_folded_sums_and_the_live_tail_certify_the_same() -> None:
    unit_sales()
    certificate = unit_certificate()
    fold_entries()
    assert unit_certificate() == certificate
    assert Certificate.objects.count() == 1


def test_a_refund_of_a_later_month_shows_as_amended_and_changes_no_row() -> None:
    first = unit_sales()[0]
    certificate = unit_certificate()
    before = Certificate.objects.filter(pk=certificate.pk).values().get()
    refunded(first, 2_000, 1, day="2026-11-15")
    found = verified(certificate)
    assert found.is_amended
    assert found.is_intact
    assert found.now_fen == 14_500
    assert rows(certificate) == [
        ("longquan", "山海协作", 6_000, 6_000),
        ("wangcang", "东西部协作", 10_500, 8_500),
    ]
    assert Certificate.objects.filter(pk=certificate.pk).values().get() == before
    again = unit_certificate()
    assert again != certificate
    assert again.confirmed_fen == 14_500
    assert not verified(again).is_amended


def test_a_purchase_of_another_month_amends_nothing() -> None:
    unit_sales()
    certificate = unit_certificate()
    confirmed(9, 300, day="2026-11-12", buyer_kind="union", credited_organisation="un-001", mode="direct")
    assert not verified(certificate).is_amended


def test_a_unit_is_certified_real_and_demonstration_purchases_apart() -> None:
    unit_sales()
    assert unit_certificate(demo=False).confirmed_fen == 9


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (OCTOBER, SEPTEMBER, "wrong_period"),
        (OCTOBER, NOVEMBER, "not_ended"),
        (dt.date(2020, 12, 1), OCTOBER, "wrong_period"),
        (dt.date(2023, 1, 1), OCTOBER, "wrong_period"),
        (dt.date(2026, 1, 1), dt.date(2026, 2, 1), "nothing_confirmed"),
    ],
)
def test_a_period_that_cannot_be_certified_is_refused(first: dt.date, last: dt.date, code: str) -> None:
    unit_sales()
    with pytest.raises(CertificateError) as refused:
        unit_certificate(first=first, last=last)
    assert refused.value.code == code
    assert not Certificate.objects.exists()
    assert not JournalEntry.objects.filter(action="certificate.issued").exists()


def test_a_certificate_is_never_changed_nor_taken_away() -> None:
    unit_sales()
    certificate = unit_certificate()
    for change in (
        lambda: Certificate.objects.filter(pk=certificate.pk).update(confirmed_fen=1),
        lambda: CertifiedSum.objects.filter(certificate=certificate).update(fen=1),
        lambda: CertifiedSum.objects.filter(certificate=certificate).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_a_row_that_was_forged_in_the_database_is_seen() -> None:
    unit_sales()
    certificate = unit_certificate()
    with lifted("certificates_certifiedsum"), connection.cursor() as cursor:
        cursor.execute("UPDATE certificates_certifiedsum SET fen = fen + 1")
    assert not verified(certificate).is_intact


def test_the_digest_is_that_of_a_text_without_persons() -> None:
    resident = make_user()
    places()
    own_order(resident, 1, 10_000, day="2026-10-03")
    certificate = resident_certificate(resident)
    text = verified(certificate).text
    assert hashlib.sha256(text.encode()).hexdigest() == certificate.digest
    said = json.loads(text)
    assert said["sums"] == [{"region": "wangcang", "programme": "east-west", "fen": 10_000}]
    assert (said["confirmed_fen"], said["orders"], said["unit"], said["data"]) == (10_000, 1, "", "demo")
    order = certificate.sums.get().order_number
    for secret in (resident.phone, "王芳", order):
        assert str(secret) not in text


def test_a_resident_is_certified_what_is_confirmed_of_her_own_orders() -> None:
    resident, other = make_user(), make_user(phone="+8613800000002", name="李明")
    places()
    own_order(resident, 1, 10_000, 5, day="2026-10-03")
    own_order(resident, 2, 600, day="2026-11-08", region="longquan", programme="mountain-sea")
    own_order(resident, 3, 70, day="2025-12-08")
    own_order(other, 4, 5, day="2026-10-03")
    certificate = resident_certificate(resident)
    assert (certificate.confirmed_fen, certificate.orders) == (10_600, 2)
    assert (certificate.starts_on, certificate.ends_on) == (dt.date(2026, 1, 1), dt.date(2026, 11, 20))
    assert rows(certificate) == [
        ("longquan", "山海协作", 600, 600),
        ("wangcang", "东西部协作", 10_000, 10_000),
    ]
    assert resident_certificate(resident, 2025).confirmed_fen == 70
    assert ShareImage.objects.filter(ready_at=None).count() == 2


def test_a_resident_who_asks_twice_on_a_day_gets_the_same_certificate() -> None:
    resident = make_user()
    places()
    own_order(resident, 1, 10_000, day="2026-10-03")
    certificate = resident_certificate(resident)
    assert resident_certificate(resident) == certificate
    assert (Certificate.objects.count(), ShareImage.objects.count()) == (1, 1)
    same = Certificate.objects.filter(pk=certificate.pk).get()
    same.pk, same.code, same.digest = None, new_code(), "0" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        same.save(force_insert=True)


def test_what_a_resident_buys_later_does_not_hide_a_refund() -> None:
    resident = make_user()
    places()
    story = own_order(resident, 1, 10_000, 5, day="2026-10-03")
    certificate = resident_certificate(resident)
    own_order(resident, 2, 50_000, day="2026-11-21")
    assert not verified(certificate).is_amended
    refunded(story, 2_000, 1, day="2026-11-22")
    found = verified(certificate)
    assert (found.is_amended, found.now_fen) == (True, 8_000)


def test_units_confirmed_after_the_certificate_leave_first() -> None:
    resident = make_user()
    places()
    story = own_order(resident, 1, 100, day="2026-10-01")
    # Three of five units are there when the certificate is issued, two come later and one of those goes back.
    sold = [row | {"source_key": "share:7", "number": 7, "fen": 10_000, "units": 5} for row in story.shares]
    late = Story(sold, number=story.number, day="2026-10-03")
    late.tell("order.placed", late_payload(late))
    late.pay(("late", 10_000)).parcel("shipped", 71, 3).parcel("received", 71, 3)
    certificate = resident_certificate(resident)
    assert certificate.confirmed_fen == 6_100
    late.parcel("shipped", 72, 2, day="2026-11-21").parcel("received", 72, 2, day="2026-11-22")
    late.refund("requested", "R1", item("share:7", 1, 2_000, late=2_000), day="2026-11-23")
    assert not verified(certificate).is_amended
    late.refund("requested", "R2", item("share:7", 2, 4_000, late=4_000), day="2026-11-24")
    assert verified(certificate).now_fen == 4_100


def late_payload(story: Story) -> dict[str, object]:
    return {
        "order": story.number,
        "record_id": 1,
        "due_fen": 10_000,
        "demo": True,
        "by_acceptance": False,
        "shares": story.shares,
        "charges": [],
    }


@pytest.mark.parametrize(
    ("year", "code"), [(2026, "nothing_confirmed"), (2027, "no_such_year"), (2020, "no_such_year")]
)
def test_a_year_without_anything_confirmed_is_refused(year: int, code: str) -> None:
    resident = make_user()
    places()
    with pytest.raises(CertificateError) as refused:
        resident_certificate(resident, year)
    assert refused.value.code == code
    assert not Certificate.objects.exists()
    assert not ShareImage.objects.exists()


def test_a_code_is_read_however_it_is_typed() -> None:
    assert read_code("7k3m 9q2x-4tpc") == "7K3M9Q2X4TPC"
    assert read_code("OIL0 0000 0000") == "011000000000"
    assert read_code("7K3M9Q2X4TP") == ""
    assert read_code("７K3M9Q2X4TPC") == ""
    assert shown_code("7K3M9Q2X4TPC") == "7K3M 9Q2X 4TPC"
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(read_code(code) == code for code in codes)


def test_what_a_unit_ordered_is_not_its_buyers_own() -> None:
    union = make_union()
    record = approved(union, make_goods())
    confirmed(1, 10_000, day="2026-10-03", number=record.number, credited_organisation="un-001")
    with pytest.raises(CertificateError, match="2026"):
        resident_certificate(union.buyer)
    assert unit_certificate(union.unit).confirmed_fen == 10_000


def test_two_units_of_one_name_are_two() -> None:
    unit_sales()
    other = make_organisation(code="un-002")
    assert unit_certificate(other).confirmed_fen == 40
    assert unit_certificate().confirmed_fen == 16_500


def test_a_place_without_a_row_keeps_its_code() -> None:
    places()
    confirmed(
        1,
        10,
        day="2026-10-03",
        region="far",
        programme="none",
        credited_organisation="un-001",
        buyer_kind="union",
    )
    assert verified(unit_certificate()).places == [PlaceSum("far", "far", "", "none", 10, 10)]
