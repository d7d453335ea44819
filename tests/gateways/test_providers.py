"""Codes that people copy, signatures, and when a provider may be used."""

import datetime as dt
from typing import Any

import pytest

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.providers import bank_transfer, demo, registry
from shop.gateways.providers.base import BadNotice, ProviderUnavailable, RefundState
from shop.gateways.providers.demo import Choice, DemoProvider, SignedNotice
from tests.gateways.cast import order, signed, started

CODE = bank_transfer.code_for("a key")
BODY = {"id": "evt_1", "reference": "tok"}


def test_a_code_is_eight_plain_characters_and_always_the_same() -> None:
    assert CODE == bank_transfer.code_for("a key") != bank_transfer.code_for("another key")
    assert len(CODE) == 8
    assert set(CODE) <= set(bank_transfer.ALPHABET)


def test_a_code_is_read_as_people_write_it() -> None:
    spelled = bank_transfer.spelled("Q1Z08K2" + bank_transfer._check_character("Q1Z08K2"))
    code = spelled.replace("-", "")
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in code)
    for typed in (spelled, code.lower(), f" {code[:4]} {code[4:]} ", code.replace("1", "l"), full_width):
        assert bank_transfer.normalise(typed) == code


def test_one_wrong_character_is_noticed() -> None:
    for place in range(8):
        for character in bank_transfer.ALPHABET:
            typed = CODE[:place] + character + CODE[place + 1 :]
            assert bank_transfer.normalise(typed) == (CODE if typed == CODE else None)
    assert bank_transfer.normalise(CODE[:7]) is None
    assert bank_transfer.normalise("") is None


def test_a_signature_holds_for_its_bytes_and_five_minutes() -> None:
    notice = signed(BODY)
    verified = DemoProvider().verify_notice(notice.raw, notice.headers)
    assert (verified.provider_event_id, verified.reference) == ("evt_1", "tok")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_notice_is_refused(seconds: int) -> None:
    notice = signed(BODY, at=clock.now() + dt.timedelta(seconds=seconds))
    with pytest.raises(BadNotice, match="old"):
        DemoProvider().verify_notice(notice.raw, notice.headers)


@pytest.mark.parametrize(
    "headers", [{}, {"X-Demo-Signature": ""}, {"X-Demo-Signature": "t=1"}, {"X-Demo-Signature": "v1=ü,t=x"}]
)
def test_a_missing_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadNotice, match="signature"):
        DemoProvider().verify_notice(b"{}", headers)


def test_a_body_written_anew_is_refused() -> None:
    notice = signed(BODY)
    with pytest.raises(BadNotice, match="signature"):
        DemoProvider().verify_notice(notice.raw.replace(b": ", b":"), notice.headers)


def test_a_signed_body_that_is_no_notice_is_refused() -> None:
    for raw in (b"[]", b"nonsense", b'{"id": "x"}'):
        with pytest.raises(BadNotice, match="read"):
            DemoProvider().verify_notice(raw, demo.sign(raw, clock.now()))


def test_play_money_exists_only_in_a_demonstration(settings: Any) -> None:
    assert registry.provider("demo").name == "demo"
    settings.SHOP_DEMO = False
    assert registry.enabled() == []
    with pytest.raises(ShopError) as refused:
        registry.provider("demo")
    assert refused.value.code == "method_unavailable"


def test_transfers_need_an_account_or_a_demonstration(settings: Any) -> None:
    assert bank_transfer.instructions(CODE).placeholder
    settings.SHOP_DEMO = False
    settings.BANK_TRANSFER_ACCOUNT = {"name": "远山集", "bank": "某银行", "number": "12345"}
    assert registry.enabled() == ["bank_transfer"]
    shown = bank_transfer.instructions(CODE)
    assert (shown.account_name, shown.account_number, shown.placeholder) == ("远山集", "12345", False)


@pytest.mark.django_db
def test_an_ended_session_changes_no_more() -> None:
    payment = started(order())
    assert len(demo.choose(payment.token, Choice.DUPLICATE)) == 2
    assert demo.choose(payment.token, Choice.FAIL) == []
    assert DemoProvider().fetch(payment.token).state == "paid"
    assert DemoProvider().expire(payment.token).state == "paid"


@pytest.mark.django_db
def test_the_demo_provider_refunds_once_per_key_and_no_more_than_was_paid() -> None:
    payment = started(order())
    provider = DemoProvider()
    assert provider.refund(payment.token, 1, "early").state is RefundState.FAILED
    demo.choose(payment.token, Choice.SUCCEED)
    for _ in range(2):
        assert provider.refund(payment.token, 15_000, "one").state is RefundState.DONE
    assert provider.refund(payment.token, 5_001, "two").state is RefundState.FAILED
    assert provider.refund(payment.token, 5_000, "two").state is RefundState.DONE
    payment.refresh_from_db()
    assert payment.refunds == {"one": 15_000, "two": 5_000}


@pytest.mark.django_db
def test_an_unknown_payment_is_no_answer() -> None:
    for call in (DemoProvider().fetch, DemoProvider().expire):
        with pytest.raises(ProviderUnavailable):
            call("nothing")


def test_nobody_sends_notices_of_transfers() -> None:
    notice: SignedNotice = signed(BODY)
    with pytest.raises(BadNotice):
        registry.provider("bank_transfer").verify_notice(notice.raw, notice.headers)
