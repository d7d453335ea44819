"""The queue with owner and age, the search, a handler's dead messages, and the alarm that ends by itself."""

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice, SmsRule
from shop.notifications.services import write_buyer_notice
from shop.operations import selectors
from shop.operations.alerts import watch_outbox, watch_texts
from shop.operations.models import Alert, WorkClaim
from shop.ordering.models import OrderRecord
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.factories import RECIPIENT, Cast, make_cast, make_product, place
from tests.fulfilment.cast import mixed_order, ship
from tests.outbox.cast import say

pytestmark = pytest.mark.django_db
URL = "/dashboard/desk/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_work_is_listed_by_age_and_taken_by_a_person(cast: Cast) -> None:
    tea = make_product(stock=9)
    old, new = place(lines=[(tea, 1)]), place(lines=[(tea, 1)])
    now = clock.now()
    for record, hours in ((old, 5), (new, 1)):
        OrderRecord.objects.filter(pk=record.pk).update(
            attention="surplus", attention_at=now - dt.timedelta(hours=hours)
        )
    say_dead("ledger.post_paid")
    staff, second = client_of(cast.staff), client_of(cast.second_staff)
    items = staff.get(URL).context["items"].object_list
    assert [(item.kind, item.order) for item in items[:2]] == [("order", old.number), ("order", new.number)]
    assert [item.kind for item in staff.get(f"{URL}?kind=outboxdelivery").context["items"]] == [
        "outboxdelivery"
    ]
    key = {"kind": "order", "key": str(old.pk)}
    for _ in range(2):
        staff.post(f"{URL}take/", key)
    assert [item.owner for item in second.get(URL).context["items"]][:2] == [str(cast.staff), ""]
    second.post(f"{URL}take/", key)
    staff.post(f"{URL}take/", key | {"leave": "1"})
    assert WorkClaim.objects.get().user == cast.second_staff
    # Something new about the same order is nobody's yet.
    OrderRecord.objects.filter(pk=old.pk).update(attention_at=clock.now() + dt.timedelta(minutes=1))
    owners = {item.order: item.owner for item in staff.get(URL).context["items"]}
    assert owners[old.number] == ""
    second.post(f"{URL}take/", key | {"leave": "1"})
    for kind, missing in (("order", "999999"), ("order", "x"), ("nothing", "1")):
        staff.post(f"{URL}take/", {"kind": kind, "key": missing})
    assert not WorkClaim.objects.exists()
    acts = JournalEntry.objects.filter(object_type="work").order_by("pk").values_list("action", "after")
    assert list(acts) == [
        ("work.taken", {"owner": cast.staff.pk}),
        ("work.taken", {"owner": cast.second_staff.pk}),
        ("work.left", {"owner": None}),
    ]


def say_dead(handler: str) -> OutboxDelivery:
    """Return a message that a handler gave up."""
    message = say(f"YS-{OutboxDelivery.objects.count()}")
    message.routed_at = clock.now()
    message.save()
    return OutboxDelivery.objects.create(
        message=message, handler=handler, state=DeliveryState.DEAD, due_at=clock.now(), attempts=8
    )


def test_all_dead_messages_of_a_handler_are_tried_again(cast: Cast) -> None:
    mine, other = [say_dead("a.one"), say_dead("a.one")], say_dead("b.two")
    staff = client_of(cast.staff)
    for _ in range(2):
        staff.post("/dashboard/outbox/retry-handler/", {"handler": "a.one"})
    found = OutboxDelivery.objects.order_by("pk").values_list("pk", "state", "attempts")
    assert list(found) == [*((one.pk, "pending", 0) for one in mine), (other.pk, "dead", 8)]
    assert JournalEntry.objects.get(action="outbox.retry_dead_of").after == {"deliveries": 2}


@pytest.mark.data
def test_the_alarm_is_mailed_once_and_ends_by_itself(cast: Cast, settings: Settings) -> None:
    settings.ALERT_EMAILS = ["ops@example.com"]
    message = say("YS-1")
    staff = client_of(cast.staff)
    assert not watch_outbox()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert [watch_outbox(), watch_outbox()] == [True, True]
        assert 'id="outbox-alert"' in staff.get(URL).content.decode()
        assert 'id="outbox-alert"' in staff.get("/dashboard/outbox/").content.decode()
    assert [(one.to, "6" in one.subject, "/dashboard/outbox/" in one.body) for one in mail.outbox] == [
        (["ops@example.com"], True, True)
    ]
    assert Alert.objects.get().mailed_at is not None
    message.routed_at = clock.now()
    message.save()
    assert not watch_outbox()
    assert Alert.objects.get().ended_at is not None
    assert 'id="outbox-alert"' not in staff.get(URL).content.decode()


def test_a_mail_that_cannot_be_sent_is_tried_again(settings: Settings) -> None:
    settings.ALERT_EMAILS = ["ops@example.com"]
    settings.EMAIL_BACKEND = "tests.operations.test_queue.Refusing"
    say("YS-1")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert watch_outbox()
        assert Alert.objects.get().mailed_at is None
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert watch_outbox()
    assert len(mail.outbox) == 1


class Refusing:
    """A mail server that is not there."""

    def __init__(self, **_options: object) -> None:
        raise ConnectionRefusedError("no server")


def test_an_order_is_found_by_whatever_the_caller_can_say(cast: Cast) -> None:
    mixed = mixed_order(
        recipient=RECIPIENT.__class__(**{**RECIPIENT.__dict__, "phone": "139 1234-5678", "name": "欧阳娜娜"})
    )
    parcel = ship(mixed.first, number="EMS445566CN")
    own = place(lines=[(make_product(sku="own"), 1)], buyer=cast.resident)
    OrderRecord.objects.filter(pk=own.pk).update(credited_name="萧山区总工会", credited_organisation="un-001")
    staff = client_of(cast.staff)

    def found(typed: str) -> set[str]:
        return {row.number for row in staff.get("/dashboard/orders/", {"q": typed}).context["page_obj"]}

    first, second = mixed.record.number, own.number
    for typed in (
        "5678",
        "13912345678",
        "+86 139 1234 5678",
        "139-1234-5678",
        "欧阳",
        "445566",
        "ems445566cn",
    ):
        assert found(typed) == {first}, typed
    for typed in ("萧山区总工会", "总工会", "un-001"):
        assert found(typed) == {second}, typed
    assert found(cast.resident.phone or "") >= {second}
    assert found(first[-8:]) == {first} and found("") == {first, second}
    assert found("678") == found("没有此人") == set()
    assert parcel.tracking_number == "EMS445566CN"


def test_every_kind_of_work_of_the_module_is_in_the_queue() -> None:
    """A list of work that nobody puts into the queue would be work that nobody sees."""
    source = Path(selectors.__file__).read_text()
    named = set(re.findall(r"^def (_\w+_work)\(", source, re.M))
    assert named == set(re.findall(r"\*(_\w+_work)\(", source))


def test_texts_that_wait_for_the_ceiling_are_told_of_once_and_stand_in_the_queue(
    cast: Cast, settings: Settings
) -> None:
    settings.ALERT_EMAILS = ["ops@example.com"]
    record = mixed_order().record
    notice = write_buyer_notice(key="a", kind="buyer_paid", record=record)
    assert notice is not None
    staff = client_of(cast.staff)
    assert not watch_texts()
    BuyerNotice.objects.filter(pk=notice.pk).update(hold="number")
    # One number that has had enough is nobody's work.
    assert not watch_texts()
    BuyerNotice.objects.filter(pk=notice.pk).update(hold="cost")
    assert [watch_texts(), watch_texts()] == [True, True]
    assert [(one.to, "/dashboard/notice-services/" in one.body) for one in mail.outbox] == [
        (["ops@example.com"], True)
    ]
    assert Alert.objects.get().kind == "texts"
    items = staff.get(f"{URL}?kind=texts_buyers").context["items"]
    assert [(item.kind, item.key) for item in items] == [("texts_buyers", str(notice.pk))]
    BuyerNotice.objects.filter(pk=notice.pk).update(state="sent", hold="")
    assert not watch_texts()
    assert Alert.objects.get().ended_at is not None


def test_a_ceiling_that_only_login_codes_meet_is_told_of_too(settings: Settings) -> None:
    SmsRule.objects.update(month_ceiling_fen=0)
    assert not watch_texts()
    settings.ALIYUN_SMS_ACCESS_KEY_ID, settings.ALIYUN_SMS_ACCESS_KEY_SECRET = "LTAI-1", "s3cr3t"
    settings.ALIYUN_SMS_SIGN_NAME = "远山集"
    assert watch_texts()
