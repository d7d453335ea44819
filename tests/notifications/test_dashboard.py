"""The staff's pages of notices: what stands how, a dead one again, channels of suppliers, limits of texts."""

import datetime as dt
import json

import pytest
from django.test import Client
from pytest_django import Settings

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.services import HIDDEN
from shop.notifications import sending
from shop.notifications.exceptions import ChannelSettingError
from shop.notifications.models import (
    BuyerNotice,
    MailboxMessage,
    SmsRule,
    SupplierChannel,
    SupplierNotice,
)
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.notifications.supplier_channels import MOST_CHANNELS, add_channel, set_sms_rule
from shop.suppliers.models import Supplier
from tests.factories import Cast, make_cast, make_supplier
from tests.fulfilment.cast import mixed_order
from tests.notifications.cast import make_channel

pytestmark = pytest.mark.django_db
KEY = "6f1ed002-ab12-4c6d-9f1f-00000000abcd"
CHANNELS = "/dashboard/supplier-channels/"
SERVICES = "/dashboard/notice-services/"
NOTICES = "/dashboard/notices/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def staff(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.staff)
    return client


@pytest.fixture
def tea_co() -> Supplier:
    return make_supplier(code="tea-co", name_zh="木门茶业")


def order_of_channels(supplier: Supplier) -> list[tuple[str, str, bool]]:
    rows = SupplierChannel.objects.filter(supplier=supplier).order_by("position")
    return [(row.channel, row.shown, row.is_active) for row in rows]


def acts() -> list[str]:
    entries = JournalEntry.objects.filter(action__startswith="supplier_channel.").order_by("pk")
    return list(entries.values_list("action", flat=True))


def test_channels_are_added_preferred_switched_and_journalled(
    staff: Client, cast: Cast, tea_co: Supplier
) -> None:
    page = f"{CHANNELS}tea-co/"
    webhook = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
    for channel, typed in (
        ("sms", "138 0000 0055"),
        ("wecom", webhook),
        ("email", "Dd@Tea.example.com"),
        ("wecom", KEY),
    ):
        assert staff.post(page, {"act": "add", "channel": channel, "address": typed}).status_code == 302
    assert order_of_channels(tea_co) == [
        ("sms", "+8613800000055", True),
        ("wecom", "****abcd", True),
        ("email", "dd@tea.example.com", True),
    ]
    bot = SupplierChannel.objects.get(channel="wecom")
    for _ in range(2):
        staff.post(page, {"act": "prefer", "row": bot.pk})
    assert [channel for channel, _shown, _on in order_of_channels(tea_co)] == ["wecom", "sms", "email"]
    staff.post(page, {"act": "off", "row": bot.pk})
    staff.post(page, {"act": "off", "row": bot.pk})
    assert order_of_channels(tea_co)[0] == ("wecom", "****abcd", False)
    # Added again it is the same one, in use again.
    staff.post(page, {"act": "add", "channel": "wecom", "address": KEY})
    assert order_of_channels(tea_co)[0] == ("wecom", "****abcd", True)
    assert acts() == [
        "supplier_channel.add",
        "supplier_channel.add",
        "supplier_channel.add",
        "supplier_channel.prefer",
        "supplier_channel.switch",
        "supplier_channel.switch",
    ]
    journal = json.dumps(list(JournalEntry.objects.values_list("before", "after", "reason")))
    assert KEY not in journal and "13800000055" not in journal and "dd@" not in journal
    entry = JournalEntry.objects.filter(action="supplier_channel.add")[1]
    assert (entry.actor_id, entry.object_key, entry.after) == (
        cast.staff.pk,
        "tea-co",
        {"channel": "wecom", "position": 2, "secret": HIDDEN, "row": bot.pk},
    )
    for address in (page, CHANNELS):
        text = staff.get(address).content.decode()
        assert KEY not in text and KEY[:-4] not in text


@pytest.mark.parametrize(
    ("channel", "typed"),
    [
        ("email", "no address"),
        ("email", "a@b"),
        ("sms", "0571 8888 8888"),
        ("sms", "abc"),
        ("wecom", "https://evil.example/cgi-bin/webhook/send?key=" + KEY),
        ("wecom", "<script>"),
        ("fax", "1"),
        ("", ""),
    ],
)
def test_what_leads_nowhere_is_refused_and_nothing_written(
    staff: Client, tea_co: Supplier, channel: str, typed: str
) -> None:
    answer = staff.post(f"{CHANNELS}tea-co/", {"act": "add", "channel": channel, "address": typed})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not SupplierChannel.objects.exists()
    assert acts() == []


def test_a_supplier_has_at_most_ten(cast: Cast, tea_co: Supplier) -> None:
    for number in range(MOST_CHANNELS):
        make_channel(tea_co, "email", f"a{number}@example.com")
    with pytest.raises(ChannelSettingError) as refused:
        add_channel(supplier=tea_co, channel="email", typed="one@more.example", actor_id=cast.staff.pk)
    assert refused.value.code == "too_many"
    assert SupplierChannel.objects.count() == MOST_CHANNELS


def test_another_suppliers_channel_is_not_there(staff: Client, tea_co: Supplier) -> None:
    other = make_channel(make_supplier(code="pear-co"), "email", "p@example.com")
    for row in (str(other.pk), "0", "x", "9" * 30, ""):
        assert staff.post(f"{CHANNELS}tea-co/", {"act": "off", "row": row}).status_code == 404
    assert staff.get(f"{CHANNELS}nobody/").status_code == 404
    other.refresh_from_db()
    assert other.is_active


def test_a_test_goes_by_this_channel_once_even_if_it_is_not_in_use(staff: Client, tea_co: Supplier) -> None:
    make_channel(tea_co, "email", "first@example.com")
    bot = make_channel(tea_co, "wecom", KEY, active=False)
    page = f"{CHANNELS}tea-co/"
    for _ in range(2):
        assert staff.post(page, {"act": "test", "row": bot.pk}).status_code == 302
    assert sending.send_due_notices() == 1
    [message] = MailboxMessage.objects.all()
    assert (message.channel, message.address, message.subject) == (
        "wecom",
        "****abcd",
        "测试通知：木门茶业",
    )
    assert [notice.state for notice in staff.get(page).context["tests"]] == ["sent"]
    staff.post(page, {"act": "test", "row": bot.pk})
    assert SupplierNotice.objects.filter(kind="channel_test").count() == 2
    assert acts() == ["supplier_channel.test", "supplier_channel.test"]


def test_notices_are_counted_filtered_and_a_dead_one_goes_again(staff: Client, cast: Cast) -> None:
    mixed = mixed_order()
    for key in ("a", "b"):
        write_buyer_notice(key=key, kind="buyer_paid", record=mixed.record)
    BuyerNotice.objects.filter(key="a").update(state="dead", attempts=8, last_error="HTTP 500")
    write_supplier_notice(
        key="s", kind="supplier_new_order", record=mixed.record, supplier=mixed.first.supplier
    )
    page = staff.get(f"{NOTICES}?to=buyers&state=dead&channel=sms")
    [row] = page.context["page_obj"]
    text = page.content.decode()
    assert row.key == "a" and "HTTP 500" in text
    # Neither the link that opens the order nor the whole number.
    assert "/t/" not in text and "13800000099" not in text and "138****0099" in text
    counts = {count.channel: count for _label, count in page.context["counts"]}
    assert (counts["sms"].pending, counts["sms"].dead, counts["email"].pending) == (1, 1, 0)
    assert [row.key for row in staff.get(NOTICES).context["page_obj"]] == ["s"]
    again = f"{NOTICES}buyers/{row.pk}/retry/"
    for _ in range(2):
        assert staff.post(again).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)
    entry = JournalEntry.objects.get(action="notice.retry")
    assert (entry.actor_id, entry.before["state"], entry.after["state"]) == (cast.staff.pk, "dead", "pending")
    assert sending.send_due_notices() == 3
    for address in (f"{NOTICES}buyers/999999/retry/", f"{NOTICES}nobody/1/retry/"):
        assert staff.post(address).status_code == 404


def test_a_dead_notice_waits_in_the_queue_unless_it_went_another_way(staff: Client) -> None:
    mixed = mixed_order()
    make_channel(mixed.first.supplier, "sms", "+8613800000055")
    notice = write_supplier_notice(
        key="s", kind="supplier_new_order", record=mixed.record, supplier=mixed.first.supplier
    )
    sending.give_up(notice, "HTTP 500")
    passed_on = SupplierNotice.objects.exclude(pk=notice.pk).get()
    assert (passed_on.key, passed_on.channel, passed_on.address) == (
        "s>1",
        "email",
        "tea-co@supplier.example.com",
    )
    queue = "/dashboard/desk/?kind=suppliernotice"

    def waiting() -> list[str]:
        items = staff.get(queue).context["items"]
        return [item.key for item in items if item.kind == "suppliernotice"]

    assert waiting() == []
    sending.give_up(passed_on, "SMTPException")
    assert waiting() == [str(passed_on.pk)]
    assert SupplierNotice.objects.count() == 2


def test_a_supplier_that_cannot_be_reached_is_the_staffs_work() -> None:
    mixed = mixed_order()
    Supplier.objects.filter(pk=mixed.first.supplier_id).update(contact_email="")
    mixed.first.supplier.refresh_from_db()
    write_supplier_notice(
        key="s", kind="supplier_new_order", record=mixed.record, supplier=mixed.first.supplier
    )
    assert sending.send_due_notices() == 0
    row = SupplierNotice.objects.get()
    assert (row.state, row.hold, row.last_error) == ("dead", "", "no address")


def rule_form(**changes: str) -> dict[str, str]:
    return {
        "starts_on": str(clock.today()),
        "per_number_hour": "3",
        "per_number_day": "6",
        "per_minute": "50",
        "per_day": "1000",
        "segment_fen": "0.05",
        "day_ceiling_fen": "100",
        "month_ceiling_fen": "1500.50",
    } | changes


def test_limits_of_texts_are_dated_and_journalled(staff: Client, cast: Cast) -> None:
    for _ in range(2):
        assert staff.post(SERVICES, rule_form()).status_code == 302
    rule = SmsRule.objects.get(starts_on=clock.today())
    assert (rule.per_number_hour, rule.segment_fen, rule.day_ceiling_fen, rule.month_ceiling_fen) == (
        3,
        5,
        10_000,
        150_050,
    )
    assert staff.post(SERVICES, rule_form(day_ceiling_fen="200")).status_code == 302
    entries = JournalEntry.objects.filter(action="sms_rule.set").order_by("pk")
    assert [
        (entry.actor_id, entry.before.get("day_ceiling_fen"), entry.after["day_ceiling_fen"])
        for entry in entries
    ] == [(cast.staff.pk, None, 10_000), (cast.staff.pk, 10_000, 20_000)]


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_on": str(clock.today() - dt.timedelta(days=1))},
        {"starts_on": "morgen"},
        {"per_number_hour": "0"},
        {"per_day": "-1"},
        {"segment_fen": "0"},
        {"segment_fen": "abc"},
        {"day_ceiling_fen": "-1"},
        {"month_ceiling_fen": "99999999"},
        {"month_ceiling_fen": "1.234"},
    ],
)
def test_limits_that_make_no_sense_are_refused(staff: Client, changes: dict[str, str]) -> None:
    assert staff.post(SERVICES, rule_form(**changes)).status_code == 422
    assert SmsRule.objects.count() == 1


def test_limits_of_the_past_are_not_changed(cast: Cast) -> None:
    with pytest.raises(ChannelSettingError) as refused:
        set_sms_rule(starts_on=clock.today() - dt.timedelta(days=1), actor_id=cast.staff.pk, per_day=1)
    assert (refused.value.code, refused.value.field) == ("in_the_past", "starts_on")
    assert SmsRule.objects.count() == 1


def test_the_page_of_services_says_untried_and_shows_no_key(staff: Client, settings: Settings) -> None:
    text = staff.get(SERVICES).content.decode()
    assert text.count("未联调") >= 2
    settings.ALIYUN_SMS_ACCESS_KEY_ID, settings.ALIYUN_SMS_ACCESS_KEY_SECRET = "LTAI-1", "s3cr3t"
    settings.ALIYUN_SMS_SIGN_NAME, settings.WECOM_ENABLED = "远山集", True
    settings.ALIYUN_SMS_TEMPLATES = {"buyer_paid": "SMS_77"}
    text = staff.get(SERVICES).content.decode()
    assert "s3cr3t" not in text and "LTAI-1" not in text
    assert "SMS_77" in text and "${number}" in text and "http://127.0.0.1:8000${path}" in text


@pytest.mark.parametrize("address", [NOTICES, CHANNELS, SERVICES])
def test_a_role_over_a_part_of_the_shop_finds_nothing(address: str, cast: Cast) -> None:
    for person in (cast.liaison, cast.finance, cast.supplier_user, cast.resident):
        client = Client()
        client.force_login(person)
        assert client.get(address).status_code == 404
