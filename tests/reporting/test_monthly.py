"""The printed report of a month: its figures are the page's, its pages hold everything."""

import datetime as dt
import re
import zlib

import pytest
from django.test import Client
from django.urls import reverse

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.journal.models import JournalEntry
from shop.ledger.rollups.services import fold_entries
from shop.reporting.monthly import monthly_report, report_pdf
from shop.reporting.report_sheet import Column, Sheet
from tests.factories.people import Cast
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, at

pytestmark = pytest.mark.django_db

OCTOBER = dt.date(2026, 10, 1)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def drawn(pdf: bytes) -> str:
    """Return what the pages draw, without their texts, which stand there as numbers of glyphs."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    texts = []
    for stream in streams:
        try:
            texts.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return "".join(texts)


def test_the_figures_are_those_of_the_ledger(sales: Story) -> None:
    found = monthly_report(SYSTEM, OCTOBER, demo=True)
    assert (found.in_month.total.confirmed, found.in_year.total.confirmed) == (10_000, 10_000)
    assert found.in_year.total.target == 1_500_000
    assert found.this_year == [0] * 9 + [10_000]
    assert found.last_year == [0] * 12
    fold_entries()
    again = monthly_report(SYSTEM, OCTOBER, demo=True)
    assert (again.in_month, again.this_year) == (found.in_month, found.this_year)
    assert monthly_report(SYSTEM, dt.date(2026, 11, 1), demo=True).in_month.total.confirmed == -2_000


def test_a_liaison_reads_of_the_own_region_only(sales: Story) -> None:
    close("2026-09", make_closers())
    own = monthly_report(Scope(regions=frozenset({"longquan"})), dt.date(2026, 9, 1), demo=True)
    assert [row.region for row in own.in_year.rows] == ["longquan"]
    assert own.this_year == [0] * 9
    assert own.statement is None
    assert monthly_report(SYSTEM, dt.date(2026, 9, 1), demo=True).statement is not None


def test_the_pdf_is_the_same_bytes_and_draws_its_charts(sales: Story) -> None:
    with clock.set_to(at("2026-11-20")):
        found = monthly_report(SYSTEM, OCTOBER, demo=True)
    pdf = report_pdf(found)
    assert pdf[:5] == b"%PDF-"
    assert pdf == report_pdf(found)
    assert pages_of(pdf) == 2
    # Vectors only: no picture stands in it, and the dashes of last year's curve do.
    assert b"/Subtype /Image" not in pdf
    assert drawn(pdf).count(" d") > 0


def test_a_long_table_goes_on_under_its_head() -> None:
    sheet = Sheet(title="t", at=at("2026-11-20"), foot="远山集")
    sheet.table([Column("地区", 60), Column("金额", 60, True)], [["旺苍县", "1.00"]] * 100)
    assert pages_of(sheet.output()) == 3


def test_a_sum_below_nothing_is_printed_with_a_sign_that_the_font_has() -> None:
    sheet = Sheet(title="t", at=at("2026-11-20"), foot="远山集")
    assert sheet.fitting(shown_yuan(-24_500), 50) == "-245.00"
    assert sheet.fitting("四川省甘孜藏族自治州", 12) == "四川省…"
    # Writing the file closes the fonts.
    assert pages_of(sheet.output()) == 1


def test_whoever_takes_it_stands_in_the_journal(sales: Story, cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    answer = client.get(reverse("reporting:month_pdf", args=["2026-10"]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    entry = JournalEntry.objects.get(action="report.printed")
    assert (entry.actor_id, entry.object_key) == (cast.auditor.pk, "2026-10")
    assert client.get(reverse("reporting:month_pdf", args=["2126-10"])).status_code == 404
