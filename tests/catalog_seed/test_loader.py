import csv
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from oscar.apps.catalogue.models import Category, Product

from catalog_seed.jobs import draw_pending_pictures
from catalog_seed.loader import STARTS_ON, load, read
from shop.accounts.scope import Scope
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.upsert import Change
from shop.listings.models import (
    Certification,
    FreightRate,
    Listing,
    ListingState,
    PriceTier,
    ProductOrigin,
    ProductPicture,
)
from shop.listings.services import approve_price, propose_price, withdraw_product
from shop.ordering.models import StockBalance
from shop.ordering.services import set_stock
from shop.regions.models import Pairing, PartnerRegion, SupportFact, SupportTarget, Township, Village
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.services import suspend_supplier

DATA = Path(__file__).resolve().parents[2] / "catalog_seed" / "data"
KEPT = ("WC-TEA-001", "LQ-TEA-001", "KD-BOX-001", "GZ-CRN-001")


class Folder:
    """A copy of the seed with few products, to be spoilt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(DATA, path)
        rows = self.rows("products.csv")
        place = rows[0].index("sku")
        self.write("products.csv", [rows[0], *(row for row in rows if row[place] in KEPT)])

    def rows(self, file: str) -> list[list[str]]:
        with (self.path / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.reader(opened))

    def write(self, file: str, rows: list[list[str]]) -> None:
        with (self.path / file).open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(rows)

    def spoil(self, file: str, line: int, column: str, value: str) -> None:
        rows = self.rows(file)
        rows[line - 1][rows[0].index(column)] = value
        self.write(file, rows)

    def seed(self, *options: str) -> str:
        out = StringIO()
        call_command("seed_catalogue", *options, path=self.path, stdout=out)
        return out.getvalue()

    def faults(self) -> list[str]:
        """Return what a refused load printed, after making sure that it wrote nothing."""
        err = StringIO()
        with pytest.raises(CommandError) as refused:
            call_command("seed_catalogue", path=self.path, stderr=err)
        assert refused.value.returncode == 1
        assert not PartnerRegion.objects.exists()
        assert not Product.objects.exists()
        assert not JournalEntry.objects.exists()
        return err.getvalue().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "seed")


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker) -> Iterator[object]:
    """The whole seed, loaded once for this module's first tests and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        data, faults = read(DATA)
        assert faults == []
        yield load(data), data
        transaction.set_rollback(True)


class TestWholeSeed:
    def test_every_table_has_its_rows(self, whole):
        counts = {
            model: model.objects.count()
            for model in (PartnerRegion, Pairing, Village, Supplier, Category, Product, Certification)
        }
        assert counts == {
            PartnerRegion: 5,
            Pairing: 5,
            Village: 31,
            Supplier: 57,
            Category: 69,
            Product: 300,
            Certification: 7,
        }
        assert Township.objects.filter(villages__isnull=False).distinct().count() == 28
        assert FreightRate.objects.count() == 57 * 34
        assert StockBalance.objects.count() == 600
        assert ProductPicture.objects.filter(ready_at=None).count() == 300
        assert Listing.objects.filter(state=ListingState.PUBLISHED, product__is_public=True).count() == 300

    def test_a_published_figure_is_never_a_target(self, whole):
        assert SupportTarget.objects.count() == 30
        assert not SupportTarget.objects.filter(demo=False).exists()
        facts = SupportFact.objects.order_by("region__slug").values_list(
            "region__slug", "metric", "amount_fen"
        )
        assert list(facts) == [
            ("longquan", "annual_total", 1000000000),
            ("wangcang", "store_first_10_days_retail", 38000000),
        ]

    def test_real_firms_are_marked_and_everything_is_demonstration(self, whole):
        assert Supplier.objects.filter(is_sourced=True).count() == 19
        assert Supplier.objects.filter(demo=True, state=SupplierState.ADMITTED).count() == 57
        assert Listing.objects.filter(demo=True).count() == 300
        assert ProductOrigin.objects.filter(demo=True).count() == 300

    def test_tiers_are_stored_in_fen(self, whole):
        rows = PriceTier.objects.filter(product__listing__sku="WC-TEA-001")
        assert list(rows.values_list("min_quantity", "price_fen")) == [(10, 16128), (50, 15456)]

    def test_the_regions_take_turns_in_lists(self, whole):
        first = Listing.objects.order_by("position")[:5]
        assert {listing.product.origin.region.slug for listing in first} == {
            "wangcang",
            "longquan",
            "kangding",
            "lvyuan",
            "gongzhuling",
        }

    def test_a_second_load_writes_nothing(self, whole):
        entries = JournalEntry.objects.count()
        report = load(whole[1])
        assert report.written == 0
        assert report.tables["products"] == {Change.UNCHANGED: 300}
        assert JournalEntry.objects.count() == entries


@pytest.mark.django_db
class TestSeeding:
    def test_a_check_writes_nothing(self, folder):
        assert "4" in folder.seed("--check")
        assert not PartnerRegion.objects.exists()

    def test_a_changed_cell_changes_its_row_only(self, folder):
        folder.seed()
        line = next(number for number, row in enumerate(folder.rows("products.csv"), 1) if row[0] == KEPT[0])
        folder.spoil("products.csv", line, "price_fen", "17000")
        data, faults = read(folder.path)
        report = load(data)
        assert faults == []
        assert report.tables["products"] == {Change.CHANGED: 1, Change.UNCHANGED: 3}
        assert report.tables["price_tiers"] == {Change.CHANGED: 1, Change.UNCHANGED: 3}
        assert Listing.objects.get(sku=KEPT[0]).price_fen == 17000

    def test_a_new_name_asks_for_a_new_picture(self, folder):
        folder.seed()
        key = ProductPicture.objects.get(product__listing__sku=KEPT[0]).key
        line = next(number for number, row in enumerate(folder.rows("products.csv"), 1) if row[0] == KEPT[0])
        folder.spoil("products.csv", line, "name_zh", "米仓山茶·新名")
        folder.seed()
        assert ProductPicture.objects.get(product__listing__sku=KEPT[0]).key != key

    def test_what_people_and_sales_did_since_is_kept(self, folder):
        folder.seed()
        listing = Listing.objects.get(sku=KEPT[0])
        withdraw_product(sku=KEPT[0], reason="季节已过", actor_id=None)
        set_stock(stockrecord=listing.product.stockrecords.get(), pool="retail", on_hand=3)
        suspend_supplier(code=listing.supplier.code, on=STARTS_ON, reason="资质过期", actor_id=None)
        folder.seed()
        listing.refresh_from_db()
        assert listing.state == ListingState.WITHDRAWN
        assert Supplier.objects.get(pk=listing.supplier_id).state == SupplierState.SUSPENDED
        assert StockBalance.objects.get(stockrecord__product=listing.product, pool="retail").on_hand == 3

    def test_a_byte_order_mark_and_windows_line_ends_are_read(self, folder):
        for path in folder.path.glob("*.csv"):
            text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
            path.write_bytes(b"\xef\xbb\xbf" + text.encode())
        folder.seed()
        assert Product.objects.count() == 4

    @pytest.mark.parametrize(
        ("file", "line", "column", "value", "reason"),
        [
            ("products.csv", 2, "price_fen", "0", "0 不在 1 和 1000000000 之间"),
            ("products.csv", 2, "price_fen", "１２", "“１２”不是整数"),
            ("products.csv", 2, "price_fen", "12.5", "“12.5”不是整数"),
            ("products.csv", 3, "region_slug", "nowhere", "“nowhere”不在 regions.csv 中"),
            ("products.csv", 3, "supplier_key", "wc-77", "“wc-77”不在 suppliers.csv 中"),
            ("products.csv", 4, "category", "tea/none", "“tea/none”不在 categories.csv 中"),
            ("products.csv", 2, "certification", "gi:none", "“gi:none”不在 certifications.csv 中"),
            ("products.csv", 2, "bulk_tiers", "10:1.2", "“10:1.2”不是形如 10:0.96 的阶梯价"),
            (
                "products.csv",
                2,
                "bulk_tiers",
                "9:0.9;9:0.8",
                "“9:0.9;9:0.8”中的数量须从 2 起递增、价格须递减",
            ),
            ("products.csv", 2, "name_zh", "", "不能为空"),
            ("products.csv", 2, "name_zh", "茶\x07", "含有控制字符"),
            ("products.csv", 2, "name_zh", "茶" * 81, "超过 80 个字（81）"),
            ("products.csv", 2, "ingredients", "", "packaged_food 类商品的这一项不能为空"),
            (
                "products.csv",
                2,
                "licence_no",
                "SC10151082100123",
                "示例标签上只能填“演示-无编号”，不得编造许可编号",
            ),
            ("products.csv", 2, "gross_weight_g", "1", "小于 net_weight_g"),
            ("products.csv", 2, "tax_rate", "10", "“10”不是 0, 1, 3, 6, 9, 13 之一"),
            ("products.csv", 2, "fact_source_url", "source:none", "“source:none”不在 sources.csv 中"),
            (
                "products.csv",
                2,
                "fact_source_url",
                "javascript:x",
                "“javascript:x”不符合 https://… / source:key 的写法",
            ),
            ("pairings.csv", 2, "ends_on", "2020-01-01", "早于 starts_on"),
            ("pairings.csv", 2, "starts_on", "2021-02-30", "“2021-02-30”不是形如 2026-01-31 的日期"),
            ("pairings.csv", 2, "programme_slug", "none", "“none”不在 programmes.csv 中"),
            ("categories.csv", 3, "parent_slug", "honey", "与 slug“tea/green-tea”的上级不符"),
            ("suppliers.csv", 2, "contact_email", "no", "“no”不是电子邮件地址"),
            ("freight.csv", 2, "first_kg_fen", "", "送货的地方不能为空"),
            ("provinces.csv", 2, "name_zh", "萧山省", "“萧山省”不是地区数据中的省份"),
        ],
    )
    def test_a_fault_is_named_by_file_line_column_and_reason(self, folder, file, line, column, value, reason):
        folder.spoil(file, line, column, value)
        assert f"{file}:{line}: {column}: {reason}" in folder.faults()

    def test_every_fault_of_every_file_is_named(self, folder):
        folder.spoil("products.csv", 2, "price_fen", "x")
        folder.spoil("products.csv", 3, "unit", "")
        folder.spoil("villages.csv", 2, "region_slug", "nowhere")
        found = [line.split(": ")[0] + " " + line.split(": ")[1] for line in folder.faults()]
        assert found == ["products.csv:2 price_fen", "products.csv:3 unit", "villages.csv:2 region_slug"]

    def test_a_row_given_twice_is_named_with_the_first(self, folder):
        rows = folder.rows("products.csv")
        folder.write("products.csv", [*rows, rows[1]])
        assert folder.faults() == ["products.csv:6: sku: 与第 2 行重复"]

    def test_two_pairings_at_once_are_refused(self, folder):
        rows = folder.rows("pairings.csv")
        again = [rows[1][0], "counterpart_support", "2022-01-01", *rows[1][3:]]
        folder.write("pairings.csv", [*rows, again])
        assert folder.faults() == ["pairings.csv:7: starts_on: 与第 2 行同一地区的结对时间重叠"]

    def test_a_missing_column_and_an_unknown_one_are_named(self, folder):
        rows = folder.rows("programmes.csv")
        rows[0][1] = "name"
        folder.write("programmes.csv", rows)
        found = folder.faults()
        assert "programmes.csv:1: name_zh: 缺少这一列" in found
        assert "programmes.csv:1: name: 没有这样的列" in found

    def test_a_short_row_is_named_by_its_line(self, folder):
        rows = folder.rows("programmes.csv")
        folder.write("programmes.csv", [*rows[:2], rows[2][:1], *rows[3:]])
        assert "programmes.csv:3: -: 有 1 格，首行有 3 格" in folder.faults()

    def test_a_line_is_counted_where_the_row_begins(self, folder):
        folder.spoil("programmes.csv", 2, "name_en", "two\nlines")
        folder.spoil("programmes.csv", 3, "name_zh", "")
        found = folder.faults()
        assert "programmes.csv:2: name_en: 含有控制字符" in found
        assert "programmes.csv:4: name_zh: 不能为空" in found

    def test_a_missing_file_is_named(self, folder):
        (folder.path / "freight.csv").unlink()
        assert "freight.csv:1: -: 文件不存在或无法读取" in folder.faults()

    def test_another_encoding_is_named(self, folder):
        path = folder.path / "programmes.csv"
        path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
        assert "programmes.csv:2: -: 文件不是 UTF-8 编码，请另存为 UTF-8" in folder.faults()

    def test_quotation_marks_that_do_not_match_are_named(self, folder):
        path = folder.path / "programmes.csv"
        path.write_text(path.read_text(encoding="utf-8") + '"open', encoding="utf-8")
        assert any("引号不配对" in line for line in folder.faults())

    def test_a_file_of_a_first_line_only_is_named(self, folder):
        folder.write("products.csv", folder.rows("products.csv")[:1])
        assert "products.csv:2: -: 文件只有表头，没有数据行" in folder.faults()

    def test_a_cell_that_is_far_too_long_is_named_as_such(self, folder):
        path = folder.path / "programmes.csv"
        path.write_text(path.read_text(encoding="utf-8") + "x" * 200_000 + "\n", encoding="utf-8")
        lines = path.read_text(encoding="utf-8").count("\n")
        assert f"programmes.csv:{lines}: -: 有一格内容过长" in folder.faults()

    def test_a_placeholder_number_is_refused_where_nothing_is_a_demonstration(self, folder, settings):
        settings.SHOP_DEMO = False
        reason = "为演示占位符，而本店不是演示店"
        assert f"products.csv:2: licence_no: {reason}" in folder.faults()


@pytest.mark.django_db
class TestPictures:
    def test_pending_pictures_are_drawn_a_few_at_a_time(self, folder, settings, tmp_path):
        settings.MEDIA_ROOT = str(tmp_path / "media")
        folder.seed()
        assert [draw_pending_pictures(limit=3), draw_pending_pictures(limit=3), draw_pending_pictures()] == [
            3,
            1,
            0,
        ]
        assert not ProductPicture.objects.filter(ready_at=None).exists()
        names = {path.name for path in (tmp_path / "media" / "pictures").iterdir()}
        assert names == {
            f"{key}{end}"
            for key in ProductPicture.objects.values_list("key", flat=True)
            for end in ("-160.webp", "-400.webp", "-800.webp", "-800.jpg")
        }

    def test_one_that_cannot_be_drawn_does_not_hold_up_the_others(self, folder, settings, tmp_path, caplog):
        settings.MEDIA_ROOT = str(tmp_path / "media")
        folder.seed()
        Listing.objects.filter(sku=KEPT[0]).update(category_slug="no-such-drawing")
        assert draw_pending_pictures(limit=3) == 3
        assert ProductPicture.objects.get(ready_at=None).product.listing.sku == KEPT[0]
        assert KEPT[0] in caplog.text


def test_a_product_that_its_supplier_has_changed_since_stays_as_agreed(folder: Folder) -> None:
    folder.seed()
    listing = Listing.objects.select_related("supplier").get(sku="WC-TEA-001")
    seeded = listing.price_fen
    proposal = propose_price(
        scope=Scope(suppliers=frozenset({listing.supplier.code})),
        listing_id=listing.pk,
        price_fen=seeded + 100,
        seen_fen=seeded,
        starts_on=clock.today(),
        reason="新茶",
        actor_id=5,
    )
    approve_price(proposal_id=proposal.pk, note="", actor_id=7)
    Listing.objects.filter(sku="LQ-TEA-001").update(price_fen=1)
    folder.seed()
    prices = dict(Listing.objects.values_list("sku", "price_fen"))
    assert (prices["WC-TEA-001"], prices["LQ-TEA-001"] > 1) == (seeded + 100, True)
