"""The pages of after-sales: buyer, guest, supplier and staff; what was typed stays when a photo is refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from shop.accounts.models import Role, ScopeKind
from shop.files.models import StoredFile
from shop.files.services import encode_photos
from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnRequest
from shop.ordering.models import RefundRequest
from shop.ordering.numbers import guest_token
from shop.ordering.status import Step
from shop.ordering.transitions import write_step
from tests.factories import Cast, make_cast, make_user
from tests.fulfilment.cast import Mixed, mixed_order
from tests.fulfilment.returns_cast import SUPPLIER, TEA_CO, delivered, opened, photo, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def mixed(cast: Cast) -> Mixed:
    return delivered(buyer=cast.resident)


def of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def supplier(code: str) -> Client:
    phone = {"tea-co": "+8613800000021", "pear-co": "+8613800000022"}[code]
    return of(make_user(phone=phone, grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)]))


def typed(mixed: Mixed, **changes: Any) -> dict[str, Any]:
    return {
        "reason": "damaged",
        "kind": "refund_only",
        f"units_{mixed.tea.pk}": "1",
        "amount": "",
        "details": "罐子碎了一半",
        "photos": [photo()],
        "form_key": "k1",
    } | changes


def ask(client: Client, mixed: Mixed, **changes: Any) -> Any:
    page = f"/orders/{mixed.record.number}/returns/new/{mixed.first.pk}/"
    return client.post(page, typed(mixed, **changes))


def test_a_buyer_asks_and_follows_the_case(cast: Cast, mixed: Mixed) -> None:
    buyer = of(cast.resident)
    number = mixed.record.number
    page = buyer.get(f"/orders/{number}/").content.decode()
    assert f"/orders/{number}/returns/" in page
    listed = buyer.get(f"/orders/{number}/returns/").content.decode()
    assert "15天" in listed
    assert "木门茶业" in listed
    answer = ask(buyer, mixed)
    case = ReturnRequest.objects.get()
    assert answer["Location"] == f"/orders/{number}/returns/{case.number}/"
    shown = buyer.get(answer["Location"]).content.decode()
    for text in ("等待供应商处理", "罐子碎了一半", "¥100.00", case.number):
        assert text in shown
    order = buyer.get(f"/orders/{number}/").content.decode()
    assert "等待供应商处理" in order
    tab = buyer.get("/orders/?tab=refunds").context["orders"]
    assert [(row["number"], row["state_text"]) for row in tab] == [(number, "售后处理中")]
    assert buyer.post(f"{answer['Location']}withdraw/").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert buyer.get("/orders/?tab=refunds").context["orders"] == []


def test_a_guest_does_it_through_the_orders_link() -> None:
    mixed = delivered()
    number = mixed.record.number
    guest, stranger = Client(), Client()
    assert ask(stranger, mixed).status_code == 404
    guest.get(f"/o/{number}/{guest_token(number)}/")
    assert ask(guest, mixed).status_code == 302
    case = ReturnRequest.objects.get()
    assert (case.opened_by, StoredFile.objects.get().uploaded_by) == (None, None)
    page = f"/orders/{number}/returns/{case.number}/"
    assert guest.get(page).status_code == 200
    assert stranger.get(page).status_code == 404


def test_nobody_else_finds_a_case(cast: Cast, mixed: Mixed) -> None:
    case = opened(mixed, actor_id=cast.resident.pk)
    number, other = mixed.record.number, of(cast.other_resident)
    assert other.get(f"/orders/{number}/returns/").status_code == 404
    page = f"/orders/{number}/returns/{case.number}/"
    for client in (other, Client()):
        assert client.get(page).status_code == 404
        for act in ("withdraw/", "shop/", "sent/"):
            assert client.post(page + act, {"note": "x"}).status_code == 404
    # A case of another order of one's own address does not open either.
    assert of(cast.resident).get(f"/orders/{number}/returns/{number}-A9/").status_code == 404
    pear = supplier("pear-co")
    assert pear.get(f"/supplier/returns/{case.pk}/").status_code == 404
    for act in ("agree/", "refuse/", "shop/", "arrived/"):
        assert pear.post(f"/supplier/returns/{case.pk}/{act}", {"note": "x"}).status_code == 404
    assert case.number not in pear.get("/supplier/returns/?tab=done").content.decode()
    assert of(cast.finance).get(f"/dashboard/returns/{case.pk}/").status_code == 404
    case.refresh_from_db()
    assert case.state == "requested"


def png_bomb() -> bytes:
    """Return a picture of a few bytes that says it is 50,000 × 50,000."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


HOSTILE = {
    "bomb": ("jar.png", png_bomb()),
    "svg": ("jar.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "html": ("jar.jpg", b"<html><script>alert(1)</script></html>"),
    "half a jpeg": ("jar.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 40),
    "empty": ("jar.png", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_photo_is_refused_in_words_and_what_was_typed_stays(
    cast: Cast, mixed: Mixed, name: str
) -> None:
    file_name, body = HOSTILE[name]
    upload = SimpleUploadedFile(file_name, body, content_type="image/png")
    answer = ask(of(cast.resident), mixed, photos=[upload], amount="12.50")
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == ["photos"]
    shown = answer.content.decode()
    assert "罐子碎了一半" in shown
    assert 'value="12.50"' in shown
    assert 'value="damaged"' in shown
    assert not ReturnRequest.objects.exists()
    assert not RefundRequest.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_polyglot_is_drawn_anew(cast: Cast, mixed: Mixed) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(buffer, "PNG")
    upload = SimpleUploadedFile("jar.png", buffer.getvalue() + b"<script>alert(1)</script>")
    buyer = of(cast.resident)
    assert ask(buyer, mixed, photos=[upload]).status_code == 302
    assert encode_photos() == 1
    page = buyer.get(f"/orders/{mixed.record.number}/returns/{ReturnRequest.objects.get().number}/")
    sent = buyer.get(page.context["photos"][0].url).content
    assert (sent[:4], b"script" in sent) == (b"RIFF", False)


def test_a_refusal_stands_at_its_field(cast: Cast, mixed: Mixed) -> None:
    buyer = of(cast.resident)
    for changes, field in (
        ({"photos": []}, "photos"),
        ({"amount": "100.01"}, "amount"),
        ({"kind": "return_refund", "reason": "missing"}, "kind"),
        ({f"units_{mixed.tea.pk}": "4"}, f"units_{mixed.tea.pk}"),
        ({"reason": ""}, "reason"),
    ):
        answer = ask(buyer, mixed, **changes)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not ReturnRequest.objects.exists()


def test_a_supplier_sees_the_time_left_and_agrees(cast: Cast, mixed: Mixed) -> None:
    case = opened(mixed, actor_id=cast.resident.pk)
    tea = supplier("tea-co")
    desk = tea.get("/supplier/?tab=after_sales").content.decode()
    assert f"/supplier/returns/{case.pk}/" in desk
    assert "内处理" in desk
    page = tea.get(f"/supplier/returns/{case.pk}/").content.decode()
    assert "破损" in page
    assert tea.post(f"/supplier/returns/{case.pk}/refuse/", {"note": ""}).status_code == 422
    assert tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": "抱歉"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "agreed"
    # Pressed once more it is refused in words.
    again = tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": ""})
    assert again.status_code == 422


def test_goods_go_back_and_are_looked_at(cast: Cast, mixed: Mixed) -> None:
    case = opened(mixed, kind="return_refund", reason="changed_mind", photos=[], actor_id=cast.resident.pk)
    tea, buyer = supplier("tea-co"), of(cast.resident)
    assert tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": ""}).status_code == 422
    tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": "木门镇1号"})
    page = f"/orders/{mixed.record.number}/returns/{case.number}/"
    assert "木门镇1号" in buyer.get(page).content.decode()
    bad = buyer.post(f"{page}sent/", {"courier": "邮政EMS", "tracking_number": "12"})
    assert bad.status_code == 422
    buyer.post(f"{page}sent/", {"courier": "邮政EMS", "tracking_number": "EA123456789CN"})
    assert tea.post(f"/supplier/returns/{case.pk}/arrived/", {f"good_{mixed.tea.pk}": "9"}).status_code == 422
    tea.post(f"/supplier/returns/{case.pk}/arrived/", {f"good_{mixed.tea.pk}": "1", "note": ""})
    case.refresh_from_db()
    assert (case.state, case.items.get().good_units) == ("arrived", 1)


def test_the_staff_decide_what_is_handed_to_them(cast: Cast, mixed: Mixed) -> None:
    case = opened(mixed, kind="replace", actor_id=cast.resident.pk)
    staff = of(cast.staff)
    assert staff.get("/dashboard/returns/").context["page_obj"].paginator.count == 0
    services.escalate_return(
        scope=TEA_CO, case_id=case.pk, by=services.By.SUPPLIER, note="卖完了", actor_id=SUPPLIER
    )
    assert list(staff.get("/dashboard/returns/").context["page_obj"]) == [case]
    queue = staff.get("/dashboard/desk/?kind=return").context["items"].object_list
    assert [(item.kind, item.order) for item in queue] == [("return", mixed.record.number)]
    page = f"/dashboard/returns/{case.pk}/"
    assert "卖完了" in staff.get(page).content.decode()
    assert staff.post(f"{page}decide/", {"decision": "refund", "note": ""}).status_code == 422
    assert staff.post(f"{page}decide/", {"decision": "refund", "note": "退款"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.fen) == ("agreed", 10_000)
    late = of(cast.second_staff).post(f"{page}decide/", {"decision": "close", "note": "不退"})
    assert late.status_code == 422
    history = staff.get(f"/dashboard/orders/{mixed.record.number}/").content.decode()
    assert "同意售后" in history
    assert case.number in history


def test_the_refund_page_is_for_what_was_not_shipped(cast: Cast) -> None:
    mixed = mixed_order(buyer=cast.resident)
    sign(mixed.first)
    buyer = of(cast.resident)
    page = f"/orders/{mixed.record.number}/refund/"
    form = buyer.get(page).context["form"]
    assert list(form.fields) == [f"units_{mixed.pears.pk}", "reason"]
    taken = buyer.post(page, {f"units_{mixed.tea.pk}": 1, "reason": "x"})
    assert taken.status_code == 200
    assert not RefundRequest.objects.exists()
    buyer.post(page, {f"units_{mixed.pears.pk}": 4, "reason": "不要了"})
    request = RefundRequest.objects.get()
    assert (request.fen, request.approved_at is not None) == (10_000, True)


def test_an_order_that_ran_out_of_time_says_so_in_words(cast: Cast) -> None:
    record = mixed_order(buyer=cast.resident).record
    write_step(record, Step.CLOSED, reason="expired")
    page = of(cast.staff).get(f"/dashboard/orders/{record.number}/").content.decode()
    assert "超时未付款" in page
    assert "expired" not in page
