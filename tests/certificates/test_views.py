"""The pages: anyone verifies, a resident shares, a unit and the staff ask for a PDF; nobody sees another's."""

import json
from io import BytesIO

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from PIL import Image

from shop.certificates.codes import shown_code
from shop.certificates.images import draw_pending_images, image_path, verify_link
from shop.certificates.models import Certificate, ShareImage
from shop.ordering.models import OrderRecord
from shop.reporting.tables import drill_url
from tests.certificates.cast import (
    NOW,
    own_order,
    places,
    refunded,
    resident_certificate,
    unit_certificate,
    unit_sales,
)
from tests.factories import make_cast, make_user
from tests.factories.buyers import make_organisation
from tests.factories.people import Cast
from tests.ledger.story import Story, at
from tests.reporting.test_views import table_of

pytestmark = pytest.mark.django_db

START = reverse("certificates:verify_start")
OWN = reverse("certificates:own")
UNIT = reverse("certificates:unit")


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    cache.clear()


@pytest.fixture
def cast() -> Cast:
    found = make_cast()
    make_organisation(buyer=found.union_buyer, approver=found.union_approver)
    make_organisation(code="un-002", name="另一工会", buyer=found.other_union_buyer)
    return found


@pytest.fixture
def sales() -> Story:
    return unit_sales()[0]


def page_of(certificate: Certificate) -> str:
    return reverse("certificates:verify", args=[certificate.code])


def test_anyone_verifies_a_units_certificate(sales: Story, client: Client) -> None:
    certificate = unit_certificate()
    answer = client.get(page_of(certificate))
    html = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "与账本一致" in html
    assert "萧山区教育工会" in html
    assert "演示数据" in html
    assert [row[1:] for row in table_of(html, "places")] == [
        ["60.00", "60.00"],
        ["105.00", "105.00"],
        ["165.00", "165.00"],
    ]
    assert certificate.digest in html


def test_a_later_refund_is_shown_as_amended(sales: Story, client: Client) -> None:
    certificate = unit_certificate()
    refunded(sales, 2_000, 1, day="2026-11-15")
    html = client.get(page_of(certificate)).content.decode()
    assert "已变更" in html
    assert "与账本一致" not in html
    assert [row[1:] for row in table_of(html, "places")] == [
        ["60.00", "60.00"],
        ["105.00", "85.00−20.00"],
        ["165.00", "145.00"],
    ]


def test_the_public_page_of_a_resident_names_nobody(client: Client) -> None:
    resident = make_user()
    places()
    story = own_order(resident, 1, 10_000, 5, day="2026-10-03")
    certificate = resident_certificate(resident)
    html = client.get(page_of(certificate)).content.decode()
    assert "一位居民的消费帮扶" in html
    for secret in ("王芳", "13800000001", "138****0001", story.number):
        assert secret not in html
    canonical = html.split('id="canonical">')[1].split("<")[0].replace("&quot;", '"')
    assert json.loads(canonical)["confirmed_fen"] == 10_000


@pytest.mark.parametrize("typed", ["0000 0000 0000", "abc", "' OR 1=1 --", "7K3M9Q2X4TPC9", "长" * 90])
def test_a_code_that_never_existed_gets_a_clear_page(client: Client, typed: str) -> None:
    for answer in (
        client.get(reverse("certificates:verify", args=[typed]), follow=True),
        client.get(START, {"code": typed}, follow=True),
    ):
        assert answer.status_code == 404
        assert "没有这个编号的证明" in answer.content.decode()


def test_a_typed_code_leads_to_its_certificate(sales: Story, client: Client) -> None:
    certificate = unit_certificate()
    typed = shown_code(certificate.code).lower().replace("0", "o")
    assert client.get(START, {"code": typed})["Location"] == page_of(certificate)
    assert client.get(reverse("certificates:verify", args=[typed]))["Location"] == page_of(certificate)
    assert client.get(START).status_code == 200


def test_who_walks_through_codes_is_held_up(client: Client) -> None:
    unknown = reverse("certificates:verify", args=["000000000000"])
    assert [client.get(unknown).status_code for _ in range(61)] == [404] * 60 + [429]
    assert client.get(unknown, REMOTE_ADDR="203.0.113.9").status_code == 404


def test_a_member_asks_for_a_certificate_of_the_unit(sales: Story, cast: Cast, client: Client) -> None:
    with time_machine.travel(at(NOW), tick=False):
        client.force_login(cast.union_buyer)
        page = client.get(UNIT)
        assert page.context["form"]["last"].value() == "2026-10"
        assert page.context["form"]["first"].value() == "2026-01"
        answer = client.post(UNIT, {"unit": "un-001", "first": "2026-09", "last": "2026-10"}, follow=True)
    certificate = Certificate.objects.get()
    assert (certificate.confirmed_fen, certificate.issued_by) == (16_500, cast.union_buyer.pk)
    assert shown_code(certificate.code) in answer.content.decode()
    pdf = client.get(reverse("certificates:unit_file", args=[certificate.code]))
    assert pdf.content[:5] == b"%PDF-"
    assert pdf.content == client.get(reverse("certificates:unit_file", args=[certificate.code])).content
    client.force_login(cast.other_union_buyer)
    assert client.get(reverse("certificates:unit_file", args=[certificate.code])).status_code == 404
    assert shown_code(certificate.code) not in client.get(UNIT).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"unit": "un-001", "first": "2026-10", "last": "2026-09"},
        {"unit": "un-001", "first": "2026-10", "last": "2026-11"},
        {"unit": "un-002", "first": "2026-09", "last": "2026-10"},
        {"unit": "un-001"},
        {},
    ],
)
def test_what_cannot_be_certified_is_said_on_the_page(
    sales: Story, cast: Cast, client: Client, data: dict[str, str]
) -> None:
    client.force_login(cast.union_buyer)
    with time_machine.travel(at(NOW), tick=False):
        answer = client.post(UNIT, data)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Certificate.objects.exists()


def test_staff_issue_it_and_an_auditor_reads(sales: Story, cast: Cast, client: Client) -> None:
    address = reverse("certificates:organisation", args=["un-001"])
    wanted = {"unit": "un-001", "first": "2026-09", "last": "2026-10"}
    client.force_login(cast.auditor)
    assert client.get(address).status_code == 200
    assert client.post(address, wanted).status_code == 404
    assert not Certificate.objects.exists()
    client.force_login(cast.staff)
    with time_machine.travel(at(NOW), tick=False):
        assert client.post(address, wanted).status_code == 302
    certificate = Certificate.objects.get()
    for reader in (cast.staff, cast.auditor):
        client.force_login(reader)
        assert client.get(reverse("certificates:staff_file", args=[certificate.code])).status_code == 200


def test_a_resident_makes_a_picture_and_shares_it(client: Client) -> None:
    resident, other = make_user(), make_user(phone="+8613800000002", name="李明")
    places()
    own_order(resident, 1, 10_000, 5, day="2026-10-03")
    client.force_login(resident)
    with time_machine.travel(at(NOW), tick=False):
        assert ">100.00<" in client.get(OWN).content.decode()
        assert "图片绘制中" in client.post(OWN, {"year": "2026"}, follow=True).content.decode()
        certificate = Certificate.objects.get()
        address = reverse("certificates:image", args=[certificate.code])
        assert client.get(address).status_code == 404
        assert draw_pending_images() == 1
        assert draw_pending_images() == 0
        assert address in client.get(OWN).content.decode()
    answer = client.get(address)
    assert answer["Content-Type"] == "image/png"
    with Image.open(BytesIO(b"".join(answer))) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1440))
    client.force_login(other)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302
    assert verify_link(certificate).endswith(f"/verify/{certificate.code}/")


def test_the_record_shows_every_year_by_place_and_month(client: Client) -> None:
    resident, other = make_user(), make_user(phone="+8613800000002", name="李明")
    places()
    own_order(resident, 1, 10_000, 5, day="2026-10-03")
    own_order(resident, 2, 2_500, day="2026-09-20")
    own_order(other, 3, 777, day="2026-09-21")
    client.force_login(resident)
    with time_machine.travel(at(NOW), tick=False):
        OrderRecord.objects.filter(buyer=resident).update(placed_at=at("2025-12-30"))
        this_year, last_year = client.get(OWN).context, client.get(OWN, {"year": "2025"}).context
        unknown = client.get(OWN, {"year": "1999"}).context
    record = this_year["record"]
    assert (this_year["years"], record.fen) == ([2026, 2025], 12_500)
    assert [(f"{month:%Y-%m}", fen) for month, fen in record.months] == [
        ("2026-09", 2_500),
        ("2026-10", 10_000),
    ]
    assert [(place.slug, place.fen) for place in record.places] == [("wangcang", 12_500)]
    assert (last_year["year"], last_year["record"].fen, last_year["record"].months) == (2025, 0, [])
    assert unknown["year"] == 2026


def test_a_lost_picture_is_drawn_again(client: Client) -> None:
    resident = make_user()
    places()
    own_order(resident, 1, 10_000, day="2026-10-03")
    certificate = resident_certificate(resident)
    draw_pending_images()
    image_path(certificate).unlink()
    client.force_login(resident)
    address = reverse("certificates:image", args=[certificate.code])
    assert client.get(address).status_code == 404
    assert ShareImage.objects.get().ready_at is None
    draw_pending_images()
    assert b"".join(client.get(address))[:4] == b"\x89PNG"


def test_without_a_confirmed_purchase_there_is_nothing_to_share(client: Client) -> None:
    client.force_login(make_user())
    answer = client.post(OWN, {"year": "2026"})
    assert answer.status_code == 422
    assert not Certificate.objects.exists()


def test_the_figure_of_a_unit_leads_to_its_certificates(sales: Story, cast: Cast, client: Client) -> None:
    query = {"start": "2026-10-01", "end": "2026-10-31", "organisation": "un-001"}
    figure = drill_url(query, measure="confirmed")
    address = reverse("certificates:organisation", args=["un-001"])
    for reader, leads in ((cast.staff, True), (cast.auditor, True), (cast.liaison, False)):
        client.force_login(reader)
        page = client.get(figure)
        assert (page.status_code, address in page.content.decode()) == (200, leads)
        assert client.get(address).status_code == (200 if leads else 404)
