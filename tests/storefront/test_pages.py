import re

import pytest
from django.test import Client, override_settings

from shop.accounts.models import Role, ScopeKind
from shop.gateways.models import HostedPayment
from shop.gateways.services import start_payment
from shop.storefront import pieces
from tests.database import ROOT
from tests.factories import make_cast, make_region, make_supplier, make_target, make_user, place
from tests.forks.shopping import make_categories, shiitake, tea

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url",
    ["/", "/regions/", "/method/", "/terms/", "/privacy/", "/account/", "/orders/", "/basket/", "/healthz"],
)
def test_public_pages_open_in_an_empty_shop(client: Client, url: str) -> None:
    assert client.get(url).status_code == 200


def test_home_shows_places_with_targets_and_goods(client: Client) -> None:
    make_categories()
    tea()
    shiitake()
    make_target(region=make_region(), year=2026, target_fen=1_000_000)
    context = client.get("/").context
    assert {card.name: card.target_fen for card in context["regions"]} == {"旺苍县": 1_000_000, "龙泉市": 0}
    assert {category["name"] for category in context["categories"]} == {"茶叶", "菌菇"}


def test_a_place_has_its_own_page(client: Client) -> None:
    tea()
    shiitake()
    context = client.get("/regions/longquan/").context
    assert context["region"].name == "龙泉市"
    assert [card.title for card in context["cards"]] == ["龙泉香菇"]


def test_large_print_is_kept_in_a_cookie(client: Client) -> None:
    answer = client.post("/elder-mode/", {"on": "1", "next": "/method/"})
    assert answer["Location"] == "/method/"
    page = client.get("/method/").content.decode()
    assert "data-elder" in page
    assert re.findall(r'<meta name="theme-color" ([^>]*)>', page) == ['content="#ffffff"']
    client.post("/elder-mode/", {"on": "0", "next": "//elsewhere.example.com"})
    page = client.get("/method/").content.decode()
    assert "data-elder" not in page
    assert re.findall(r'<meta name="theme-color" ([^>]*)>', page) == [
        'content="#fbf8f1" media="(prefers-color-scheme: light)"',
        'content="#1c1a17" media="(prefers-color-scheme: dark)"',
    ]


def test_the_language_can_be_switched(client: Client) -> None:
    make_region()
    client.post("/accounts/language/", {"language": "en", "next": "/"})
    assert "What you buy counts" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("role", "kind", "code", "lands"),
    [
        (Role.SUPPLIER, ScopeKind.SUPPLIER, "wangcang-tea", "/supplier/"),
        (Role.STAFF, ScopeKind.ALL, "", "/dashboard/desk/"),
        (Role.FINANCE, ScopeKind.ALL, "", "/dashboard/desk/"),
    ],
)
def test_people_land_at_their_work(
    client: Client, role: Role, kind: ScopeKind, code: str, lands: str
) -> None:
    make_supplier()
    client.force_login(make_user(grants=[(role, kind, code)]))
    assert client.get("/landing/")["Location"] == lands


def test_residents_land_on_their_own_page_and_guests_at_the_login(client: Client) -> None:
    assert client.get("/landing/")["Location"].startswith("/accounts/login/")
    client.force_login(make_cast().resident)
    assert client.get("/landing/")["Location"] == "/account/"


def test_the_style_guide_is_for_development(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404
    with override_settings(DEBUG=True):
        assert client.get("/styleguide/").status_code == 200


def test_the_style_guide_shows_every_component(client: Client) -> None:
    # A kept piece is not drawn again, so nothing is kept.
    for kept in pieces._KEPT:
        kept.cache_clear()
    with override_settings(DEBUG=True):
        shown = {template.name for template in client.get("/styleguide/").templates}
    folder = ROOT / "templates"
    components = {
        path.relative_to(folder).as_posix() for path in (folder / "shop" / "components").glob("*.html")
    }
    assert components - shown == set()


def test_only_pictures_are_served(client: Client, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a-400.webp").write_bytes(b"picture")
    (tmp_path / "pictures" / "a.html").write_text("x")
    (tmp_path / "secret.webp").write_bytes(b"x")
    answer = client.get("/media/pictures/a-400.webp")
    assert b"".join(answer) == b"picture"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    for name in ("a.html", "..%2Fsecret.webp", "missing.webp", ".webp"):
        assert client.get(f"/media/pictures/{name}").status_code == 404


def test_the_demonstration_payment_can_be_chosen(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    record = place(lines=[(tea(), 1)], buyer=user)
    start_payment(record=record, method="demo")
    page = client.get(f"/demo-pay/{HostedPayment.objects.get().token}/").content.decode()
    assert re.findall(r'name="choice" value="([a-z]*)"', page) == ["succeed", "fail", "late", "duplicate"]
