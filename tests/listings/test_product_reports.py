"""Which goods a supplier's test reports speak of, and what a product's page says of them."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.listings.models import Listing
from shop.listings.report_models import ProductReport
from shop.listings.selectors import current_shelf, report_of_product
from shop.listings.services import name_goods, name_reports
from shop.suppliers.admission_models import DocumentKind, SupplierDocument
from shop.suppliers.models import Supplier
from tests.factories import make_cast, make_user
from tests.listings import supplier_cast as cast
from tests.suppliers.cast import held, refused

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def report_of(
    listing: Listing, number: str = "T-2026-118", *, days: int = 100, **about: Any
) -> SupplierDocument:
    return held(listing.supplier, DocumentKind.TEST_REPORT, days=days, number=number, **about)


def name(listing: Listing, *reports: SupplierDocument, code: str = "tea-co") -> None:
    name_reports(
        scope=cast.scope(code), listing_id=listing.pk, document_ids=[one.pk for one in reports], actor_id=7
    )


def row(client: Client, listing: Listing) -> tuple[str, str] | None:
    """Return text and address of the line about the test report, as the card of the origin has it."""
    rows = client.get(listing.product.get_absolute_url()).context["origin"].rows
    return next(((one.value, one.url) for one in rows if one.label == "检测报告"), None)


def address_of(listing: Listing) -> str:
    return reverse("storefront:product_report", args=[listing.product_id])


def named(listing: Listing) -> list[str]:
    found = ProductReport.objects.filter(listing=listing).order_by("document__pk")
    return list(found.values_list("document__number", flat=True))


def test_only_the_product_that_a_report_speaks_of_shows_it(client: Client) -> None:
    tea, day = cast.tea(), clock.today()
    pears = cast.pears()
    report = report_of(tea, issued_on=day)
    assert row(client, tea) is None
    assert client.get(address_of(tea)).status_code == 404
    name(tea, report)
    assert row(client, tea) == (f"T-2026-118（{day} 出具），商城已核对", address_of(tea))
    assert f'href="{address_of(tea)}"' in client.get(tea.product.get_absolute_url()).content.decode()
    file = client.get(address_of(tea), follow=True)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.content.startswith(b"%PDF")
    assert row(client, pears) is None
    assert client.get(address_of(pears)).status_code == 404


def test_the_newest_that_holds_is_shown_and_none_once_all_have_ended(client: Client) -> None:
    tea, day = cast.tea(), clock.today()
    old = report_of(tea, "T-1", days=300, issued_on=day - dt.timedelta(days=30))
    new = report_of(tea, "T-2", days=10, issued_on=day)
    name(tea, old, new)
    shown = row(client, tea)
    assert shown is not None and shown[0].startswith("T-2")
    with time_machine.travel(clock.now() + dt.timedelta(days=11)):
        shown = row(client, tea)
        assert shown is not None and shown[0].startswith("T-1")
    with time_machine.travel(clock.now() + dt.timedelta(days=301)):
        assert row(client, tea) is None
        assert client.get(address_of(tea)).status_code == 404


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (SupplierDocument, {"state": "refused"}),
        (SupplierDocument, {"kind": "origin_proof"}),
        (StoredFile, {"ready_at": None}),
        (StoredFile, {"removed_at": timezone.now()}),
        (Supplier, {"state": "suspended"}),
    ],
)
def test_a_report_that_everyone_may_no_longer_read_is_not_shown(
    client: Client, model: Any, change: dict[str, Any]
) -> None:
    tea = cast.tea()
    name(tea, report_of(tea))
    assert row(client, tea) is not None
    model.objects.update(**change)
    assert row(client, tea) is None
    assert client.get(address_of(tea)).status_code == 404


def test_goods_without_a_report_ask_for_none_and_the_others_once(client: Client) -> None:
    tea, pears = cast.tea(), cast.pears()
    name(tea, report_of(tea), report_of(tea, "T-2"))
    shelf, day = current_shelf(), clock.today()
    report_of_product(tea.product_id, day, shelf)
    for listing, queries in ((tea, 1), (pears, 0)):
        with CaptureQueriesContext(connection) as asked:
            report_of_product(listing.product_id, day, shelf)
        assert len(asked) == queries


def test_what_is_named_again_changes_nothing_and_another_choice_takes_its_place() -> None:
    tea = cast.tea()
    first, second = report_of(tea, "T-1"), report_of(tea, "T-2")
    for _ in range(2):
        name(tea, first, second)
    assert named(tea) == ["T-1", "T-2"]
    name(tea, second)
    assert named(tea) == ["T-2"]
    entries = JournalEntry.objects.filter(action="listing.reports_named", object_key=tea.sku).order_by("pk")
    assert [entry.after for entry in entries] == [
        {"documents": [first.pk, second.pk]},
        {"documents": [second.pk]},
    ]
    name(tea)
    assert named(tea) == []


def test_papers_of_others_and_papers_that_are_no_checked_report_are_refused() -> None:
    tea, pears = cast.tea(), cast.pears()
    good = report_of(tea)
    licence = held(tea.supplier, days=100)
    waiting = report_of(tea, "T-2")
    SupplierDocument.objects.filter(pk=waiting.pk).update(state="uploaded")
    for other in (report_of(pears), licence, waiting):
        assert refused(partial(name, tea, good, other)) == ("report", "document")
    with pytest.raises(Listing.DoesNotExist):
        name(pears, report_of(pears, "T-3"))
    assert not ProductReport.objects.exists()


def test_staff_name_the_goods_of_a_report_all_or_none() -> None:
    tea, pears = cast.tea(), cast.pears()
    report, other = report_of(tea, "T-1"), report_of(tea, "T-2")
    name(tea, other)

    def goods(*skus: str) -> list[str]:
        rows = name_goods(scope=SYSTEM, document_id=report.pk, skus=skus, actor_id=3)
        return [one.sku for one in rows]

    assert goods(tea.sku) == [tea.sku] == goods(tea.sku, tea.sku)
    assert named(tea) == ["T-1", "T-2"]
    assert refused(lambda: goods(tea.sku, pears.sku)) == ("unknown", "skus")
    assert refused(lambda: goods(*(f"n{number}" for number in range(201)))) == ("too_many", "skus")
    assert named(tea) == ["T-1", "T-2"]
    assert goods() == []
    assert named(tea) == ["T-2"]
    licence = held(tea.supplier, days=100)
    with pytest.raises(SupplierDocument.DoesNotExist):
        name_goods(scope=SYSTEM, document_id=licence.pk, skus=[tea.sku], actor_id=3)


def test_a_supplier_ticks_the_reports_of_its_product(client: Client) -> None:
    tea, pears = cast.tea(), cast.pears()
    page, choose = f"/supplier/goods/{tea.pk}/", f"/supplier/goods/{tea.pk}/reports/"
    client.force_login(
        make_user(phone="+8613900000001", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    )
    assert reverse("suppliers:documents") in client.get(page).content.decode()
    report, foreign = report_of(tea), report_of(pears, "T-9")
    told = client.post(choose, {"document": [report.pk]}, follow=True)
    assert (named(tea), [one.is_named for one in told.context["reports"]]) == (["T-2026-118"], [True])
    assert "T-9" not in told.content.decode()
    refusal = client.post(choose, {"document": [report.pk, foreign.pk]}, follow=True)
    assert "请在商城已核对的检测报告中选择。" in refusal.content.decode()
    assert client.post(choose, {"document": ["x"]}).status_code == 404
    assert client.post(f"/supplier/goods/{pears.pk}/reports/", {"document": []}).status_code == 404
    assert named(tea) == ["T-2026-118"]


def test_staff_type_the_numbers_of_its_goods(client: Client) -> None:
    tea, pears = cast.tea(), cast.pears()
    report = report_of(tea)
    client.force_login(make_cast().staff)
    supplier = reverse("operations:supplier", args=["tea-co"])
    page = reverse("operations:supplier_reports", args=["tea-co"])
    assert f'href="{page}"' in client.get(supplier).content.decode()
    told = client.post(page, {"pk": report.pk, "skus": f" {tea.sku}，\n"}, follow=True)
    assert (named(tea), tea.name_zh in told.content.decode()) == (["T-2026-118"], True)
    refusal = client.post(page, {"pk": report.pk, "skus": pears.sku}, follow=True)
    assert f"{pears.sku} 不是该供应商的商品。" in refusal.content.decode()
    assert client.post(page, {"pk": report_of(pears).pk, "skus": ""}).status_code == 404
    assert named(tea) == ["T-2026-118"]
