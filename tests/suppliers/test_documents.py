"""Papers with their days: uploaded, compared, replaced, told of before they end."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from pytest_django import Settings

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.outbox.models import OutboxMessage
from shop.suppliers import services
from shop.suppliers.admission_models import DocumentState, SupplierDocument, Suspension
from shop.suppliers.expiry import step_of
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.selectors import documents_ending, documents_to_check
from tests.factories import make_supplier, make_user
from tests.suppliers.cast import about, held, paper, refused
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def supplier() -> Supplier:
    return make_supplier(code="wc-1")


def upload(supplier: Supplier, **changes: Any) -> SupplierDocument:
    return services.upload_document(
        upload=changes.pop("file", None) or paper(),
        paper=about(**changes),
        actor_id=1,
        supplier_code=supplier.code,
    )


def states(supplier: Supplier) -> list[str]:
    return list(supplier.documents.order_by("pk").values_list("state", flat=True))


def test_a_new_licence_holds_once_it_is_compared(supplier: Supplier) -> None:
    first = upload(supplier)
    assert list(documents_to_check(SYSTEM)) == [first]
    for _ in range(2):
        services.verify_document(document_id=first.pk, actor_id=7)
    second = upload(supplier)
    third = upload(supplier)
    assert states(supplier) == ["verified", "replaced", "uploaded"]
    services.verify_document(document_id=third.pk, actor_id=7)
    assert states(supplier) == ["replaced", "replaced", "verified"]
    assert refused(lambda: services.verify_document(document_id=second.pk, actor_id=7))[0] == "wrong_state"
    third.refresh_from_db()
    assert (third.checked_by, third.checked_at is not None) == (7, True)
    actions = JournalEntry.objects.filter(object_type="supplier", object_key="wc-1").order_by("pk")
    assert [action for action in actions.values_list("action", flat=True) if "file" not in action] == [
        "document.uploaded",
        "document.verified",
        "document.uploaded",
        "document.replaced",
        "document.uploaded",
        "document.replaced",
        "document.verified",
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierDocument.objects.filter(pk=second.pk).update(
            state="verified", checked_by=1, checked_at=clock.now()
        )


def test_several_proofs_of_origin_hold_beside_each_other(supplier: Supplier) -> None:
    for _ in range(2):
        services.verify_document(document_id=upload(supplier, kind="origin_proof").pk, actor_id=7)
    assert states(supplier) == ["verified", "verified"]


def test_a_paper_is_not_compared_by_who_uploaded_it(supplier: Supplier) -> None:
    document = upload(supplier)
    assert refused(lambda: services.verify_document(document_id=document.pk, actor_id=1))[0] == "own_paper"
    assert (
        refused(lambda: services.refuse_document(document_id=document.pk, reason="x", actor_id=1))[0]
        == "own_paper"
    )
    assert refused(lambda: services.refuse_document(document_id=document.pk, reason=" ", actor_id=7)) == (
        "reason_missing",
        "reason",
    )
    assert states(supplier) == ["uploaded"]
    for _ in range(2):
        services.refuse_document(document_id=document.pk, reason="看不清", actor_id=7)
    document.refresh_from_db()
    assert (document.state, document.refusal) == (DocumentState.REFUSED, "看不清")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "diploma"}, "kind"),
        ({"number": " "}, "number"),
        ({"number": "9" * 61}, "number"),
        ({"expires_on": None}, "expires_on"),
        ({"days": -1}, "expires_on"),
        ({"expires_on": dt.date(9999, 12, 31)}, "expires_on"),
        ({"issued_on": dt.date(2999, 1, 1)}, "issued_on"),
        ({"file": SimpleUploadedFile("x.pdf", b"<html>", "application/pdf")}, "file"),
        ({"file": SimpleUploadedFile("x.svg", b"<svg/>", "image/svg+xml")}, "file"),
    ],
)
def test_what_is_wrong_with_a_paper_is_named_and_nothing_stored(
    supplier: Supplier, changes: dict[str, Any], field: str
) -> None:
    assert refused(lambda: upload(supplier, **changes))[1] == field
    assert not SupplierDocument.objects.exists()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("days", "step"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, 0), (-900, 0)]
)
def test_the_step_of_a_day(days: int, step: int | None) -> None:
    today = dt.date(2026, 3, 1)
    assert step_of(today + dt.timedelta(days=days), today) == step


def test_each_step_is_told_of_once(supplier: Supplier) -> None:
    make_user(phone="+8613800000066", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "wc-1")])
    document = held(supplier, days=61)
    assert services.remind_of_documents() == 0
    told = []
    for days in (1, 2, 31, 45, 54, 61, 62, 63):
        with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
            told.append((days, services.remind_of_documents(), services.remind_of_documents()))
    assert told == [
        (1, 1, 0),
        (2, 0, 0),
        (31, 1, 0),
        (45, 0, 0),
        (54, 1, 0),
        (61, 0, 0),
        (62, 1, 0),
        (63, 0, 0),
    ]
    steps = OutboxMessage.objects.filter(topic="supplier.document_ending").order_by("seq")
    assert [message.payload["days"] for message in steps] == [60, 30, 7, 0]
    assert list(documents_ending(SYSTEM)) == [document]
    drain()
    notices = BuyerNotice.objects.filter(kind="supplier_document_ending")
    assert (notices.count(), set(notices.values_list("address", flat=True))) == (4, {"+8613800000066"})


def test_a_late_job_tells_of_the_latest_step_only(supplier: Supplier) -> None:
    held(supplier, days=5)
    assert [services.remind_of_documents(), services.remind_of_documents()] == [1, 0]
    assert OutboxMessage.objects.get(topic="supplier.document_ending").payload["days"] == 7
    drain()
    # Nobody acts for it yet: its mail address is told.
    assert BuyerNotice.objects.get().address == "wc-1@supplier.example.com"


def test_a_newer_licence_ends_the_reminders(supplier: Supplier) -> None:
    held(supplier, days=5)
    held(supplier, days=900)
    assert services.remind_of_documents() == 0
    assert list(documents_ending(SYSTEM)) == []


def test_a_proof_that_ends_waits_for_a_newer_one_and_a_report_does_not() -> None:
    supplier = make_supplier()
    proof = held(supplier, "origin_proof", days=5)
    held(supplier, "test_report", days=5, number="T-1")
    assert services.remind_of_documents() == 2
    assert list(documents_ending(SYSTEM)) == [proof]


def test_an_ended_licence_suspends_where_the_shop_is_set_so(supplier: Supplier, settings: Settings) -> None:
    held(supplier, days=-1)
    services.remind_of_documents()
    supplier.refresh_from_db()
    assert supplier.state == SupplierState.ADMITTED
    settings.SUSPEND_ON_EXPIRED_LICENCE = True
    for _ in range(2):
        services.remind_of_documents()
    supplier.refresh_from_db()
    suspension = Suspension.objects.get()
    assert (supplier.state, suspension.suspended_by, suspension.unpaid_orders) == (
        SupplierState.SUSPENDED,
        None,
        "keep",
    )
    assert "JY15108210001" in suspension.reason


def test_staff_store_a_paper_for_a_supplier_and_another_person_checks_it(supplier: Supplier) -> None:
    def store(**changes: Any) -> SupplierDocument:
        return services.upload_for_supplier(
            upload=paper(), paper=about(**changes), supplier_code="wc-1", reason="合作社寄来", actor_id=7
        )

    document = store(days=20)
    assert (document.on_behalf, document.uploaded_by, document.state) == (True, 7, "uploaded")
    assert document.file.uploaded_by == 7
    entry = JournalEntry.objects.get(action="document.uploaded_for_supplier")
    assert (entry.actor_id, entry.object_key, entry.reason) == (7, "wc-1", "合作社寄来")
    assert entry.after["expires_on"] == str(clock.today() + dt.timedelta(days=20))
    assert refused(lambda: services.verify_document(document_id=document.pk, actor_id=7))[0] == "own_paper"
    services.verify_document(document_id=document.pk, actor_id=8)
    # Its end is told of like that of any other.
    assert services.remind_of_documents() == 1
    assert upload(supplier).on_behalf is False


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_a_paper_for_a_supplier_without_a_reason_is_not_stored(supplier: Supplier, reason: str) -> None:
    assert refused(
        lambda: services.upload_for_supplier(
            upload=paper(), paper=about(), supplier_code="wc-1", reason=reason, actor_id=7
        )
    ) == ("reason_missing", "reason")
    assert (SupplierDocument.objects.count(), StoredFile.objects.count()) == (0, 0)
