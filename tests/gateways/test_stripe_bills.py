"""The movements of the Stripe account, kept as they came and compared with payments and refunds."""

import datetime as dt
import hashlib
import json
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.scope import NOTHING, SYSTEM
from shop.core import clock
from shop.gateways import bill_selectors, services
from shop.gateways.models import BillImport, BillLine, BillPage
from shop.gateways.providers import registry
from shop.gateways.providers.base import ProviderUnavailable
from shop.ordering import services as ordering
from tests.factories import make_cast
from tests.gateways.cast import DUE
from tests.gateways.stripe_cast import paid, session_of, stripe_order
from tests.stripe_peer import Mishap, Peer

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def import_all(**span: Any) -> services.ImportedBill:
    """Read the bill up to a minute from now: the newest movement is of this second."""
    [provider] = [one for one in registry.billing_providers() if one.name == "stripe"]
    return services.import_bill(provider=provider, until=clock.now() + dt.timedelta(minutes=1), **span)


def found() -> list[tuple[str, str]]:
    """Return kind and difference of every line, newest first."""
    return list(BillLine.objects.order_by("-line_id").values_list("kind", "difference"))


def test_payments_and_refunds_meet_their_lines(peer: Peer) -> None:
    record = stripe_order()
    payment = paid(peer, record)
    ordering.request_refund(record_id=record.pk, whole=True, reason="return", actor_id=None)
    services.execute_refunds()
    peer.books.move("payout", None, -100)
    assert import_all() == services.ImportedBill(pages=1, lines=3, new_lines=3, differences=0)
    lines = {line.kind: line for line in BillLine.objects.all()}
    assert lines["payment"].payment == payment
    assert (lines["payment"].source_minor, lines["payment"].source_currency) == (DUE, "CNY")
    settled = lines["payment"]
    assert (settled.settled_minor, settled.fee_minor, settled.net_minor) == (21_800, 741, 21_059)
    assert (settled.settled_currency, lines["refund"].source_minor) == ("HKD", -DUE)
    assert lines["refund"].execution == payment.executions.get()
    assert lines["own"].channel_kind == "payout"
    page = BillPage.objects.get()
    assert page.digest == hashlib.sha256(page.raw.encode()).hexdigest()
    assert [row["id"] for row in json.loads(page.raw)["data"]] == sorted(
        (line.line_id for line in lines.values()), reverse=True
    )


def test_the_same_bill_twice_changes_nothing(peer: Peer) -> None:
    paid(peer, stripe_order())
    import_all()
    assert import_all() == services.ImportedBill(pages=1, lines=1, new_lines=0, differences=0)
    assert (BillLine.objects.count(), BillPage.objects.count(), BillImport.objects.count()) == (1, 1, 2)


def test_every_page_is_read_and_progress_is_told(peer: Peer) -> None:
    for number in range(205):
        peer.books.move("stripe_fee", None, -number)
    told: list[tuple[int, int]] = []
    result = import_all(progress=lambda pages, lines, _oldest: told.append((pages, lines)))
    assert result == services.ImportedBill(pages=3, lines=205, new_lines=205, differences=0)
    assert told == [(1, 100), (2, 200), (3, 205)]


def test_a_reading_that_was_cut_off_is_done_again(peer: Peer) -> None:
    for number in range(105):
        peer.books.move("stripe_fee", None, -number)

    def die(pages: int, lines: int, oldest: dt.datetime) -> None:
        raise ProviderUnavailable("cut off")

    with pytest.raises(ProviderUnavailable):
        import_all(progress=die)
    assert (BillLine.objects.count(), BillImport.objects.get().finished_at) == (100, None)
    assert import_all().new_lines == 5


def test_differences_have_names(peer: Peer) -> None:
    books, record = peer.books, stripe_order()
    payment = paid(peer, record)
    books.move("charge", next(iter(books.tables["charges"])), 21_800)
    other = stripe_order()
    # Paid at Stripe, and the shop has not heard of it yet.
    books.pay(session_of(other))
    [intent, _] = books.tables["intents"].values()
    books.refund(intent, 500, {}, None)
    books.move("adjustment", "dp_1", -100, category="dispute")
    books.move("mystery", None, 1)
    import_all()
    assert found() == [
        ("other", "other"),
        ("dispute", "dispute"),
        ("refund", "unknown_refund"),
        ("payment", "unknown_payment"),
        ("payment", "twice"),
        ("payment", ""),
    ]
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        services.reconcile_attempts()
        import_all()
    assert ("payment", "unknown_payment") not in found()
    assert [row.difference for row in bill_selectors.bill_differences(SYSTEM)] == [
        "twice",
        "unknown_refund",
        "dispute",
        "other",
    ]
    assert list(bill_selectors.bill_differences(NOTHING)) == []
    assert payment.bill_lines.count() == 2


@pytest.mark.parametrize(
    ("change", "difference"), [({"amount": DUE - 1}, "amount"), ({"currency": "usd"}, "currency")]
)
def test_a_line_with_another_amount_or_currency(peer: Peer, change: dict[str, Any], difference: str) -> None:
    paid(peer, stripe_order())
    [charge] = peer.books.tables["charges"].values()
    charge |= change
    import_all()
    assert found() == [("payment", difference)]


def test_a_payment_that_the_bill_does_not_show(peer: Peer) -> None:
    paid(peer, stripe_order())
    peer.books.tables["transactions"].clear()
    with time_machine.travel(clock.now() + dt.timedelta(days=2), tick=False):
        assert list(bill_selectors.payments_missing_in_bill(SYSTEM)) == []
        import_all()
        assert [payment.fen for payment in bill_selectors.payments_missing_in_bill(SYSTEM)] == [DUE]
        assert list(bill_selectors.payments_missing_in_bill(NOTHING)) == []


def test_the_job_survives_a_silent_stripe_and_a_shop_without_one(peer: Peer, settings: Any) -> None:
    peer.plan(Mishap.DOWN, times=2)
    assert services.import_bills() == 0
    settings.STRIPE_SECRET_KEY = ""
    assert services.import_bills() == 0
    assert BillImport.objects.get(provider="stripe").finished_at is None


def test_the_command_reads_a_span_and_names_the_differences(peer: Peer, settings: Any) -> None:
    peer.books.move("mystery", None, 1)
    out = StringIO()
    today = clock.today()
    later = time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=False)
    with later, pytest.raises(CommandError, match="1 difference"):
        call_command("import_channel_bill", "stripe", since=str(today), stdout=out)
    assert "1 page, 1 line, 1 new" in out.getvalue()
    assert "txn_" in out.getvalue()
    for words in ({"since": "2026-13-01"}, {"since": str(today + dt.timedelta(days=2))}):
        with pytest.raises(CommandError):
            call_command("import_channel_bill", "stripe", **words)
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(CommandError, match="not set up"):
        call_command("import_channel_bill", "stripe")


def test_the_page_of_payment_services_says_untried_and_asks_constantly_often(peer: Peer) -> None:
    paid(peer, stripe_order())
    client = Client()
    client.force_login(make_cast().finance)
    counts = []
    for rows in (1, 60):
        for _ in range(rows):
            peer.books.move("mystery", None, 1)
        import_all()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("gateways:payment_services"))
        counts.append(len(queries))
    assert len(answer.context["differences"]) == 61
    text = answer.content.decode()
    assert "未联调" in text
    assert "http://127.0.0.1:8000/notices/stripe/" in text
    assert peer.secret_key not in text
    assert len(set(counts)) == 1, counts
