"""Corrections: asked for with a paper, decided by another person, posted as pairs; and nothing else changes."""

from collections.abc import Callable
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.ledger import handlers
from shop.ledger.corrections import correctable_sources, decide_correction, request_correction
from shop.ledger.exceptions import LedgerError
from shop.ledger.fact_models import Correction
from shop.ledger.models import LedgerEntry
from shop.outbox.models import OutboxMessage
from tests.factories import make_pairing, make_programme, make_region
from tests.files.uploads import photo
from tests.ledger.closers import close, make_closers
from tests.ledger.story import Story, event_of, item, legs_of, share, total, units

pytestmark = [pytest.mark.django_db, pytest.mark.data]

WRITER, OTHER = 101, 102


@pytest.fixture
def places() -> None:
    """Two paired regions, and a third that never was."""
    make_region()
    longquan = make_region(slug="longquan", name_zh="龙泉市", paired=False)
    make_pairing(region=longquan, programme=make_programme(slug="mountain-sea", name_zh="山海协作"))


@pytest.fixture
def sale(places: None) -> Story:
    """Two of five units confirmed on 8 October, one of them refunded since; over two payments."""
    story = Story([share(1, 10000, 5)]).place().pay(("a", 6000), ("b", 4000))
    story.parcel("shipped", 1, 2, day="2026-10-02").parcel("received", 1, 2, day="2026-10-08")
    return story


def ask(story: Story, **changes: object) -> Correction:
    words: dict[str, object] = {
        "order_number": story.number,
        "source_key": "share:1",
        "facts": {"region": "longquan", "programme": "mountain-sea"},
        "reason": "wrong_place",
        "note": "产地写错",
        "upload": photo(),
        "actor_id": WRITER,
    }
    return request_correction(**words | changes)  # type: ignore[arg-type]


def approve(correction: Correction) -> None:
    """Let another person approve it, and the ledger take the message in."""
    decide_correction(number=correction.number, approve=True, note="属实", actor_id=OTHER)
    message = OutboxMessage.objects.get(topic="correction.approved")
    handlers.restate(event_of(message))


def by_region(**filters: object) -> dict[str, int]:
    return {
        region: fen
        for region in ("wangcang", "longquan")
        if (fen := total(kind="goods", region=region, **filters))
    }


def test_an_approved_correction_posts_the_exact_reversal_and_the_same_under_the_new_values(
    sale: Story,
) -> None:
    before = total()
    approve(ask(sale))
    event = OutboxMessage.objects.get(topic="correction.approved")
    entries = LedgerEntry.objects.filter(event_id=event.event_id).order_by("stage", "payment_key", "-leg")
    rows = entries.values_list("stage", "payment_key", "leg", "fen", "units", "region", "programme")
    assert list(rows) == [
        ("confirmed", "a", "reverse", -4000, -2, "wangcang", "east-west"),
        ("confirmed", "a", "restate", 4000, 2, "longquan", "mountain-sea"),
        ("unshipped", "a", "reverse", -2000, -3, "wangcang", "east-west"),
        ("unshipped", "a", "restate", 2000, 3, "longquan", "mountain-sea"),
        ("unshipped", "b", "reverse", -4000, 0, "wangcang", "east-west"),
        ("unshipped", "b", "restate", 4000, 0, "longquan", "mountain-sea"),
    ]
    assert by_region() == {"longquan": 10000}
    assert by_region(stage="confirmed") == {"longquan": 4000}
    assert total() == before
    assert units("share:1") == {"confirmed": 2, "unshipped": 3}
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_both_entries_belong_to_the_month_of_the_fen(sale: Story) -> None:
    approve(ask(sale))
    pairs = LedgerEntry.objects.filter(leg__in=("reverse", "restate"))
    months = {(stage, str(month)) for stage, month in pairs.values_list("stage", "relates_to")}
    assert months == {("confirmed", "2026-10-01"), ("unshipped", "2026-09-01")}


def test_what_comes_after_a_correction_is_posted_under_the_new_values(sale: Story) -> None:
    approve(ask(sale))
    story = sale.parcel("shipped", 2, 3, day="2026-11-20").parcel("received", 2, 3, day="2026-11-21")
    story.refund("requested", "R", item("share:1", 1, 2000), day="2026-11-22")
    executed = item("share:1", 1, 2000, a=1200, b=800)
    story.refund("executed", "R", executed, day="2026-11-23")
    assert by_region() == by_region(stage="confirmed") == {"longquan": 8000}
    assert {fen for *_, fen, _units in legs_of(story.last)} == {-1200, -800}
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_a_correction_of_a_closed_month_leaves_its_statement_alone(sale: Story) -> None:
    closers = make_closers()
    [september], [october] = close("2026-09", closers), close("2026-10", closers)
    approve(ask(sale))
    booked_on = LedgerEntry.objects.filter(leg="restate").earliest("booked_on").booked_on
    assert booked_on.replace(day=1) == clock.today().replace(day=1)
    for statement in (september, october):
        body = statement.body
        statement.refresh_from_db()
        assert statement.body == body
    call_command("verify_ledger")
    call_command("replay_ledger", month="2026-10")


def test_the_paper_and_both_people_are_kept(sale: Story) -> None:
    correction = ask(sale)
    approve(correction)
    correction.refresh_from_db()
    assert (correction.state, correction.requested_by, correction.decided_by) == ("approved", WRITER, OTHER)
    assert correction.before == {"region": "wangcang", "programme": "east-west"}
    assert len(correction.attachment.digest) == 64
    entries = JournalEntry.objects.filter(object_key=correction.number).order_by("pk")
    assert [(entry.action, entry.actor_id, entry.reason) for entry in entries] == [
        ("correction.requested", WRITER, "产地写错"),
        ("correction.approved", OTHER, "属实"),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.update(decided_by=WRITER)


def refused(act: Callable[[], object], code: str) -> None:
    """Nothing is written by a refusal."""
    before = _everything()
    with pytest.raises(ShopError) as error:
        act()
    assert error.value.code == code
    assert _everything() == before


def _everything() -> tuple[object, ...]:
    return (
        list(Correction.objects.order_by("pk").values_list()),
        StoredFile.objects.count(),
        JournalEntry.objects.count(),
        OutboxMessage.objects.count(),
        LedgerEntry.objects.count(),
    )


def test_what_cannot_be_corrected_is_refused(sale: Story) -> None:
    unpaid = Story([share(2, 900, 1)], number="YS-UNPAID").place()
    for changes, code in (
        ({"upload": None}, "attachment"),
        ({"upload": SimpleUploadedFile("x.pdf", b"<html>")}, "file_kind"),
        ({"note": " "}, "note"),
        ({"reason": "mood"}, "reason"),
        ({"facts": {}}, "nothing"),
        ({"facts": {"region": "wangcang"}}, "nothing"),
        ({"facts": {"region": "atlantis"}}, "region"),
        ({"facts": {"programme": "moon"}}, "programme"),
        ({"facts": {"region": "longquan"}}, "pairing"),
        ({"facts": {"credited_organisation": "un-9"}}, "unit"),
        ({"source_key": "share:9"}, "unknown"),
        ({"order_number": unpaid.number, "source_key": "share:2"}, "unknown"),
    ):
        refused(partial(ask, sale, **changes), code)


def test_nobody_decides_their_own_correction_and_nobody_decides_twice(sale: Story) -> None:
    number = ask(sale).number
    refused(lambda: ask(sale), "twice")
    refused(lambda: decide_correction(number=number, approve=True, note="", actor_id=WRITER), "same_person")
    refused(lambda: decide_correction(number=number, approve=False, note=" ", actor_id=OTHER), "note")
    refused(lambda: decide_correction(number="GZ-0", approve=True, note="", actor_id=OTHER), "unknown")
    decide_correction(number=number, approve=False, note="材料不符", actor_id=OTHER)
    decide_correction(number=number, approve=False, note="材料不符", actor_id=OTHER)
    refused(lambda: decide_correction(number=number, approve=True, note="", actor_id=OTHER), "decided")
    assert not LedgerEntry.objects.filter(leg="reverse").exists()
    assert ask(sale).number != number


def test_a_line_that_changed_meanwhile_is_not_corrected(sale: Story) -> None:
    correction = ask(sale)
    event = {"order": sale.number, "items": [{"source_key": "share:1", "facts": {"region": "longquan"}}]}
    sale.tell("claim.applied", event, day="2026-11-10")
    refused(
        lambda: decide_correction(number=correction.number, approve=True, note="", actor_id=OTHER), "changed"
    )


def test_the_ledger_refuses_to_restate_what_was_sold_or_what_is_not_paid(sale: Story) -> None:
    for key, facts, message in (
        ("share:1", {"supplier": "X"}, "cannot be said anew"),
        ("share:1", {}, "cannot be said anew"),
        ("share:9", {"mode": "direct"}, "nothing to restate"),
    ):
        payload = {"order": sale.number, "items": [{"source_key": key, "facts": facts}]}
        with pytest.raises(LedgerError, match=message):
            sale.tell("correction.approved", payload)
    with pytest.raises(LedgerError, match="not grades"):
        sale.tell("evidence.graded", {"order": sale.number, "grades": {"a": "F"}})
    assert not LedgerEntry.objects.filter(leg__in=("reverse", "restate")).exists()


def test_another_grade_of_one_payment_moves_its_fen_alone(sale: Story) -> None:
    sale.tell("evidence.graded", {"order": sale.number, "grades": {"a": "A"}}, day="2026-11-10")
    assert (total(kind="goods", grade="A"), total(kind="goods", grade="B")) == (6000, 4000)
    assert total(stage="confirmed", grade="A") == 4000
    sale.parcel("shipped", 2, 3, day="2026-11-20")
    assert total(stage="in_transit", grade="A") == 2000
    call_command("verify_ledger")
    call_command("replay_ledger")


def test_the_lines_that_can_be_corrected_are_the_paid_ones_in_order(sale: Story) -> None:
    assert [source.key for source in correctable_sources(sale.number)] == ["share:1"]
    assert correctable_sources("YS-NONE") == []
