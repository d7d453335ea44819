"""The staff's pages of stock: what they show, every act with its reason, and files that act once."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from oscar.apps.catalogue.models import Product

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.models import PurchaseLimit
from shop.ordering.models import StockBalance
from shop.ordering.stock_alerts import refresh_stock_alerts
from shop.ordering.stock_models import GoodsLot, StockFile, StockLocation, StockRule
from tests.factories import Cast, make_cast, make_product, make_supplier, make_user, place
from tests.factories.stock import make_lot, make_place
from tests.test_junk_input import JUNK

pytestmark = pytest.mark.django_db
LIST = "/dashboard/stock/"
FILES = "/dashboard/stock/files/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def staff(cast: Cast) -> Client:
    return client_of(cast.staff)


@pytest.fixture
def tea() -> Product:
    return make_product(sku="t", stock=10)


def page_of(product: Product) -> str:
    return f"{LIST}{product.stockrecords.get().pk}/"


def send(client: Client, product: Product, act: str, **fields: object) -> object:
    """Send the form of an act as the page gave it."""
    seen = client.get(page_of(product)).context["seen"]
    return client.post(page_of(product), {"act": act, "seen": seen, **fields})


def shelf() -> dict[tuple[str, str, str], tuple[int, int]]:
    rows = StockBalance.objects.values_list("pool", "lot", "location", "on_hand", "allocated")
    return {(pool, lot, place): (on_hand, allocated) for pool, lot, place, on_hand, allocated in rows}


def test_the_list_finds_goods_by_sku_name_supplier_lot_and_place(staff: Client, tea: Product) -> None:
    seller = make_supplier(code="honey", name_zh="龙泉蜂业")
    honey = make_product(sku="h", name_zh="土蜂蜜", supplier=seller, stock=0)
    make_place(code="store")
    make_lot(product=honey, code="2026-A", units=4, location="store")
    place(lines=[(tea, 3)])
    rows = staff.get(LIST).context["rows"]
    assert [(row["record"].partner_sku, row["sums"]["retail"].free, row["lots"]) for row in rows] == [
        ("h", 4, 1),
        ("t", 7, 0),
    ]
    for query, skus in (
        ("h", ["h"]),
        ("蜂蜜", ["h"]),
        ("龙泉", ["h"]),
        ("2026", ["h"]),
        ("STORE", ["h"]),
        ("?", []),
    ):
        found = staff.get(LIST, {"q": query}).context["rows"]
        assert [row["record"].partner_sku for row in found] == skus, query


@pytest.mark.data
def test_stock_is_corrected_with_a_reason_and_once(staff: Client, cast: Cast, tea: Product) -> None:
    place(lines=[(tea, 4)])
    balance, seen = StockBalance.objects.get(), staff.get(page_of(tea)).context["seen"]
    form = {"act": "adjust", "seen": seen, "balance": balance.pk, "delta": "-2", "reason": "破损"}
    assert staff.post(page_of(tea), form).status_code == 302
    again = staff.post(page_of(tea), form)
    assert again.status_code == 422
    assert "请重新查看" in again.content.decode()
    assert shelf() == {("retail", "", ""): (8, 4)}
    text = staff.get(page_of(tea)).content.decode()
    assert "破损" in text
    assert str(cast.staff) in text
    for wrong in ({"delta": "-5"}, {"delta": "0"}, {"delta": "x"}, {"reason": ""}, {"balance": "0"}):
        values = {"balance": balance.pk, "delta": "1", "reason": "x", **wrong}
        assert send(staff, tea, "adjust", **values).status_code == 422  # type: ignore[attr-defined]
    assert shelf() == {("retail", "", ""): (8, 4)}


def test_lots_come_in_move_and_are_corrected(staff: Client, tea: Product) -> None:
    make_place(code="store")
    day = clock.today() + dt.timedelta(days=90)
    send(
        staff, tea, "receive", code="A", units="6", expires_on=day, pool="retail", location="", reason="到货"
    )
    lot = StockBalance.objects.get(lot="A")
    send(staff, tea, "move", balance=lot.pk, pool="bulk", location="store", units="2", reason="工会订单")
    assert shelf() == {
        ("retail", "", ""): (10, 0),
        ("retail", "A", ""): (4, 0),
        ("bulk", "A", "store"): (2, 0),
    }
    refused = send(staff, tea, "move", balance=lot.pk, pool="bulk", location="", units="5", reason="x")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    send(staff, tea, "lot", lot=GoodsLot.objects.get().pk, produced_on="", expires_on="", reason="看错")
    assert not StockBalance.objects.exclude(expires_on=None).exists()
    actions = set(JournalEntry.objects.filter(object_type="stock").values_list("action", flat=True))
    assert actions == {"stock.received", "stock.moved", "stock.lot_corrected"}
    assert staff.get(page_of(tea)).status_code == 200


def test_thresholds_and_limits_are_kept(staff: Client, tea: Product) -> None:
    send(staff, tea, "rule", low_at="3", unsold_days="")
    assert list(StockRule.objects.values_list("low_at", "unsold_days")) == [(3, None)]
    send(staff, tea, "limit", units="2", days="30", starts_on=clock.today(), ends_on="")
    assert list(PurchaseLimit.objects.values_list("units", "days", "ends_on")) == [(2, 30, None)]
    text = Client().get(tea.get_absolute_url()).content.decode()
    assert "每人 30 天内限购 2 件" in text
    assert send(staff, tea, "limit", units="2", days="0", starts_on="").status_code == 422  # type: ignore[attr-defined]
    assert staff.post(page_of(tea), {"act": "gone"}).status_code == 400


def test_places_are_added_and_renamed(staff: Client) -> None:
    for name in ("萧山惠农馆", "惠农馆"):
        staff.post(f"{LIST}places/", {"code": "store", "name": name, "supplier": ""})
    assert list(StockLocation.objects.values_list("code", "name")) == [("store", "惠农馆")]
    assert staff.post(f"{LIST}places/", {"code": "a b", "name": ""}).status_code == 422
    assert JournalEntry.objects.filter(object_type="stocklocation").count() == 2


@pytest.mark.data
def test_a_file_is_looked_at_confirmed_and_applied_once(staff: Client, tea: Product) -> None:
    book = load_workbook(io.BytesIO(staff.get(f"{FILES}list.xlsx").content))
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    sheet.cell(row=2, column=names.index("变动数量") + 1, value="+5")
    raw = io.BytesIO()
    book.save(raw)

    def upload() -> str:
        file = SimpleUploadedFile("库存.xlsx", raw.getvalue())
        return str(staff.post(FILES, {"file": file})["Location"])

    address = upload()
    page = staff.get(address)
    assert [(one.delta, one.on_hand) for one in page.context["changes"]] == [(5, 10)]
    assert shelf() == {("retail", "", ""): (10, 0)}
    assert staff.post(address).status_code == 302
    assert upload() == address
    assert staff.post(address).status_code == 302
    assert shelf() == {("retail", "", ""): (15, 0)}
    assert "再次上传" in staff.get(address).content.decode()
    assert StockFile.objects.get().changed == 1


def test_a_file_with_bad_rows_names_them_and_applies_nothing(staff: Client, tea: Product) -> None:
    raw = "货号,变动数量,版本\nt,5,0\nx,1,\nt,1,9\n".encode("gbk")
    address = staff.post(FILES, {"file": SimpleUploadedFile("s.csv", raw)})["Location"]
    text = staff.get(address).content.decode()
    assert "第 3 行" in text
    assert "没有这个货号" in text
    assert staff.post(address).status_code == 422
    assert shelf() == {("retail", "", ""): (10, 0)}
    for wrong in (b"", b"PK\x03\x04", b"a,b\n1,2\n"):
        assert staff.post(FILES, {"file": SimpleUploadedFile("s.csv", wrong)}).status_code == 422
    assert staff.get(f"{FILES}list.exe").status_code == 404


def test_alerts_stand_in_the_queue_and_on_the_pages_of_both(staff: Client, cast: Cast) -> None:
    supplier = make_supplier(code="own")
    make_product(sku="gone", name_zh="高山茶", supplier=supplier, stock=0)
    refresh_stock_alerts()
    items = staff.get("/dashboard/desk/?kind=stockalert").context["items"]
    assert [item.ref for item in items] == ["gone"]
    assert "高山茶" in staff.get(f"{LIST}alerts/").content.decode()
    seller = make_user(phone="+8613800000066", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "own")])
    assert "高山茶" in client_of(seller).get("/supplier/stock/alerts/").content.decode()
    other = make_supplier(code="other")
    stranger = make_user(phone="+8613800000067", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, other.code)])
    assert "高山茶" not in client_of(stranger).get("/supplier/stock/alerts/").content.decode()


def test_a_role_over_a_part_of_the_shop_sees_no_stock(tea: Product) -> None:
    client = client_of(make_user(phone="+8613800000068", grants=[(Role.STAFF, ScopeKind.REGION, "wangcang")]))
    for address in (LIST, page_of(tea), f"{LIST}alerts/", FILES, f"{LIST}places/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("act", ["adjust", "receive", "move", "lot", "rule", "limit"])
def test_junk_in_a_form_changes_nothing(staff: Client, tea: Product, act: str) -> None:
    make_lot(product=tea, code="A", units=3)
    days = ["days", "ends_on", "expires_on", "produced_on", "starts_on"]
    names = [
        *days,
        "balance",
        "code",
        "delta",
        "location",
        "lot",
        "low_at",
        "pool",
        "reason",
        "units",
        "unsold_days",
    ]
    before, entries = shelf(), JournalEntry.objects.count()
    for junk in JUNK.values():
        fields = dict.fromkeys(names, junk)
        if act in ("rule", "limit"):
            # What is empty lifts a limit or a threshold, which is no junk.
            fields |= {"low_at": "x", "units": "x"}
        assert send(staff, tea, act, **fields).status_code in (400, 422)  # type: ignore[attr-defined]
    assert (shelf(), JournalEntry.objects.count()) == (before, entries)
